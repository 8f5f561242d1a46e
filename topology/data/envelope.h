#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "topology/base/error.h"
#include "topology/base/ids.h"
#include "topology/data/row.h"

namespace tallymill::topology {

/// What a record on a change topic says. `tombstone` is a record with a null value; `ignored` is anything
/// that carries no row (heartbeat, transaction marker, schema change, logical message). `unknown` is a record
/// that does say something of a row, but not readably what.
enum class ChangeOperation : std::uint8_t {
  create,
  update,
  remove,
  read,
  truncate,
  tombstone,
  ignored,
  unknown,
};

/// "c", "u", "d", "r", "t" as Debezium writes them; "" for the others.
std::string_view wire_name_of(ChangeOperation operation);

/// What a Kafka key has beside the primary key, as two hashes; both 0 if nothing.
struct BesideKey {
  std::uint32_t names = 0;   ///< of the fields' names, in any order
  std::uint32_t values = 0;  ///< of the names with their values

  bool empty() const { return names == 0 && values == 0; }
  /// Whether two keys have the same fields with other values. Where a connector was told to use other fields nothing
  /// can be compared.
  bool contradicts(const BesideKey& other) const {
    return !empty() && names == other.names && values != other.values;
  }
};

/// What a record's Kafka key says of the row's identity. Primary-key columns that are taken from the record's
/// metadata are no part of it: no key is expected to name them.
struct RecordKey {
  enum class Form : std::uint8_t {
    absent,    ///< the key is null
    identity,  ///< every primary-key column and nothing else
    exceeds,   ///< every primary-key column, and others
    lacks,     ///< an object that lacks a primary-key column, whatever else it has
    /// No object, and no scalar that could be the value of a one-column primary key; or a key that begins as an
    /// object and is broken, or has a primary-key column of another type: the envelope's `error` says so.
    opaque,
  };
  Form form = Form::absent;
  /// One value per primary-key column, `unset` where the key lacks it; empty if absent or opaque.
  std::span<Value> values = {};
  /// False if the same row may have a Kafka key of other bytes, which can stand in another partition: a decimal
  /// of no fixed scale with zeros at its end (1.0 and 1.00 are one number).
  bool canonical = true;
  BesideKey beside = {};  ///< only if the key exceeds the primary key
};

/// A decoded change record, before it meets the stored row. Spans hold one Value per column of the source's
/// row type and live in the batch arena; a column that the wire did not have is `unset`, Debezium's
/// placeholder is `unavailable`. Hidden metadata columns are unset here: the normalizer fills them.
struct Envelope {
  Envelope() {}  // NOLINT(modernize-use-equals-default): with `= default` all of it would be filled with zeros first

  ChangeOperation operation = ChangeOperation::ignored;
  /// Why the record cannot be applied though its JSON could be read: a column of the row that it leaves behind
  /// (`after`, or the flattened row), an operation that nobody knows, a reserved field of an unexpected kind. The
  /// columns that could be read are in `after` and `before` all the same. Null if it can.
  std::unique_ptr<Error> error;
  /// The same of the before image; it matters only where that is the image that counts.
  std::unique_ptr<Error> before_error;
  bool flattened = false;  ///< the row itself, and no envelope with before and after
  /// A flattened record that does not say what happened is taken for an update; it may be an insert.
  bool operation_is_assumed = false;
  /// Absent where the wire had null or no such block. A DEFAULT replica identity leaves only the key in
  /// `before`.
  std::optional<std::span<Value>> before;
  std::optional<std::span<Value>> after;
  RecordKey key;
  std::optional<Lsn> lsn;  ///< absent for incremental snapshots and trimmed flattened records
  bool lsn_unreadable = false;  ///< the record has one, in a form that is not understood: `lsn` is absent
  std::optional<std::int64_t> source_time_ms;  ///< source.ts_ms: commit time in the database
  std::optional<std::int64_t> transaction_id;  ///< source.txId
  std::string_view snapshot;                   ///< source.snapshot as written, "" if absent
  // The physical table, of `source` or its flattened fields; "" where absent.
  std::string_view server;    ///< source.name: the connector's topic prefix
  std::string_view database;  ///< source.db
  std::string_view schema;    ///< source.schema
  std::string_view table;     ///< source.table
};

/// Where a record came from; for dead letters, late records, metadata columns and ownership checks.
struct RecordOrigin {
  std::string_view topic;
  Partition partition;
  Offset offset;
  std::int64_t timestamp_ms = -1;  ///< the Kafka record's own time, -1 if unknown
  std::int32_t partitions = 1;     ///< of the topic
  std::optional<std::string_view> key = {};  ///< the Kafka key's bytes
};

}  // namespace tallymill::topology
