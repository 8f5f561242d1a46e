#include "topology/expr/function_table.h"

#include <algorithm>
#include <vector>

#include "topology/base/invariant.h"

namespace tallymill::topology {

std::span<const FunctionEntry* const> all_functions() {
  static const std::vector<const FunctionEntry*> functions = [] {
    std::vector<const FunctionEntry*> all;
    for (const auto& part :
         {arithmetic_functions(), comparison_functions(), collection_functions(), conversion_functions(),
          decimal_functions(), string_functions(), string_search_functions(), math_functions(),
          time_functions(), planned_functions()}) {
      for (const FunctionEntry& function : part) all.push_back(&function);
    }
    return all;
  }();
  return functions;
}

const FunctionEntry* find_function(std::string_view name, bool is_operation) {
  const auto functions = all_functions();
  const auto found = std::find_if(functions.begin(), functions.end(), [&](const FunctionEntry* function) {
    return function->name == name && (function->style == CallStyle::operation) == is_operation;
  });
  return found == functions.end() ? nullptr : *found;
}

Fit fit_of(const FunctionEntry& function, const Overload& overload, std::span<const TypeKind> arguments) {
  if (!overload.takes_count(arguments.size())) return Fit::none;
  const bool may_promote = function.style != CallStyle::operation ||
                           std::any_of(arguments.begin(), arguments.end(), [](TypeKind kind) {
                             return kind == TypeKind::decimal || kind == TypeKind::dynamic;
                           });
  Fit fit = Fit::exact;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const TypeKind wanted = overload.parameter(i);
    const TypeKind given = arguments[i];
    if (wanted == TypeKind::dynamic || wanted == given) continue;
    const bool is_whole_number = given == TypeKind::integer || given == TypeKind::unsigned_integer;
    const bool is_number = is_whole_number || given == TypeKind::floating;
    if (overload.takes_numbers && is_number) continue;
    if (given == TypeKind::dynamic) {
      fit = std::min(fit, Fit::perhaps);
    } else if (wanted == TypeKind::decimal && is_whole_number && may_promote) {
      fit = std::min(fit, Fit::promoted);
    } else {
      return Fit::none;
    }
  }
  return fit;
}

TypeKind type_kind_of(const Value& value) {
  switch (value.kind()) {
    case ValueKind::unset:
    case ValueKind::null:
      return TypeKind::null;
    case ValueKind::boolean:
      return TypeKind::boolean;
    case ValueKind::integer:
      return TypeKind::integer;
    case ValueKind::unsigned_integer:
      return TypeKind::unsigned_integer;
    case ValueKind::floating:
      return TypeKind::floating;
    case ValueKind::decimal:
      return TypeKind::decimal;
    case ValueKind::string:
      return TypeKind::string;
    case ValueKind::bytes:
      return TypeKind::bytes;
    case ValueKind::timestamp:
      return TypeKind::timestamp;
    case ValueKind::duration:
      return TypeKind::duration;
    case ValueKind::date:
      return TypeKind::date;
    case ValueKind::time_of_day:
      return TypeKind::time_of_day;
    case ValueKind::list:
      return TypeKind::list;
    case ValueKind::map:
      return TypeKind::map;
    case ValueKind::type:
      return TypeKind::type;
    case ValueKind::error:
    case ValueKind::unavailable:
      break;
  }
  INVARIANT(false, "a function was called with an error");
}

}  // namespace tallymill::topology
