#include "processor/codec/record_shape.h"

namespace tallymill::processor {

namespace {

template <class... Fields>
constexpr std::uint32_t bits(Fields... fields) {
  return (ShapeEvidence::bit(fields) | ...);
}

}  // namespace

bool ShapeEvidence::is_wrapped() const {
  if (fields_ != 2 || seen_ != bits(ReservedField::schema, ReservedField::payload)) return false;
  if (is_object(ReservedField::schema)) return true;
  return is_null(ReservedField::schema) &&
         (is_object(ReservedField::payload) || is_null(ReservedField::payload));
}

bool ShapeEvidence::is_envelope() const {
  constexpr std::uint32_t blocks = bits(ReservedField::before, ReservedField::after, ReservedField::source);
  const bool blocks_are_objects_or_null = (seen_ & blocks & ~objects_ & ~nulls_) == 0;
  return op_is_one_character_ && blocks_are_objects_or_null && (objects_ & blocks) != 0 &&
         !saw(ReservedField::meta_op) && !saw(ReservedField::meta_deleted);
}

bool ShapeEvidence::has_no_row() const {
  constexpr std::uint32_t clocks = bits(ReservedField::ts_ms, ReservedField::ts_us, ReservedField::ts_ns);
  constexpr std::uint32_t marker = bits(ReservedField::event_count, ReservedField::data_collections);
  constexpr std::uint32_t schema_change = bits(ReservedField::ddl, ReservedField::table_changes);

  const bool only_clocks = saw(ReservedField::ts_ms) && (seen_ & ~clocks) == 0 &&
                           fields_ == static_cast<std::uint32_t>(__builtin_popcount(seen_));
  if (only_clocks && (declared_ & clocks) == 0) return true;
  if (is_marker_status_ && saw(ReservedField::id) && (seen_ & marker) == marker &&
      (declared_ & marker) == 0) {
    return true;
  }
  return is_object(ReservedField::source) && (seen_ & schema_change) == schema_change &&
         (declared_ & schema_change) == 0;
}

RecordShape ShapeEvidence::verdict() const {
  if (may_be_wrapped_ && is_wrapped()) return RecordShape::wrapped;
  if (is_envelope()) return RecordShape::envelope;
  if (has_no_row()) return RecordShape::no_row;
  return RecordShape::flattened;
}

}  // namespace tallymill::processor
