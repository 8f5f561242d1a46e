#include <algorithm>
#include <array>
#include <cmath>

#include "topology/expr/function_table.h"
#include "topology/expr/typed_node.h"
#include "topology/expr/utf8.h"
#include "topology/expr/values.h"

namespace tallymill::topology {
namespace {

using enum TypeKind;

/// How many values a value consists of, counted no further than `limit`: nested lists share their items, so
/// that a short expression can describe a list of astronomic size.
std::uint64_t weight_of(const Value& value, std::uint64_t limit) {
  if (!value.is(ValueKind::list) && !value.is(ValueKind::map)) return 1;
  std::uint64_t weight = 1;
  for (const Value& item : value.as_items()) {
    weight += weight_of(item, limit - weight);
    if (weight >= limit) return limit;
  }
  return weight;
}

/// The arguments side by side; nothing if that takes too many steps.
std::optional<std::span<Value>> copy_arguments(Evaluation& evaluation, Arguments arguments) {
  const auto items = evaluation.arena.allocate_array<Value>(arguments.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!evaluation.spend(weight_of(arguments[i], evaluation.steps_left() + 1))) return std::nullopt;
    items[i] = arguments[i].is(ValueKind::unset) ? Value::null() : arguments[i];
  }
  return items;
}

Value make_list(Evaluation& evaluation, Arguments arguments) {
  const auto items = copy_arguments(evaluation, arguments);
  return items ? Value::list(*items) : evaluation.out_of_steps();
}

bool is_map_key(const Value& value) {
  return value.is(ValueKind::boolean) || value.is(ValueKind::integer) ||
         value.is(ValueKind::unsigned_integer) || value.is(ValueKind::string);
}

Value make_map(Evaluation& evaluation, Arguments arguments) {
  const auto entries = copy_arguments(evaluation, arguments);
  if (!entries) return evaluation.out_of_steps();
  for (std::size_t i = 0; i < entries->size(); i += 2) {
    const Value& key = (*entries)[i];
    if (!is_map_key(key)) {
      return evaluation.fail(ErrorCode::invalid_argument,
                             "a map's key is neither bool, int, uint nor string");
    }
    const MapLookup earlier = find_key(evaluation, Value::map(entries->first(i)), key);
    if (earlier.out_of_steps) return evaluation.out_of_steps();
    if (earlier.value != nullptr)
      return evaluation.fail(ErrorCode::invalid_argument, "a map's key stands twice");
  }
  return Value::map(*entries);
}

Value item_at(Evaluation& evaluation, Value list_value, std::int64_t index) {
  const auto items = list_value.as_items();
  if (index < 0 || static_cast<std::uint64_t>(index) >= items.size()) {
    return evaluation.fail(ErrorCode::index_out_of_range, "the index is outside the list");
  }
  return items[static_cast<std::size_t>(index)];
}

Value item_at_integer(Evaluation& evaluation, Arguments arguments) {
  return item_at(evaluation, arguments[0], arguments[1].as_integer());
}

Value item_at_unsigned(Evaluation& evaluation, Arguments arguments) {
  const std::uint64_t index = arguments[1].as_unsigned();
  return item_at(evaluation, arguments[0], index > INT64_MAX ? -1 : static_cast<std::int64_t>(index));
}

Value item_at_double(Evaluation& evaluation, Arguments arguments) {
  const double index = arguments[1].as_floating();
  if (!(index >= 0 && index < 0x1p53) || std::trunc(index) != index) {
    return evaluation.fail(ErrorCode::index_out_of_range, "the index is no whole number in range");
  }
  return item_at(evaluation, arguments[0], static_cast<std::int64_t>(index));
}

Value value_of_key(Evaluation& evaluation, Arguments arguments) {
  const MapLookup found = find_key(evaluation, arguments[0], arguments[1]);
  if (found.out_of_steps) return evaluation.out_of_steps();
  return found.value != nullptr ? *found.value
                                : evaluation.fail(ErrorCode::no_such_field, "the map has no such key");
}

Value size_of_items(Evaluation&, Arguments arguments) {
  const std::size_t items = arguments[0].as_items().size();
  return Value::integer(static_cast<std::int64_t>(arguments[0].is(ValueKind::map) ? items / 2 : items));
}
Value size_of_string(Evaluation&, Arguments arguments) {
  return Value::integer(count_code_points(arguments[0].as_text()));
}
Value size_of_bytes(Evaluation&, Arguments arguments) {
  return Value::integer(static_cast<std::int64_t>(arguments[0].as_text().size()));
}

Type type_of_item(std::span<const Type> arguments) { return element_type(arguments[0]); }

constexpr auto list_overloads = std::to_array<Overload>({variadic_overload({}, list, make_list)});
constexpr auto map_overloads = std::to_array<Overload>({variadic_overload({}, map, make_map)});
constexpr auto index_overloads = std::to_array<Overload>({
    checked(overload({list, integer}, dynamic, item_at_integer, type_of_item),
            {nullptr, refuse_negative_index}),
    overload({list, unsigned_integer}, dynamic, item_at_unsigned, type_of_item),
    overload({list, floating}, dynamic, item_at_double, type_of_item),
    overload({map, dynamic}, dynamic, value_of_key, type_of_item),
});
constexpr auto select_overloads =
    std::to_array<Overload>({overload({map, string}, dynamic, value_of_key, type_of_item)});
constexpr auto size_overloads = std::to_array<Overload>({
    overload({string}, integer, size_of_string),
    overload({bytes}, integer, size_of_bytes),
    overload({list}, integer, size_of_items),
    overload({map}, integer, size_of_items),
});

constexpr auto functions = std::to_array<FunctionEntry>({
    {.name = "[...]",
     .style = CallStyle::operation,
     .nulls = NullRule::sees_null,
     .overloads = list_overloads,
     .doc = "a list",
     .example = "[1, 2].size() == 2"},
    {.name = "{...}",
     .style = CallStyle::operation,
     .nulls = NullRule::sees_null,
     .overloads = map_overloads,
     .doc = "a map; its keys are bool, int, uint or string",
     .example = R"({"a": 1}.a == 1)"},
    {.name = "[]",
     .style = CallStyle::operation,
     .overloads = index_overloads,
     .doc = "an item of a list, from 0, or the value of a map's key",
     .example = R"([7, 8][1] == 8 && {"a": 1}["a"] == 1)"},
    {.name = ".",
     .style = CallStyle::operation,
     .overloads = select_overloads,
     .doc = "the value of a map's key",
     .example = R"({"a": 1}.a == 1)"},
    {.name = "size",
     .style = CallStyle::global_or_receiver,
     .overloads = size_overloads,
     .doc = "characters of a string, bytes, items of a list, entries of a map",
     .example = R"(size("abc") == 3 && [1, 2].size() == 2)"},
});

}  // namespace

std::span<const FunctionEntry> collection_functions() { return functions; }

}  // namespace tallymill::topology
