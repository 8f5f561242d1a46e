#include "topology/expr/argument_rules.h"

#include "topology/data/decimal.h"
#include "topology/expr/time_text.h"

namespace tallymill::topology {
namespace {

bool is_zero(const Value& value) {
  switch (value.kind()) {
    case ValueKind::integer:
      return value.as_integer() == 0;
    case ValueKind::unsigned_integer:
      return value.as_unsigned() == 0;
    case ValueKind::decimal:
      return value.is_small_decimal() && value.small_coefficient() == 0;
    default:
      return false;
  }
}

/// "Europe/London", "CET": what people mean as a zone, and not as a mistyped offset.
bool is_like_a_name(std::string_view text) {
  const char first = text.empty() ? '\0' : text.front();
  return (first >= 'A' && first <= 'Z') || (first >= 'a' && first <= 'z');
}

}  // namespace

std::optional<ArgumentRefusal> refuse_zero_divisor(const Value& argument) {
  if (!is_zero(argument)) return std::nullopt;
  return ArgumentRefusal{ErrorCode::expression_type, "this divides by zero, whatever the row holds",
                         "divide by something else; where a column can be zero, write `x == 0 ? null : ..`"};
}

std::optional<ArgumentRefusal> refuse_negative_index(const Value& argument) {
  if (!argument.is(ValueKind::integer) || argument.as_integer() >= 0) return std::nullopt;
  return ArgumentRefusal{ErrorCode::expression_type,
                         "this is less than 0, and the call then fails for every row",
                         "positions are counted from 0 at the beginning"};
}

std::optional<ArgumentRefusal> refuse_scale_out_of_range(const Value& argument) {
  if (!argument.is(ValueKind::integer)) return std::nullopt;
  if (argument.as_integer() >= 0 && argument.as_integer() <= Decimal::max_scale) return std::nullopt;
  return ArgumentRefusal{
      ErrorCode::expression_type,
      "a scale is a number of digits after the point, from 0 to " + std::to_string(Decimal::max_scale),
      "such as 2"};
}

std::optional<ArgumentRefusal> refuse_other_zone_than_offset(const Value& argument) {
  if (!argument.is(ValueKind::string) || parse_zone_offset(argument.as_text())) return std::nullopt;
  constexpr std::string_view hint =
      "write an offset from UTC, such as \"+01:00\", or leave the zone out for UTC; an offset knows no "
      "summer time";
  if (is_like_a_name(argument.as_text())) {
    return ArgumentRefusal{ErrorCode::not_yet, "time zones by name are not implemented yet",
                           std::string(hint)};
  }
  return ArgumentRefusal{ErrorCode::expression_type, "this is no offset from UTC", std::string(hint)};
}

}  // namespace tallymill::topology
