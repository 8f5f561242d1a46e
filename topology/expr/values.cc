#include "topology/expr/values.h"

#include <array>
#include <cmath>

namespace tallymill::topology {
namespace {

bool is_binary_number(ValueKind kind) {
  return kind == ValueKind::integer || kind == ValueKind::unsigned_integer || kind == ValueKind::floating;
}

bool is_whole_number(ValueKind kind) {
  return kind == ValueKind::integer || kind == ValueKind::unsigned_integer;
}

std::partial_ordering compare_double_with_integer(double a, std::int64_t b) {
  if (a < -0x1p63) return std::partial_ordering::less;
  if (a > 0x1p63) return std::partial_ordering::greater;
  return a <=> static_cast<double>(b);
}

std::partial_ordering compare_double_with_unsigned(double a, std::uint64_t b) {
  if (a < 0) return std::partial_ordering::less;
  if (a > 0x1p64) return std::partial_ordering::greater;
  return a <=> static_cast<double>(b);
}

std::partial_ordering compare_integer_with_unsigned(std::int64_t a, std::uint64_t b) {
  if (a < 0) return std::partial_ordering::less;
  return static_cast<std::uint64_t>(a) <=> b;
}

std::partial_ordering reversed(std::partial_ordering order) { return 0 <=> order; }

std::optional<bool> lists_equal(Evaluation& evaluation, std::span<const Value> a, std::span<const Value> b) {
  if (a.size() != b.size()) return false;
  if (!evaluation.spend(a.size())) return std::nullopt;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto equal = values_equal(evaluation, a[i], b[i]);
    if (!equal || !*equal) return equal;
  }
  return true;
}

std::optional<bool> maps_equal(Evaluation& evaluation, const Value& a, const Value& b) {
  const auto entries = a.as_items();
  if (entries.size() != b.as_items().size()) return false;
  for (std::size_t i = 0; i < entries.size(); i += 2) {
    const MapLookup found = find_key(evaluation, b, entries[i]);
    if (found.out_of_steps) return std::nullopt;
    if (found.value == nullptr) return false;
    const auto equal = values_equal(evaluation, entries[i + 1], *found.value);
    if (!equal || !*equal) return equal;
  }
  return true;
}

std::optional<bool> same_kind_equal(Evaluation& evaluation, const Value& a, const Value& b) {
  switch (a.kind()) {
    case ValueKind::unset:
    case ValueKind::null:
      return true;
    case ValueKind::boolean:
      return a.as_boolean() == b.as_boolean();
    case ValueKind::integer:
    case ValueKind::date:
    case ValueKind::time_of_day:
      return a.as_integer() == b.as_integer();
    case ValueKind::unsigned_integer:
      return a.as_unsigned() == b.as_unsigned();
    case ValueKind::floating:
      return a.as_floating() == b.as_floating();
    case ValueKind::decimal:
      return order_decimals(a, b) == 0;
    case ValueKind::string:
    case ValueKind::bytes:
    case ValueKind::type:
      return a.as_text() == b.as_text();
    case ValueKind::timestamp:
      return a.as_timestamp() == b.as_timestamp();
    case ValueKind::duration:
      return a.as_duration() == b.as_duration();
    case ValueKind::list:
      return lists_equal(evaluation, a.as_items(), b.as_items());
    case ValueKind::map:
      return maps_equal(evaluation, a, b);
    case ValueKind::error:
    case ValueKind::unavailable:
      break;
  }
  INVARIANT(false, "an error was compared");
}

constexpr std::array<std::int64_t, 19> powers_of_ten = [] {
  std::array<std::int64_t, 19> powers{1};
  for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}();

/// Below this a coefficient can be multiplied by any of the powers of ten.
bool has_room(Int128 coefficient) {
  return coefficient > std::numeric_limits<std::int64_t>::min() &&
         coefficient < std::numeric_limits<std::int64_t>::max();
}

}  // namespace

std::optional<bool> values_equal(Evaluation& evaluation, const Value& a, const Value& b) {
  if (a.kind() == b.kind()) return same_kind_equal(evaluation, a, b);
  if (is_binary_number(a.kind()) && is_binary_number(b.kind())) return compare_numbers(a, b) == 0;
  const bool is_decimal_with_whole = (a.is(ValueKind::decimal) && is_whole_number(b.kind())) ||
                                     (b.is(ValueKind::decimal) && is_whole_number(a.kind()));
  if (is_decimal_with_whole) return order_decimals(a, b) == 0;
  const auto is_nothing = [](const Value& value) { return value.is_null() || value.is(ValueKind::unset); };
  return is_nothing(a) && is_nothing(b);
}

std::partial_ordering compare_numbers(const Value& a, const Value& b) {
  if (a.is(ValueKind::floating)) {
    if (b.is(ValueKind::floating)) return a.as_floating() <=> b.as_floating();
    return b.is(ValueKind::integer) ? compare_double_with_integer(a.as_floating(), b.as_integer())
                                    : compare_double_with_unsigned(a.as_floating(), b.as_unsigned());
  }
  if (b.is(ValueKind::floating)) return reversed(compare_numbers(b, a));
  if (a.is(ValueKind::integer)) {
    return b.is(ValueKind::integer) ? a.as_integer() <=> b.as_integer()
                                    : compare_integer_with_unsigned(a.as_integer(), b.as_unsigned());
  }
  return b.is(ValueKind::integer) ? reversed(compare_integer_with_unsigned(b.as_integer(), a.as_unsigned()))
                                  : a.as_unsigned() <=> b.as_unsigned();
}

std::strong_ordering order_decimals(const Value& a, const Value& b) {
  if (!a.is(ValueKind::decimal)) return order_decimals(as_decimal(a), b);
  if (!b.is(ValueKind::decimal)) return order_decimals(a, as_decimal(b));
  if (a.is_small_decimal() && b.is_small_decimal()) {
    const Int128 left = a.small_coefficient();
    const Int128 right = b.small_coefficient();
    const int more_digits = a.decimal_scale() - b.decimal_scale();
    if (more_digits == 0) return left <=> right;
    const auto power = static_cast<std::size_t>(std::abs(more_digits));
    if (power < powers_of_ten.size() && has_room(left) && has_room(right)) {
      return more_digits > 0 ? left <=> right * powers_of_ten[power] : left * powers_of_ten[power] <=> right;
    }
  }
  return compare_decimals(a, b);
}

MapLookup find_key(Evaluation& evaluation, const Value& map, const Value& key) {
  const auto entries = map.as_items();
  if (!evaluation.spend(entries.size() / 2)) return {nullptr, true};
  for (std::size_t i = 0; i < entries.size(); i += 2) {
    const auto equal = values_equal(evaluation, entries[i], key);
    if (!equal) return {nullptr, true};
    if (*equal) return {&entries[i + 1], false};
  }
  return {};
}

}  // namespace tallymill::topology
