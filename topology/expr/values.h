#pragma once

#include <compare>
#include <optional>

#include "topology/data/decimal.h"
#include "topology/data/value.h"
#include "topology/expr/evaluation.h"

namespace tallymill::topology {

/// Equality as CEL has it: numbers of different types by value, other values of different types are not
/// equal, lists and maps by content, NaN equals nothing. A decimal equals whole numbers, never a double.
/// Unset counts as null. Nothing if the evaluation ran out of steps on the way.
std::optional<bool> values_equal(Evaluation& evaluation, const Value& a, const Value& b);

/// Orders int, uint and double among each other. As the reference implementation has it, a whole number
/// within the other's range is compared with a double as a double.
std::partial_ordering compare_numbers(const Value& a, const Value& b);

/// The value itself, or a whole number as a decimal.
inline Value as_decimal(const Value& value) {
  if (value.is(ValueKind::integer)) return Value::small_decimal(value.as_integer(), 0);
  if (value.is(ValueKind::unsigned_integer)) return Value::small_decimal(value.as_unsigned(), 0);
  return value;
}

/// Orders two values that are decimals or whole numbers.
std::strong_ordering order_decimals(const Value& a, const Value& b);

/// What looking a key up in a map gives: its value, null if there is none or if the evaluation ran out of steps.
struct MapLookup {
  const Value* value = nullptr;
  bool out_of_steps = false;
};
MapLookup find_key(Evaluation& evaluation, const Value& map, const Value& key);

}  // namespace tallymill::topology
