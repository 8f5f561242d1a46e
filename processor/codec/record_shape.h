#pragma once

#include <cstdint>
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
};

/// The forms that a record has, apart from its encodings.
enum class RecordShape : std::uint8_t {
  wrapped,    ///< {"schema": .., "payload": ..}
  envelope,   ///< op, before, after, source
  flattened,  ///< the row itself
  no_row,     ///< heartbeat, transaction marker, schema change
};

/// What the fields at the top of a record, in any order, say about its shape. The rule, first match wins:
///  1. wrapped: exactly the two fields `schema` and `payload`; `schema` an object, or null beside a payload
///  that is
///     an object or null. JsonConverter asks for the same two. A payload is never wrapped again.
///  2. envelope: `op` is a string of one character; those of `before`, `after`, `source` that are there are
///  each an
///     object or null, at least one of them an object; neither `__op` nor `__deleted` is there.
///  3. no_row: only ts_ms (ts_us, ts_ns); or `status` "BEGIN" or "END" with id, event_count and
///  data_collections; or
///     `source` an object with ddl and tableChanges. None of the telling fields is a declared column.
///  4. flattened: anything else.
/// So a table may have columns named op, before, payload or schema: flattened, they are no objects; a decimal
/// named `before` beside an `op` of one letter is told apart by `__op` or `__deleted` (add.fields or
/// rewritten deletes).
class ShapeEvidence {
 public:
  ShapeEvidence() = default;
  /// `declared` has a bit per ReservedField that is a declared column's name on the wire.
  ShapeEvidence(std::uint32_t declared, bool may_be_wrapped)
      : declared_(declared), may_be_wrapped_(may_be_wrapped) {}

  static constexpr std::uint32_t bit(ReservedField field) { return 1u << static_cast<unsigned>(field); }

  void note(ReservedField field, std::string_view token) {
    const std::uint32_t mask = bit(field);
    ++fields_;
    seen_ |= mask;
    objects_ = token.front() == '{' ? objects_ | mask : objects_ & ~mask;
    nulls_ = token.front() == 'n' ? nulls_ | mask : nulls_ & ~mask;
    if (field == ReservedField::op) op_is_one_character_ = token.size() == 3 && token.front() == '"';
    if (field == ReservedField::status) is_marker_status_ = token == "\"BEGIN\"" || token == "\"END\"";
  }
  void note_other() { ++fields_; }

  RecordShape verdict() const;

 private:
  bool saw(ReservedField field) const { return (seen_ & bit(field)) != 0; }
  bool is_object(ReservedField field) const { return (objects_ & bit(field)) != 0; }
  bool is_null(ReservedField field) const { return (nulls_ & bit(field)) != 0; }
  bool is_wrapped() const;
  bool is_envelope() const;
  bool has_no_row() const;

  std::uint32_t declared_ = 0;
  std::uint32_t seen_ = 0;
  std::uint32_t objects_ = 0;
  std::uint32_t nulls_ = 0;
  std::uint32_t fields_ = 0;
  bool may_be_wrapped_ = false;
  bool op_is_one_character_ = false;
  bool is_marker_status_ = false;
};

}  // namespace tallymill::processor
