#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "topology/data/arena.h"
#include "topology/data/row.h"
#include "topology/expr/argument_rules.h"
#include "topology/expr/evaluation.h"

namespace tallymill::topology {

/// One signature of a function with the code that computes it.
struct Overload {
  static constexpr std::size_t parameters_max = 4;

  /// `dynamic` takes any type; `list` and `map` take any list or map; `decimal` takes whole numbers too.
  std::array<TypeKind, parameters_max> parameters{};
  std::uint8_t parameter_count = 0;
  /// The last parameter may be given any number of times, at least once; without parameters: any arguments.
  bool is_variadic = false;
  /// Every argument may be int, uint or double, in any mix.
  bool takes_numbers = false;
  TypeKind result = TypeKind::dynamic;
  Kernel kernel = nullptr;
  /// The result's type from the arguments' types, where it is not one kind.
  Type (*result_of)(std::span<const Type> arguments) = nullptr;
  /// By argument, what a constant is checked by when a topology is loaded; null: anything will do.
  std::array<ArgumentRule, parameters_max> rules{};
  /// What the arguments with a rule are called, where a topology may give them as constants only.
  std::string_view constants_only = {};

  /// What the overload takes as argument `index`.
  TypeKind parameter(std::size_t index) const {
    if (parameter_count == 0) return TypeKind::dynamic;
    return parameters[index < parameter_count ? index : parameter_count - std::size_t{1}];
  }
  bool takes_count(std::size_t count) const {
    return is_variadic ? count >= parameter_count : count == parameter_count;
  }
};

using ResultOf = Type (*)(std::span<const Type>);

constexpr Overload overload(std::initializer_list<TypeKind> parameters, TypeKind result, Kernel kernel,
                            ResultOf result_of = nullptr) {
  Overload made;
  for (const TypeKind parameter : parameters) made.parameters[made.parameter_count++] = parameter;
  made.result = result;
  made.kernel = kernel;
  made.result_of = result_of;
  return made;
}
constexpr Overload variadic_overload(std::initializer_list<TypeKind> parameters, TypeKind result,
                                     Kernel kernel, ResultOf result_of = nullptr) {
  Overload made = overload(parameters, result, kernel, result_of);
  made.is_variadic = true;
  return made;
}

/// The overload with rules for its constant arguments, in their order.
constexpr Overload checked(Overload made, std::initializer_list<ArgumentRule> rules,
                           std::string_view constants_only = {}) {
  std::size_t index = 0;
  for (const ArgumentRule rule : rules) made.rules[index++] = rule;
  made.constants_only = constants_only;
  return made;
}

/// Takes one or more of int, uint and double.
constexpr Overload numbers_overload(Kernel kernel, ResultOf result_of) {
  Overload made = variadic_overload({TypeKind::floating}, TypeKind::dynamic, kernel, result_of);
  made.takes_numbers = true;
  return made;
}

enum class CallStyle : std::uint8_t { operation, global, receiver, global_or_receiver };

/// What a function does when an argument is null and columns are nullable.
enum class NullRule : std::uint8_t {
  gives_null,   ///< it is not called, the result is null
  sees_null,    ///< it is called: ==, !=, in, has, is_null
  sees_errors,  ///< it is called, and with errors too: coalesce
};

/// One function or operator: the row drives checker, evaluation, tests and documentation.
struct FunctionEntry {
  std::string_view name;
  CallStyle style = CallStyle::global;
  NullRule nulls = NullRule::gives_null;
  /// None: known, but not implemented yet.
  std::span<const Overload> overloads;
  std::string_view doc;
  /// An expression that is true and shows the function.
  std::string_view example;
  /// Of one that is not implemented yet: what works instead.
  std::string_view today = {};
};

/// Every function and operator.
std::span<const FunctionEntry* const> all_functions();
/// The entry of a name, for a call or for an operation; null if there is none.
const FunctionEntry* find_function(std::string_view name, bool is_operation);

/// How well arguments of these types fit an overload.
enum class Fit : std::uint8_t {
  none,
  perhaps,   ///< depends on an argument of which nothing is known before the evaluation
  promoted,  ///< whole numbers become decimals; for an operator only beside a decimal
  exact,
};
Fit fit_of(const FunctionEntry& function, const Overload& overload, std::span<const TypeKind> arguments);

/// The kind of type that a value has, as overloads are chosen by at run time.
TypeKind type_kind_of(const Value& value);

// The table by subject; each is in the file of its name.
std::span<const FunctionEntry> arithmetic_functions();
std::span<const FunctionEntry> comparison_functions();
std::span<const FunctionEntry> collection_functions();
std::span<const FunctionEntry> conversion_functions();
std::span<const FunctionEntry> decimal_functions();
std::span<const FunctionEntry> string_functions();
std::span<const FunctionEntry> string_search_functions();
std::span<const FunctionEntry> math_functions();
std::span<const FunctionEntry> time_functions();
std::span<const FunctionEntry> planned_functions();

}  // namespace tallymill::topology
