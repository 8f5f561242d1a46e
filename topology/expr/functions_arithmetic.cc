#include <algorithm>
#include <array>
#include <limits>

#include "topology/expr/function_table.h"
#include "topology/expr/time_arithmetic.h"
#include "topology/expr/values.h"

namespace tallymill::topology {
namespace {

using enum TypeKind;

Value overflow(Evaluation& evaluation) {
  return evaluation.fail(ErrorCode::integer_overflow, "the result does not fit a 64-bit integer");
}
Value division_by_zero(Evaluation& evaluation) {
  return evaluation.fail(ErrorCode::division_by_zero, "division by zero");
}

Value add_integers(Evaluation& evaluation, Arguments arguments) {
  std::int64_t sum;
  if (__builtin_add_overflow(arguments[0].as_integer(), arguments[1].as_integer(), &sum))
    return overflow(evaluation);
  return Value::integer(sum);
}

Value add_unsigned(Evaluation& evaluation, Arguments arguments) {
  std::uint64_t sum;
  if (__builtin_add_overflow(arguments[0].as_unsigned(), arguments[1].as_unsigned(), &sum))
    return overflow(evaluation);
  return Value::unsigned_integer(sum);
}

Value subtract_integers(Evaluation& evaluation, Arguments arguments) {
  std::int64_t difference;
  if (__builtin_sub_overflow(arguments[0].as_integer(), arguments[1].as_integer(), &difference)) {
    return overflow(evaluation);
  }
  return Value::integer(difference);
}

Value subtract_unsigned(Evaluation& evaluation, Arguments arguments) {
  std::uint64_t difference;
  if (__builtin_sub_overflow(arguments[0].as_unsigned(), arguments[1].as_unsigned(), &difference)) {
    return overflow(evaluation);
  }
  return Value::unsigned_integer(difference);
}

Value multiply_integers(Evaluation& evaluation, Arguments arguments) {
  std::int64_t product;
  if (__builtin_mul_overflow(arguments[0].as_integer(), arguments[1].as_integer(), &product)) {
    return overflow(evaluation);
  }
  return Value::integer(product);
}

Value multiply_unsigned(Evaluation& evaluation, Arguments arguments) {
  std::uint64_t product;
  if (__builtin_mul_overflow(arguments[0].as_unsigned(), arguments[1].as_unsigned(), &product)) {
    return overflow(evaluation);
  }
  return Value::unsigned_integer(product);
}

/// Quotient and remainder are undefined for 0 and for the one quotient that does not fit.
template <bool wants_remainder>
Value divide_integers(Evaluation& evaluation, Arguments arguments) {
  const std::int64_t dividend = arguments[0].as_integer();
  const std::int64_t divisor = arguments[1].as_integer();
  if (divisor == 0) return division_by_zero(evaluation);
  if (divisor == -1 && dividend == std::numeric_limits<std::int64_t>::min()) return overflow(evaluation);
  return Value::integer(wants_remainder ? dividend % divisor : dividend / divisor);
}

template <bool wants_remainder>
Value divide_unsigned(Evaluation& evaluation, Arguments arguments) {
  const std::uint64_t divisor = arguments[1].as_unsigned();
  if (divisor == 0) return division_by_zero(evaluation);
  const std::uint64_t dividend = arguments[0].as_unsigned();
  return Value::unsigned_integer(wants_remainder ? dividend % divisor : dividend / divisor);
}

Value negate_integer(Evaluation& evaluation, Arguments arguments) {
  const std::int64_t value = arguments[0].as_integer();
  if (value == std::numeric_limits<std::int64_t>::min()) return overflow(evaluation);
  return Value::integer(-value);
}

template <char sign>
Value compute_doubles(Evaluation&, Arguments arguments) {
  const double a = arguments[0].as_floating();
  const double b = arguments[1].as_floating();
  if constexpr (sign == '+') return Value::floating(a + b);
  if constexpr (sign == '-') return Value::floating(a - b);
  if constexpr (sign == '*') return Value::floating(a * b);
  if constexpr (sign == '/') return Value::floating(a / b);
}

Value negate_double(Evaluation&, Arguments arguments) { return Value::floating(-arguments[0].as_floating()); }

/// Sums and differences of decimals, in place where both are small and of one scale.
template <bool is_sum>
Value add_decimals(Evaluation& evaluation, Arguments arguments) {
  const Value a = as_decimal(arguments[0]);
  const Value b = as_decimal(arguments[1]);
  if (a.is_small_decimal() && b.is_small_decimal() && a.decimal_scale() == b.decimal_scale()) {
    Int128 result;
    const bool overflows =
        is_sum ? __builtin_add_overflow(a.small_coefficient(), b.small_coefficient(), &result)
               : __builtin_sub_overflow(a.small_coefficient(), b.small_coefficient(), &result);
    if (!overflows) return Value::small_decimal(result, a.decimal_scale());
  }
  const Decimal left = Decimal::from_value(a);
  const Decimal right = Decimal::from_value(b);
  const Decimal result = is_sum ? left + right : left - right;
  // As a product: the digits before the point are bounded, so that what is computed can be rounded and
  // stored.
  if (result.digits() - result.scale() > Decimal::max_computed_integer_digits) {
    return evaluation.fail(ErrorCode::decimal_out_of_range, "the result has too many digits");
  }
  return result.to_value(evaluation.arena);
}

Value multiply_decimals(Evaluation& evaluation, Arguments arguments) {
  const Decimal a = Decimal::from_value(as_decimal(arguments[0]));
  const Decimal b = Decimal::from_value(as_decimal(arguments[1]));
  // Long multiplication costs the product of the lengths.
  constexpr std::uint64_t digits_per_step = 64;
  const auto work = static_cast<std::uint64_t>(a.digits()) * static_cast<std::uint64_t>(b.digits());
  if (!evaluation.spend(work / (digits_per_step * digits_per_step))) return evaluation.out_of_steps();
  const Result<Decimal> product = Decimal::multiply(a, b);
  return product ? product->to_value(evaluation.arena) : evaluation.fail(product.error());
}

Value negate_decimal(Evaluation& evaluation, Arguments arguments) {
  return (-Decimal::from_value(arguments[0])).to_value(evaluation.arena);
}

std::string_view join_text(Evaluation& evaluation, std::string_view a, std::string_view b) {
  auto joined = evaluation.arena.allocate_array<char>(a.size() + b.size());
  std::copy(b.begin(), b.end(), std::copy(a.begin(), a.end(), joined.begin()));
  return {joined.data(), joined.size()};
}

template <auto make>
Value join_texts(Evaluation& evaluation, Arguments arguments) {
  const std::string_view a = arguments[0].as_text();
  const std::string_view b = arguments[1].as_text();
  if (!evaluation.spend_bytes(a.size() + b.size())) return evaluation.out_of_steps();
  return make(join_text(evaluation, a, b));
}

Value join_lists(Evaluation& evaluation, Arguments arguments) {
  const auto a = arguments[0].as_items();
  const auto b = arguments[1].as_items();
  if (!evaluation.spend(a.size() + b.size())) return evaluation.out_of_steps();
  const auto joined = evaluation.arena.allocate_array<Value>(a.size() + b.size());
  std::copy(b.begin(), b.end(), std::copy(a.begin(), a.end(), joined.begin()));
  return Value::list(joined);
}

Type type_of_joined_lists(std::span<const Type> arguments) {
  return arguments[0] == arguments[1] ? arguments[0] : Type::list_of(dynamic);
}

constexpr auto sum_overloads = std::to_array<Overload>({
    overload({integer, integer}, integer, add_integers),
    overload({unsigned_integer, unsigned_integer}, unsigned_integer, add_unsigned),
    overload({floating, floating}, floating, compute_doubles<'+'>),
    overload({decimal, decimal}, decimal, add_decimals<true>),
    overload({string, string}, string, join_texts<Value::string>),
    overload({bytes, bytes}, bytes, join_texts<Value::bytes>),
    overload({list, list}, list, join_lists, type_of_joined_lists),
    overload({timestamp, duration}, timestamp, add_duration_to_timestamp),
    overload({duration, timestamp}, timestamp, add_timestamp_to_duration),
    overload({duration, duration}, duration, add_durations),
});

constexpr auto difference_overloads = std::to_array<Overload>({
    overload({integer, integer}, integer, subtract_integers),
    overload({unsigned_integer, unsigned_integer}, unsigned_integer, subtract_unsigned),
    overload({floating, floating}, floating, compute_doubles<'-'>),
    overload({decimal, decimal}, decimal, add_decimals<false>),
    overload({timestamp, timestamp}, duration, subtract_timestamps),
    overload({timestamp, duration}, timestamp, subtract_duration_from_timestamp),
    overload({duration, duration}, duration, subtract_durations),
});

constexpr auto product_overloads = std::to_array<Overload>({
    overload({integer, integer}, integer, multiply_integers),
    overload({unsigned_integer, unsigned_integer}, unsigned_integer, multiply_unsigned),
    overload({floating, floating}, floating, compute_doubles<'*'>),
    overload({decimal, decimal}, decimal, multiply_decimals),
});

constexpr auto quotient_overloads = std::to_array<Overload>({
    checked(overload({integer, integer}, integer, divide_integers<false>), {nullptr, refuse_zero_divisor}),
    checked(overload({unsigned_integer, unsigned_integer}, unsigned_integer, divide_unsigned<false>),
            {nullptr, refuse_zero_divisor}),
    overload({floating, floating}, floating, compute_doubles<'/'>),
});

constexpr auto remainder_overloads = std::to_array<Overload>({
    checked(overload({integer, integer}, integer, divide_integers<true>), {nullptr, refuse_zero_divisor}),
    checked(overload({unsigned_integer, unsigned_integer}, unsigned_integer, divide_unsigned<true>),
            {nullptr, refuse_zero_divisor}),
});

constexpr auto negation_overloads = std::to_array<Overload>({
    overload({integer}, integer, negate_integer),
    overload({floating}, floating, negate_double),
    overload({decimal}, decimal, negate_decimal),
});

constexpr auto functions = std::to_array<FunctionEntry>({
    {.name = "+",
     .style = CallStyle::operation,
     .overloads = sum_overloads,
     .doc = "adds numbers of one type, times and durations; joins strings, bytes and lists",
     .example = R"(1 + 2 == 3 && "a" + "b" == "ab")"},
    {.name = "-",
     .style = CallStyle::operation,
     .overloads = difference_overloads,
     .doc = "subtracts numbers of one type, times and durations",
     .example = "5 - 2 == 3"},
    {.name = "*",
     .style = CallStyle::operation,
     .overloads = product_overloads,
     .doc = "multiplies numbers of one type; decimals exactly",
     .example = R"(decimal("1.10") * 3 == decimal("3.30"))"},
    {.name = "/",
     .style = CallStyle::operation,
     .overloads = quotient_overloads,
     .doc = "divides numbers of one type; integers towards zero",
     .example = "7 / 2 == 3 && 7.0 / 2.0 == 3.5"},
    {.name = "%",
     .style = CallStyle::operation,
     .overloads = remainder_overloads,
     .doc = "remainder of a division of integers, with the dividend's sign",
     .example = "-7 % 3 == -1"},
    {.name = "-x",
     .style = CallStyle::operation,
     .overloads = negation_overloads,
     .doc = "negates a number",
     .example = "-(1 + 2) == -3"},
});

}  // namespace

std::span<const FunctionEntry> arithmetic_functions() { return functions; }

}  // namespace tallymill::topology
