#include <array>
#include <cmath>

#include "topology/expr/function_table.h"
#include "topology/expr/typed_node.h"
#include "topology/expr/values.h"

namespace tallymill::topology {
namespace {

using enum TypeKind;

bool is_better(bool wants_greatest, std::partial_ordering order) {
  return wants_greatest ? order > 0 : order < 0;
}

/// The greatest or least of the arguments, which are numbers or all decimals; the first of equals.
template <bool wants_greatest>
Value extreme(Evaluation&, Arguments arguments) {
  const Value* best = &arguments[0];
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    if (is_better(wants_greatest, compare_numbers(arguments[i], *best))) best = &arguments[i];
  }
  return *best;
}

template <bool wants_greatest>
Value extreme_decimal(Evaluation&, Arguments arguments) {
  Value best = as_decimal(arguments[0]);
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const Value each = as_decimal(arguments[i]);
    if (is_better(wants_greatest, order_decimals(each, best))) best = each;
  }
  return best;
}

/// The same of a list's items.
template <bool wants_greatest>
Value extreme_item(Evaluation& evaluation, Arguments arguments) {
  const auto items = arguments[0].as_items();
  if (items.empty()) return evaluation.fail(ErrorCode::invalid_argument, "the list is empty");
  if (!evaluation.spend(items.size())) return evaluation.out_of_steps();
  const auto pointers = evaluation.arena.allocate_array<const Value*>(items.size());
  bool has_double = false;
  bool has_decimal = false;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const TypeKind kind = type_kind_of(items[i]);
    has_double |= kind == floating;
    has_decimal |= kind == decimal;
    const bool is_number = kind == integer || kind == unsigned_integer || kind == floating || kind == decimal;
    if (!is_number || (has_double && has_decimal)) return evaluation.no_such_overload();
    pointers[i] = &items[i];
  }
  const Arguments numbers(pointers.data(), pointers.size());
  return has_decimal ? extreme_decimal<wants_greatest>(evaluation, numbers)
                     : extreme<wants_greatest>(evaluation, numbers);
}

/// The arguments' common type, if there is one.
Type common_type(std::span<const Type> arguments) {
  for (const Type& type : arguments) {
    if (!(type == arguments[0])) return dynamic;
  }
  return arguments[0];
}

Type item_type(std::span<const Type> arguments) { return element_type(arguments[0]); }

template <double (*function)(double)>
Value of_double(Evaluation&, Arguments arguments) {
  return Value::floating(function(arguments[0].as_floating()));
}

template <bool (*test)(double)>
Value test_double(Evaluation&, Arguments arguments) {
  return Value::boolean(test(arguments[0].as_floating()));
}

double ceiling(double value) { return std::ceil(value); }
double floor_of(double value) { return std::floor(value); }
double round_half_away(double value) { return std::round(value); }
double truncate(double value) { return std::trunc(value); }
double square_root(double value) { return std::sqrt(value); }
double absolute(double value) { return std::fabs(value); }
double sign_of(double value) { return value > 0 ? 1.0 : value < 0 ? -1.0 : value; }
bool is_nan(double value) { return std::isnan(value); }
bool is_infinite(double value) { return std::isinf(value); }
bool is_finite(double value) { return std::isfinite(value); }

double to_double(const Value& value) {
  return value.is(ValueKind::integer) ? static_cast<double>(value.as_integer())
                                      : static_cast<double>(value.as_unsigned());
}
Value square_root_of_integer(Evaluation&, Arguments arguments) {
  return Value::floating(std::sqrt(to_double(arguments[0])));
}

Value absolute_integer(Evaluation& evaluation, Arguments arguments) {
  const std::int64_t value = arguments[0].as_integer();
  if (value == INT64_MIN)
    return evaluation.fail(ErrorCode::integer_overflow, "the result does not fit 64 bits");
  return Value::integer(value < 0 ? -value : value);
}
Value same(Evaluation&, Arguments arguments) { return arguments[0]; }
Value sign_of_integer(Evaluation&, Arguments arguments) {
  const std::int64_t value = arguments[0].as_integer();
  return Value::integer(value > 0 ? 1 : value < 0 ? -1 : 0);
}
Value sign_of_unsigned(Evaluation&, Arguments arguments) {
  return Value::unsigned_integer(arguments[0].as_unsigned() == 0 ? 0 : 1);
}

std::uint64_t bits_of(const Value& value) { return value.as_unsigned(); }

/// A result of the kind of the first argument.
Value from_bits(const Value& like, std::uint64_t bits) {
  return like.is(ValueKind::integer) ? Value::integer(static_cast<std::int64_t>(bits))
                                     : Value::unsigned_integer(bits);
}

template <char operation>
Value combine_bits(Evaluation&, Arguments arguments) {
  const std::uint64_t a = bits_of(arguments[0]);
  const std::uint64_t b = bits_of(arguments[1]);
  return from_bits(arguments[0], operation == '&' ? a & b : operation == '|' ? a | b : a ^ b);
}

Value invert_bits(Evaluation&, Arguments arguments) {
  return from_bits(arguments[0], ~bits_of(arguments[0]));
}

/// Shifts of 64 and more give 0, and so do they to the right of a negative number: bits, not a division.
template <bool is_left>
Value shift_bits(Evaluation& evaluation, Arguments arguments) {
  const std::int64_t distance = arguments[1].as_integer();
  if (distance < 0)
    return evaluation.fail(ErrorCode::invalid_argument, "the distance of a shift is negative");
  const std::uint64_t bits = bits_of(arguments[0]);
  if (distance >= 64) return from_bits(arguments[0], 0);
  return from_bits(arguments[0], is_left ? bits << distance : bits >> distance);
}

template <auto kernel>
constexpr auto bit_overloads = std::to_array<Overload>({
    overload({integer, integer}, integer, kernel),
    overload({unsigned_integer, unsigned_integer}, unsigned_integer, kernel),
});
template <auto kernel>
constexpr auto shift_overloads = std::to_array<Overload>({
    checked(overload({integer, integer}, integer, kernel), {nullptr, refuse_negative_index}),
    checked(overload({unsigned_integer, integer}, unsigned_integer, kernel),
            {nullptr, refuse_negative_index}),
});
template <bool wants_greatest>
constexpr auto extreme_overloads = std::to_array<Overload>({
    numbers_overload(extreme<wants_greatest>, common_type),
    variadic_overload({decimal}, decimal, extreme_decimal<wants_greatest>),
    overload({list}, dynamic, extreme_item<wants_greatest>, item_type),
});
template <auto kernel>
constexpr auto double_overloads = std::to_array<Overload>({overload({floating}, floating, kernel)});
template <auto kernel>
constexpr auto test_overloads = std::to_array<Overload>({overload({floating}, boolean, kernel)});

constexpr auto invert_overloads = std::to_array<Overload>({
    overload({integer}, integer, invert_bits),
    overload({unsigned_integer}, unsigned_integer, invert_bits),
});
constexpr auto absolute_overloads = std::to_array<Overload>({
    overload({integer}, integer, absolute_integer),
    overload({unsigned_integer}, unsigned_integer, same),
    overload({floating}, floating, of_double<absolute>),
});
constexpr auto sign_overloads = std::to_array<Overload>({
    overload({integer}, integer, sign_of_integer),
    overload({unsigned_integer}, unsigned_integer, sign_of_unsigned),
    overload({floating}, floating, of_double<sign_of>),
});
constexpr auto square_root_overloads = std::to_array<Overload>({
    overload({floating}, floating, of_double<square_root>),
    overload({integer}, floating, square_root_of_integer),
    overload({unsigned_integer}, floating, square_root_of_integer),
});

constexpr auto functions = std::to_array<FunctionEntry>({
    {.name = "math.greatest",
     .overloads = extreme_overloads<true>,
     .doc = "the greatest of numbers, or of a list of them",
     .example = "math.greatest(1, 3, 2) == 3"},
    {.name = "math.least",
     .overloads = extreme_overloads<false>,
     .doc = "the least of numbers, or of a list of them",
     .example = "math.least([3, 1, 2]) == 1"},
    {.name = "math.ceil",
     .overloads = double_overloads<of_double<ceiling>>,
     .doc = "a double rounded up",
     .example = "math.ceil(1.2) == 2.0"},
    {.name = "math.floor",
     .overloads = double_overloads<of_double<floor_of>>,
     .doc = "a double rounded down",
     .example = "math.floor(-1.2) == -2.0"},
    {.name = "math.round",
     .overloads = double_overloads<of_double<round_half_away>>,
     .doc = "a double rounded to a whole number, halves away from zero",
     .example = "math.round(1.5) == 2.0"},
    {.name = "math.trunc",
     .overloads = double_overloads<of_double<truncate>>,
     .doc = "a double without its fraction",
     .example = "math.trunc(-1.7) == -1.0"},
    {.name = "math.sqrt",
     .overloads = square_root_overloads,
     .doc = "the square root as double",
     .example = "math.sqrt(9.0) == 3.0"},
    {.name = "math.abs",
     .overloads = absolute_overloads,
     .doc = "a number without its sign",
     .example = "math.abs(-1.5) == 1.5"},
    {.name = "math.sign",
     .overloads = sign_overloads,
     .doc = "-1, 0 or 1 of the number's type",
     .example = "math.sign(-7) == -1"},
    {.name = "math.isNaN",
     .overloads = test_overloads<test_double<is_nan>>,
     .doc = "whether a double is not a number",
     .example = "math.isNaN(0.0 / 0.0)"},
    {.name = "math.isInf",
     .overloads = test_overloads<test_double<is_infinite>>,
     .doc = "whether a double is infinite",
     .example = "math.isInf(1.0 / 0.0)"},
    {.name = "math.isFinite",
     .overloads = test_overloads<test_double<is_finite>>,
     .doc = "whether a double is a finite number",
     .example = "math.isFinite(1.5)"},
    {.name = "math.bitAnd",
     .overloads = bit_overloads<combine_bits<'&'>>,
     .doc = "bits that both have",
     .example = "math.bitAnd(3, 6) == 2"},
    {.name = "math.bitOr",
     .overloads = bit_overloads<combine_bits<'|'>>,
     .doc = "bits that one has",
     .example = "math.bitOr(1, 6) == 7"},
    {.name = "math.bitXor",
     .overloads = bit_overloads<combine_bits<'^'>>,
     .doc = "bits that only one has",
     .example = "math.bitXor(3, 6) == 5"},
    {.name = "math.bitNot",
     .overloads = invert_overloads,
     .doc = "the other bits",
     .example = "math.bitNot(1) == -2"},
    {.name = "math.bitShiftLeft",
     .overloads = shift_overloads<shift_bits<true>>,
     .doc = "bits moved to the left, zeros behind",
     .example = "math.bitShiftLeft(1, 2) == 4"},
    {.name = "math.bitShiftRight",
     .overloads = shift_overloads<shift_bits<false>>,
     .doc = "bits moved to the right, zeros before",
     .example = "math.bitShiftRight(1024, 2) == 256"},
});

}  // namespace

std::span<const FunctionEntry> math_functions() { return functions; }

}  // namespace tallymill::topology
