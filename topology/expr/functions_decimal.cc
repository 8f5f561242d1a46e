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

std::optional<Rounding> parse_rounding(std::string_view name) {
  for (const RoundingName& each : rounding_names) {
    if (each.name == name) return each.rounding;
  }
  return std::nullopt;
}

/// Argument `index` as a rounding mode, half-even if there are not so many.
std::optional<Rounding> rounding_argument(Arguments arguments, std::size_t index) {
  return index < arguments.size() ? parse_rounding(arguments[index].as_text()) : Rounding::half_even;
}

Value unknown_rounding(Evaluation& evaluation) {
  return evaluation.fail(ErrorCode::invalid_argument,
                         "no such rounding: it is half_even, half_up, half_down, up, down, ceiling or floor");
}

std::optional<ArgumentRefusal> refuse_unknown_rounding(const Value& argument) {
  if (!argument.is(ValueKind::string) || parse_rounding(argument.as_text())) return std::nullopt;
  std::vector<std::string> names;
  std::string list;
  for (const RoundingName& each : rounding_names) {
    names.emplace_back(each.name);
    list += (list.empty() ? "" : ", ") + names.back();
  }
  const std::string nearest = nearest_name(argument.as_text(), names);
  return ArgumentRefusal{ErrorCode::expression_type, "there is no such rounding",
                         nearest.empty() ? "there are " + list : "did you mean \"" + nearest + "\"?"};
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
    checked(overload({decimal, integer}, decimal, round_decimal), {nullptr, refuse_scale_out_of_range}),
    checked(overload({decimal, integer, string}, decimal, round_decimal),
            {nullptr, refuse_scale_out_of_range, refuse_unknown_rounding}),
});
constexpr auto div_overloads = std::to_array<Overload>({
    checked(overload({decimal, decimal, integer}, decimal, divide_decimals),
            {nullptr, refuse_zero_divisor, refuse_scale_out_of_range}),
    checked(overload({decimal, decimal, integer, string}, decimal, divide_decimals),
            {nullptr, refuse_zero_divisor, refuse_scale_out_of_range, refuse_unknown_rounding}),
});
constexpr auto abs_overloads = std::to_array<Overload>({
    overload({decimal}, decimal, absolute_decimal),
    overload({integer}, integer, absolute_integer),
    overload({unsigned_integer}, unsigned_integer, same),
    overload({floating}, floating, absolute_double),
});

constexpr auto in_currency_overloads = std::to_array<Overload>({
    overload({decimal, string}, decimal, same),
    overload({integer, string}, integer, same),
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
    {.name = "in_currency",
     .nulls = NullRule::sees_null,
     .overloads = in_currency_overloads,
     .doc = "the same number as an amount in the currency that a column or a text in quotes names",
     .example = R"(in_currency(decimal("1.50"), "GBP") == decimal("1.50"))"},
});

}  // namespace

std::span<const FunctionEntry> decimal_functions() { return functions; }

}  // namespace tallymill::topology
