// Equality as stored, which is narrower than the language's: 12.5 is not identical to 12.50.

#include <algorithm>

#include "topology/data/row_codec.h"

namespace tallymill::topology {
namespace {

bool identical_decimals(const Value& a, const Value& b) {
  if (a.decimal_scale() != b.decimal_scale() || a.is_small_decimal() != b.is_small_decimal()) return false;
  return a.is_small_decimal() ? a.small_coefficient() == b.small_coefficient()
                              : a.large_coefficient() == b.large_coefficient();
}

}  // namespace

bool identical(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case ValueKind::unset:
    case ValueKind::null:
    case ValueKind::unavailable:
      return true;
    case ValueKind::boolean:
    case ValueKind::integer:
    case ValueKind::unsigned_integer:
    case ValueKind::floating:
    case ValueKind::date:
    case ValueKind::time_of_day:
      return a.as_unsigned() == b.as_unsigned();
    case ValueKind::decimal:
      return identical_decimals(a, b);
    case ValueKind::string:
    case ValueKind::bytes:
    case ValueKind::type:
      return a.as_text() == b.as_text();
    case ValueKind::timestamp:
      return a.as_timestamp() == b.as_timestamp();
    case ValueKind::duration:
      return a.as_duration() == b.as_duration();
    case ValueKind::list:
    case ValueKind::map:
      return identical(a.as_items(), b.as_items());
    case ValueKind::error:
      return &a.as_error() == &b.as_error();
  }
  INVARIANT(false, "a value kind outside the enumeration");
}

bool identical(Row a, Row b) {
  return std::ranges::equal(a, b, [](const Value& x, const Value& y) { return identical(x, y); });
}

}  // namespace tallymill::topology
