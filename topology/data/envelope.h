#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "topology/base/ids.h"
#include "topology/data/row.h"

namespace tallymill::topology {

/// What a record on a change topic says. `tombstone` is a record with a null value; `ignored` is anything
/// that carries no row (heartbeat, transaction marker, schema change, logical message).
enum class ChangeOperation : std::uint8_t { create, update, remove, read, truncate, tombstone, ignored };

/// "c", "u", "d", "r", "t" as Debezium writes them; "" for the other two.
std::string_view wire_name_of(ChangeOperation operation);

/// A decoded change record, before it meets the stored row. Spans hold one Value per column of the source's
/// row type and live in the batch arena; a column that the wire did not have is `unset`, Debezium's
/// placeholder is `unavailable`. Hidden metadata columns are unset here: the normalizer fills them.
struct Envelope {
  ChangeOperation operation = ChangeOperation::ignored;
  /// Absent where the wire had null or no such block. A DEFAULT replica identity leaves only the key in
  /// `before`.
  std::optional<std::span<Value>> before;
  std::optional<std::span<Value>> after;
  /// One value per primary-key column, from the Kafka key; absent if the key was null or lacks one of them.
  std::optional<std::span<Value>> key;
  std::optional<Lsn> lsn;  ///< absent for incremental snapshots and trimmed flattened records
  std::optional<std::int64_t> source_time_ms;  ///< source.ts_ms: commit time in the database
  std::optional<std::int64_t> transaction_id;  ///< source.txId
  std::string_view snapshot;                   ///< source.snapshot as written, "" if absent
  std::string_view table;                      ///< source.table, "" if absent
};

/// Where a record came from; for dead letters, late records, metadata columns and ownership checks.
struct RecordOrigin {
  std::string_view topic;
  Partition partition;
  Offset offset;
  std::int64_t timestamp_ms = -1;  ///< the Kafka record's own time, -1 if unknown
};

}  // namespace tallymill::topology
