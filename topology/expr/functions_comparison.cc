#include <algorithm>
#include <array>

#include "topology/expr/function_table.h"
#include "topology/expr/values.h"

namespace tallymill::topology {
namespace {

using enum TypeKind;

template <bool wanted>
Value equal(Evaluation& evaluation, Arguments arguments) {
  const auto equal = values_equal(evaluation, arguments[0], arguments[1]);
  return equal ? Value::boolean(*equal == wanted) : evaluation.out_of_steps();
}

/// A list that is null has no items: nothing is in it.
Value is_in_list(Evaluation& evaluation, Arguments arguments) {
  const Value& wanted = arguments[0];
  const auto items = arguments[1].as_items();
  if (!evaluation.spend(items.size())) return evaluation.out_of_steps();
  if (wanted.is(ValueKind::string)) {  // by far the most frequent
    const bool found = std::any_of(items.begin(), items.end(), [text = wanted.as_text()](const Value& item) {
      return item.is(ValueKind::string) && item.as_text() == text;
    });
    return Value::boolean(found);
  }
  for (const Value& item : items) {
    const auto equal = values_equal(evaluation, item, wanted);
    if (!equal) return evaluation.out_of_steps();
    if (*equal) return Value::boolean(true);
  }
  return Value::boolean(false);
}

Value is_in_map(Evaluation& evaluation, Arguments arguments) {
  const MapLookup found = find_key(evaluation, arguments[1], arguments[0]);
  return found.out_of_steps ? evaluation.out_of_steps() : Value::boolean(found.value != nullptr);
}

using Comparison = std::partial_ordering (*)(const Value&, const Value&);

std::partial_ordering order_decimal(const Value& a, const Value& b) { return order_decimals(a, b); }
/// Also of dates and times of day.
std::partial_ordering order_integer(const Value& a, const Value& b) {
  return a.as_integer() <=> b.as_integer();
}
/// By bytes, which for UTF-8 is by code points. Also of uuids, whose text is canonical.
std::partial_ordering order_text(const Value& a, const Value& b) { return a.as_text() <=> b.as_text(); }
std::partial_ordering order_boolean(const Value& a, const Value& b) {
  return a.as_boolean() <=> b.as_boolean();
}
std::partial_ordering order_timestamp(const Value& a, const Value& b) {
  return a.as_timestamp() <=> b.as_timestamp();
}
std::partial_ordering order_duration(const Value& a, const Value& b) {
  return a.as_duration() <=> b.as_duration();
}

struct Less {
  static bool holds(std::partial_ordering order) { return order < 0; }
};
struct LessOrEqual {
  static bool holds(std::partial_ordering order) { return order <= 0; }
};
struct Greater {
  static bool holds(std::partial_ordering order) { return order > 0; }
};
struct GreaterOrEqual {
  static bool holds(std::partial_ordering order) { return order >= 0; }
};

template <class Order, Comparison compare>
Value ordered(Evaluation&, Arguments arguments) {
  return Value::boolean(Order::holds(compare(arguments[0], arguments[1])));
}

template <class Order>
constexpr auto ordering_overloads = std::to_array<Overload>({
    overload({decimal, decimal}, boolean, ordered<Order, order_decimal>),
    overload({integer, integer}, boolean, ordered<Order, order_integer>),
    overload({string, string}, boolean, ordered<Order, order_text>),
    overload({timestamp, timestamp}, boolean, ordered<Order, order_timestamp>),
    overload({duration, duration}, boolean, ordered<Order, order_duration>),
    overload({floating, floating}, boolean, ordered<Order, compare_numbers>),
    overload({unsigned_integer, unsigned_integer}, boolean, ordered<Order, compare_numbers>),
    overload({integer, unsigned_integer}, boolean, ordered<Order, compare_numbers>),
    overload({integer, floating}, boolean, ordered<Order, compare_numbers>),
    overload({unsigned_integer, integer}, boolean, ordered<Order, compare_numbers>),
    overload({unsigned_integer, floating}, boolean, ordered<Order, compare_numbers>),
    overload({floating, integer}, boolean, ordered<Order, compare_numbers>),
    overload({floating, unsigned_integer}, boolean, ordered<Order, compare_numbers>),
    overload({boolean, boolean}, boolean, ordered<Order, order_boolean>),
    overload({bytes, bytes}, boolean, ordered<Order, order_text>),
    overload({date, date}, boolean, ordered<Order, order_integer>),
    overload({time_of_day, time_of_day}, boolean, ordered<Order, order_integer>),
    overload({uuid, uuid}, boolean, ordered<Order, order_text>),
});

Value negate(Evaluation&, Arguments arguments) { return Value::boolean(!arguments[0].as_boolean()); }

bool is_nothing(const Value& value) { return value.is_null() || value.is(ValueKind::unset); }

Value is_null(Evaluation&, Arguments arguments) { return Value::boolean(is_nothing(arguments[0])); }

Value is_present(Evaluation&, Arguments arguments) { return Value::boolean(!is_nothing(arguments[0])); }

Value has_key(Evaluation& evaluation, Arguments arguments) {
  const MapLookup found = find_key(evaluation, arguments[0], arguments[1]);
  return found.out_of_steps ? evaluation.out_of_steps() : Value::boolean(found.value != nullptr);
}

Value coalesce(Evaluation&, Arguments arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (!is_nothing(arguments[i])) return arguments[i];
  }
  return Value::null();
}

constexpr auto equal_overloads =
    std::to_array<Overload>({overload({dynamic, dynamic}, boolean, equal<true>)});
constexpr auto unequal_overloads =
    std::to_array<Overload>({overload({dynamic, dynamic}, boolean, equal<false>)});
constexpr auto in_overloads = std::to_array<Overload>({
    overload({dynamic, list}, boolean, is_in_list),
    overload({dynamic, map}, boolean, is_in_map),
});
constexpr auto not_overloads = std::to_array<Overload>({overload({boolean}, boolean, negate)});
constexpr auto is_null_overloads = std::to_array<Overload>({overload({dynamic}, boolean, is_null)});
constexpr auto has_overloads = std::to_array<Overload>({
    overload({map, string}, boolean, has_key),
    overload({dynamic}, boolean, is_present),
});
constexpr auto coalesce_overloads =
    std::to_array<Overload>({variadic_overload({dynamic}, dynamic, coalesce)});

constexpr auto functions = std::to_array<FunctionEntry>({
    {.name = "==",
     .style = CallStyle::operation,
     .nulls = NullRule::sees_null,
     .overloads = equal_overloads,
     .doc = "whether two values are equal; numbers by value, null equals null",
     .example = "1 == 1u && [1, 2] == [1, 2]"},
    {.name = "!=",
     .style = CallStyle::operation,
     .nulls = NullRule::sees_null,
     .overloads = unequal_overloads,
     .doc = "whether two values are not equal",
     .example = R"("a" != "b")"},
    {.name = "<",
     .style = CallStyle::operation,
     .overloads = ordering_overloads<Less>,
     .doc = "orders numbers, strings, times, booleans",
     .example = R"(1 < 2 && "a" < "b")"},
    {.name = "<=",
     .style = CallStyle::operation,
     .overloads = ordering_overloads<LessOrEqual>,
     .doc = "orders numbers, strings, times, booleans",
     .example = "2 <= 2"},
    {.name = ">",
     .style = CallStyle::operation,
     .overloads = ordering_overloads<Greater>,
     .doc = "orders numbers, strings, times, booleans",
     .example = "2 > 1"},
    {.name = ">=",
     .style = CallStyle::operation,
     .overloads = ordering_overloads<GreaterOrEqual>,
     .doc = "orders numbers, strings, times, booleans",
     .example = "2 >= 2"},
    {.name = "in",
     .style = CallStyle::operation,
     .nulls = NullRule::sees_null,
     .overloads = in_overloads,
     .doc = "whether a list holds the value, or a map the key",
     .example = R"("USD" in ["USD", "GBP"])"},
    {.name = "!",
     .style = CallStyle::operation,
     .overloads = not_overloads,
     .doc = "turns true into false and false into true",
     .example = "!(1 > 2)"},
    {.name = "has",
     .style = CallStyle::operation,
     .nulls = NullRule::sees_null,
     .overloads = has_overloads,
     .doc = "whether a column is not null, or a map has the field",
     .example = R"(has({"a": 1}.a) && !has({"a": 1}.b))"},
    {.name = "is_null",
     .nulls = NullRule::sees_null,
     .overloads = is_null_overloads,
     .doc = "whether the value is null",
     .example = "is_null(null) && !is_null(1)"},
    {.name = "coalesce",
     .nulls = NullRule::sees_errors,
     .overloads = coalesce_overloads,
     .doc = "the first argument that is not null; later ones do not matter",
     .example = "coalesce(null, 2, 3) == 2"},
});

}  // namespace

std::span<const FunctionEntry> comparison_functions() { return functions; }

}  // namespace tallymill::topology
