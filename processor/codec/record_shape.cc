#include "processor/codec/record_shape.h"

#include <algorithm>
#include <initializer_list>
#include <string>

#include "processor/codec/column_errors.h"

namespace tallymill::processor {

namespace {

template <class... Fields>
constexpr std::uint64_t bits(Fields... fields) {
  return (ShapeEvidence::bit(fields) | ...);
}

bool ends_with(std::string_view name, std::string_view lower_case_end) {
  if (name.size() < lower_case_end.size()) return false;
  name.remove_prefix(name.size() - lower_case_end.size());
  return std::equal(name.begin(), name.end(), lower_case_end.begin(),
                    [](char a, char b) { return a == b || (a >= 'A' && a <= 'Z' && (a | 0x20) == b); });
}

/// In lower case and without underscores: isDeleted and IS_DELETED are one name.
std::string plain(std::string_view name) {
  std::string text = folded(name);
  std::erase(text, '_');
  return text;
}

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::optional<ReservedField> resembled_field(std::string_view name) {
  for (const std::string_view end : {"op", "operation", "operate", "oper", "op_type", "optype", "operationname"}) {
    if (ends_with(name, end)) return ReservedField::operation_like;
  }
  const std::string known = plain(name);
  if (is_one_of(known, {"abcdcdeletedat", "sdcdeletedat"})) return ReservedField::deletion_time;
  if (is_one_of(known, {"deleted", "isdeleted", "isdelete", "deletedflag", "deleteflag", "tombstone", "istombstone",
                        "dorisdeletesign"})) {
    return ReservedField::deletion_mark;
  }
  if (ends_with(name, "deleted")) return ReservedField::deleted_like;
  if (is_one_of(known, {"action", "event", "eventtype"})) return ReservedField::event_like;
  for (const std::string_view end : {"_action", "$action", "changetype", "change_type", "operationtype",
                                     "operation_type", "rowkind", "row_kind", "enttyp"}) {
    if (ends_with(name, end)) return ReservedField::event_like;
  }
  // add.fields names what it adds with two underscores, whatever it calls it (add.fields=op:action).
  if (name.starts_with("__")) return ReservedField::operation_like;
  return std::nullopt;
}

bool ShapeEvidence::is_wrapped() const {
  if (fields_ != 2 || seen_ != bits(ReservedField::schema, ReservedField::payload)) return false;
  if (is_object(ReservedField::schema)) return true;
  return is_null(ReservedField::schema) &&
         (is_object(ReservedField::payload) || is_null(ReservedField::payload));
}

bool ShapeEvidence::is_envelope() const {
  constexpr std::uint64_t images = bits(ReservedField::before, ReservedField::after);
  constexpr std::uint64_t blocks = images | bits(ReservedField::source);
  const bool blocks_are_objects_or_null = (seen_ & blocks & ~objects_ & ~nulls_) == 0;
  const bool has_block = op_is_one_character_ ? (objects_ & blocks) != 0 : (objects_ & images & ~declared_) != 0;
  return blocks_are_objects_or_null && has_block && !saw(ReservedField::meta_op) &&
         !saw(ReservedField::meta_deleted);
}

bool ShapeEvidence::has_no_row() const {
  constexpr std::uint64_t clocks = bits(ReservedField::ts_ms, ReservedField::ts_us, ReservedField::ts_ns);
  constexpr std::uint64_t marker = bits(ReservedField::event_count, ReservedField::data_collections);
  constexpr std::uint64_t schema_change = bits(ReservedField::ddl, ReservedField::table_changes);

  const bool only_clocks = saw(ReservedField::ts_ms) && (seen_ & ~clocks) == 0 &&
                           fields_ == static_cast<std::uint32_t>(__builtin_popcountll(seen_));
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
