#include <array>

#include "topology/expr/function_table.h"
#include "topology/expr/values.h"

namespace tallymill::topology {
namespace {

using enum TypeKind;

struct RoundingName {
  std::string_view name;
  Rounding rounding;
};

constexpr auto rounding_names = std::to_array<RoundingName>({{"half_even", Rounding::half_even},
                                                             {"half_up", Rounding::half_up},
                                                             {"half_down", Rounding::half_down},
                                                             {"up", Rounding::up},
                                                             {"down", Rounding::down},
                                                             {"ceiling", Rounding::ceiling},
                                                             {"floor", Rounding::floor}});

/// Argument `index` as a rounding mode, half-even if there are not so many.
std::optional<Rounding> rounding_argument(Arguments arguments, std::size_t index) {
  if (index >= arguments.size()) return Rounding::half_even;
  for (const RoundingName& each : rounding_names) {
    if (each.name == arguments[index].as_text()) return each.rounding;
  }
  return std::nullopt;
}

Value unknown_rounding(Evaluation& evaluation) {
  return evaluation.fail(ErrorCode::invalid_argument,
                         "no such rounding: it is half_even, half_up, half_down, up, down, ceiling or floor");
}

/// A scale that fits Decimal's own check; anything outside is outside for it too.
int scale_argument(const Value& value) {
  const std::int64_t scale = value.as_integer();
  return scale < 0 || scale > Decimal::max_scale ? -1 : static_cast<int>(scale);
}

Value to_value(Evaluation& evaluation, const Result<Decimal>& result) {
  return result ? result->to_value(evaluation.arena) : evaluation.fail(result.error());
}

Value round_decimal(Evaluation& evaluation, Arguments arguments) {
  const auto rounding = rounding_argument(arguments, 2);
  if (!rounding) return unknown_rounding(evaluation);
  const Decimal value = Decimal::from_value(as_decimal(arguments[0]));
  return to_value(evaluation, value.rounded(scale_argument(arguments[1]), *rounding));
}

Value divide_decimals(Evaluation& evaluation, Arguments arguments) {
  const auto rounding = rounding_argument(arguments, 3);
  if (!rounding) return unknown_rounding(evaluation);
  const Decimal dividend = Decimal::from_value(as_decimal(arguments[0]));
  const Decimal divisor = Decimal::from_value(as_decimal(arguments[1]));
  return to_value(evaluation, Decimal::divide(dividend, divisor, scale_argument(arguments[2]), *rounding));
}

Value absolute_decimal(Evaluation& evaluation, Arguments arguments) {
  const Decimal value = Decimal::from_value(arguments[0]);
  return value.sign() < 0 ? (-value).to_value(evaluation.arena) : arguments[0];
}

Value absolute_integer(Evaluation& evaluation, Arguments arguments) {
  const std::int64_t value = arguments[0].as_integer();
  if (value == INT64_MIN)
    return evaluation.fail(ErrorCode::integer_overflow, "the result does not fit 64 bits");
  return Value::integer(value < 0 ? -value : value);
}

Value absolute_double(Evaluation&, Arguments arguments) {
  return Value::floating(__builtin_fabs(arguments[0].as_floating()));
}

Value same(Evaluation&, Arguments arguments) { return arguments[0]; }

constexpr auto round_overloads = std::to_array<Overload>({
    overload({decimal, integer}, decimal, round_decimal),
    overload({decimal, integer, string}, decimal, round_decimal),
});
constexpr auto div_overloads = std::to_array<Overload>({
    overload({decimal, decimal, integer}, decimal, divide_decimals),
    overload({decimal, decimal, integer, string}, decimal, divide_decimals),
});
constexpr auto abs_overloads = std::to_array<Overload>({
    overload({decimal}, decimal, absolute_decimal),
    overload({integer}, integer, absolute_integer),
    overload({unsigned_integer}, unsigned_integer, same),
    overload({floating}, floating, absolute_double),
});

constexpr auto functions = std::to_array<FunctionEntry>({
    {.name = "round",
     .overloads = round_overloads,
     .doc = "a decimal with that many digits after the point; rounds half to even unless told otherwise",
     .example = R"(round(2.345, 2) == decimal("2.34") && round(2.345, 2, "half_up") == decimal("2.35"))"},
    {.name = "div",
     .overloads = div_overloads,
     .doc = "a / b as a decimal with that many digits after the point; rounds half to even unless told "
            "otherwise",
     .example = R"(div(10, 3, 2) == decimal("3.33"))"},
    {.name = "abs",
     .overloads = abs_overloads,
     .doc = "the number without its sign",
     .example = "abs(-5) == 5"},
});

}  // namespace

std::span<const FunctionEntry> decimal_functions() { return functions; }

}  // namespace tallymill::topology
