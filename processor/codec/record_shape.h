#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tallymill::processor {

/// Names at the top of a record that mean something to Debezium or Connect. A table may have columns of these
/// names.
enum class ReservedField : std::uint8_t {
  op,
  before,
  after,
  source,  // envelope
  schema,
  payload,  // JsonConverter with schemas
  meta_op,
  meta_deleted,
  meta_lsn,
  meta_source_time_ms,  // ExtractNewRecordState's add.fields
  meta_transaction_id,
  meta_snapshot,
  meta_server,
  meta_database,
  meta_schema,
  meta_table,
  ts_ms,
  ts_us,
  ts_ns,  // heartbeat
  status,
  id,
  event_count,
  data_collections,  // transaction marker
  ddl,
  table_changes,  // schema change
  operation_like,
  deleted_like,  // what an operation or a mark of deletion is called with other settings
  deletion_mark,
  deletion_time,
  event_like,  // what transforms and other tools call the two, and tables call columns of their own
  foreign_word,
  foreign_block,  // what envelopes of other tools have, and rows hardly ever
};

/// A name on the wire and what it means.
struct ReservedName {
  std::string_view name;
  ReservedField field;
};

constexpr ReservedName reserved_names[] = {
    {"op", ReservedField::op},
    {"before", ReservedField::before},
    {"after", ReservedField::after},
    {"source", ReservedField::source},
    {"schema", ReservedField::schema},
    {"payload", ReservedField::payload},
    {"__op", ReservedField::meta_op},
    {"__deleted", ReservedField::meta_deleted},
    {"__lsn", ReservedField::meta_lsn},
    {"__source_lsn", ReservedField::meta_lsn},
    {"__source_ts_ms", ReservedField::meta_source_time_ms},
    {"__txId", ReservedField::meta_transaction_id},
    {"__source_txId", ReservedField::meta_transaction_id},
    {"__snapshot", ReservedField::meta_snapshot},
    {"__source_snapshot", ReservedField::meta_snapshot},
    {"__name", ReservedField::meta_server},
    {"__source_name", ReservedField::meta_server},
    {"__db", ReservedField::meta_database},
    {"__source_db", ReservedField::meta_database},
    {"__schema", ReservedField::meta_schema},
    {"__source_schema", ReservedField::meta_schema},
    {"__table", ReservedField::meta_table},
    {"__source_table", ReservedField::meta_table},
    {"ts_ms", ReservedField::ts_ms},
    {"ts_us", ReservedField::ts_us},
    {"ts_ns", ReservedField::ts_ns},
    {"status", ReservedField::status},
    {"id", ReservedField::id},
    {"event_count", ReservedField::event_count},
    {"data_collections", ReservedField::data_collections},
    {"ddl", ReservedField::ddl},
    {"tableChanges", ReservedField::table_changes},
    {"specversion", ReservedField::foreign_word},    // CloudEvents
    {"isDdl", ReservedField::foreign_word},          // Canal
    {"operationType", ReservedField::foreign_word},  // MongoDB's change streams
    {"tstype", ReservedField::foreign_word},         // kcat
    {"eventType", ReservedField::foreign_word},      // an outbox
    {"data", ReservedField::foreign_block},          // Maxwell, Canal, DMS
    {"_meta", ReservedField::foreign_block},         // Estuary
    {"metadata", ReservedField::foreign_block},      // DMS
    {"__$operation", ReservedField::deletion_mark},  // SQL Server's change tables: 1 is a delete
    {"_sign", ReservedField::deletion_mark},         // ClickHouse: -1
    {"columns", ReservedField::foreign_block},
    {"identity", ReservedField::foreign_block},
    {"change", ReservedField::foreign_block},  // wal2json
};

/// What a name resembles that says what happened to a flattened row; nothing for all others:
///  - `operation_like`: it ends in op and its kin (add.fields with another prefix, as META_OP), or begins with "__";
///  - `deletion_mark`: deleted, is_deleted, delete_flag, tombstone and their kin;
///  - `deletion_time`: when some loaders' rows were deleted (_ab_cdc_deleted_at, _sdc_deleted_at);
///  - `deleted_like`: it ends in deleted in any other way, as a number of rows may too;
///  - `event_like`: action, event, event_type, change_type, operation_type, row_kind, and what ends so.
/// Upper case and underscores do not matter. How much each must say to be believed stands in record_reader.cc.
std::optional<ReservedField> resembled_field(std::string_view name);

/// The forms that a record has, apart from its encodings.
enum class RecordShape : std::uint8_t {
  wrapped,    ///< {"schema": .., "payload": ..}
  envelope,   ///< op, before, after, source
  flattened,  ///< the row itself
  no_row,     ///< heartbeat, transaction marker, schema change
};

/// What the fields at the top of a record, in any order, say about its shape. The rule, first match wins:
///  1. wrapped: exactly the two fields `schema` and `payload`; `schema` an object, or null beside a payload
///     that is an object or null. JsonConverter asks for the same two. A payload is never wrapped again.
///  2. envelope: those of `before`, `after`, `source` that are there are each an object or null; `op` is a
///     string of one character and at least one of the three an object, or `before` or `after` is an object and
///     no declared column (then it is an envelope whose operation is not understood); neither `__op` nor
///     `__deleted` is there.
///  3. no_row: only ts_ms (ts_us, ts_ns); or `status` "BEGIN" or "END" with id, event_count and
///     data_collections; or `source` an object with ddl and tableChanges. None of the telling fields is a
///     declared column.
///  4. flattened: anything else.
/// So a table may have columns named op, before, payload or schema: flattened, they are no objects; a decimal
/// named `before` beside an `op` of one letter is told apart by `__op` or `__deleted` (add.fields or
/// rewritten deletes).
class ShapeEvidence {
 public:
  ShapeEvidence() = default;
  /// `declared` has a bit per ReservedField that is a declared column's name on the wire.
  ShapeEvidence(std::uint64_t declared, bool may_be_wrapped)
      : declared_(declared), may_be_wrapped_(may_be_wrapped) {}

  static constexpr std::uint64_t bit(ReservedField field) { return std::uint64_t{1} << static_cast<unsigned>(field); }

  void note(ReservedField field, std::string_view token) {
    const std::uint64_t mask = bit(field);
    ++fields_;
    seen_ |= mask;
    objects_ = token.front() == '{' ? objects_ | mask : objects_ & ~mask;
    nulls_ = token.front() == 'n' ? nulls_ | mask : nulls_ & ~mask;
    if (field == ReservedField::op) op_is_one_character_ = token.size() == 3 && token.front() == '"';
    if (field == ReservedField::status) is_marker_status_ = token == "\"BEGIN\"" || token == "\"END\"";
  }
  void note_other() { ++fields_; }

  RecordShape verdict() const;
  std::uint32_t fields() const { return fields_; }

 private:
  bool saw(ReservedField field) const { return (seen_ & bit(field)) != 0; }
  bool is_object(ReservedField field) const { return (objects_ & bit(field)) != 0; }
  bool is_null(ReservedField field) const { return (nulls_ & bit(field)) != 0; }
  bool is_wrapped() const;
  bool is_envelope() const;
  bool has_no_row() const;

  std::uint64_t declared_ = 0;
  std::uint64_t seen_ = 0;
  std::uint64_t objects_ = 0;
  std::uint64_t nulls_ = 0;
  std::uint32_t fields_ = 0;
  bool may_be_wrapped_ = false;
  bool op_is_one_character_ = false;
  bool is_marker_status_ = false;
};

}  // namespace tallymill::processor
