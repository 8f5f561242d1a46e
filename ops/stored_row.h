#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "topology/base/ids.h"
#include "topology/base/result.h"
#include "topology/data/arena.h"
#include "topology/data/envelope.h"
#include "topology/data/row.h"

namespace tallymill::ops {

/// The last applied position of a row in the database's log.
struct Fence {
  topology::Lsn lsn;
  std::int64_t source_time_ms = 0;  ///< highest source.ts_ms applied; 0 if the wire has none
  bool by_delete = false;           ///< what was applied last at `lsn` was a `d`, else an upsert
};

/// When a snapshot read a row; parts that the record did not state are absent.
struct SnapshotPosition {
  std::uint32_t epoch = 0;  ///< StoredRow::epoch as it was then
  std::optional<std::int64_t> source_time_ms;
  std::optional<topology::Lsn> lsn;  ///< the slot's, not the row's
  std::optional<std::int64_t> transaction_id;

  /// One snapshot reads all its rows at one position of the log.
  bool is_of_same_snapshot(const SnapshotPosition& other) const {
    return epoch == other.epoch && lsn == other.lsn && transaction_id == other.transaction_id &&
           (lsn || transaction_id);
  }
  bool is_stated() const { return source_time_ms || lsn || transaction_id; }
  bool states_the_same(const SnapshotPosition& other) const {
    return source_time_ms == other.source_time_ms && lsn == other.lsn && transaction_id == other.transaction_id;
  }
};

/// The physical table of a row; parts that no record stated are empty.
struct TableName {
  std::string_view server;
  std::string_view database;
  std::string_view schema;
  std::string_view table;

  bool empty() const { return server.empty() && database.empty() && schema.empty() && table.empty(); }
  /// "db.schema.table" of the parts that are there, for messages.
  std::string text() const;
  friend bool operator==(const TableName&, const TableName&) = default;
};

TableName table_of(const topology::Envelope& envelope);
/// Whether a part that both state is another one.
bool differ(const TableName& a, const TableName& b);
/// The same of the parts that say which database's log an LSN is of.
bool differ_in_database(const TableName& a, const TableName& b);

/// An entry of a source's row store: a row and what is known of its past, or, without a row, what outlives its
/// deletion (a deletion marker).
struct StoredRow {
  StoredRow() {}  // NOLINT(modernize-use-equals-default): it would be filled with zeros first

  /// The last record of the row was a `d`, whatever became of it: the null behind it says nothing new.
  bool last_was_delete = false;
  /// The row was last written by an `r`; without a row that `r` could not be read.
  bool written_by_snapshot = false;
  std::uint32_t epoch = 0;           ///< how often the database's log went back for this row
  std::optional<Fence> fence;
  std::optional<SnapshotPosition> snapshot;  ///< of the last `r`
  /// The highest source.ts_ms applied before the log went back last.
  std::optional<std::int64_t> previous_epoch_time_ms;
  /// Of a deletion marker: the time under which the index has it.
  std::optional<std::int64_t> deleted_at_ms;
  TableName table;  ///< whose row it is, or was
  std::optional<topology::Row> row;
  /// Of the Kafka key that the row was last written under, also by a record that could not be read: the table has that
  /// row.
  topology::BesideKey beside_key;
  /// Another row of the table has the same primary key: only records under the row's own Kafka key are about it.
  bool is_contested = false;

  /// All that is said of the row itself and not of its past: the table has it no more.
  void forget_row() {
    row.reset();
    written_by_snapshot = false;
    beside_key = {};
    is_contested = false;
  }

  /// Nothing that a later record would be judged by. `last_was_delete` alone is something.
  bool empty() const;
};

/// Appends the entry's bytes: format byte, flags, parts, row bytes. A table equal to `home`, that of most rows
/// of the partition, costs no bytes.
void append_stored_row(std::string& out, const StoredRow& stored, const TableName& home);
/// `columns` values of the row view into `bytes`, `home` and `arena`. Error: malformed_record (the store is
/// damaged).
topology::Result<StoredRow> read_stored_row(std::string_view bytes, const TableName& home, std::size_t columns,
                                            topology::Arena& arena);

}  // namespace tallymill::ops
