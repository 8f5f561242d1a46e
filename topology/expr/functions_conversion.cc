#include <array>
#include <charconv>
#include <cmath>

#include "topology/expr/function_table.h"
#include "topology/expr/number_text.h"
#include "topology/expr/time_text.h"
#include "topology/expr/utf8.h"
#include "topology/expr/values.h"

namespace tallymill::topology {
namespace {

using enum TypeKind;

Value out_of_range(Evaluation& evaluation) {
  return evaluation.fail(ErrorCode::integer_overflow, "the number does not fit the type");
}
Value unreadable(Evaluation& evaluation) {
  return evaluation.fail(ErrorCode::invalid_argument, "the text cannot be read as a value of the type");
}

Value same(Evaluation&, Arguments arguments) { return arguments[0]; }

template <class Integer>
Value make_integer(Integer value) {
  if constexpr (std::is_signed_v<Integer>) return Value::integer(value);
  if constexpr (!std::is_signed_v<Integer>) return Value::unsigned_integer(value);
}

template <class Integer>
Value integer_from_text(Evaluation& evaluation, Arguments arguments) {
  std::string_view text = arguments[0].as_text();
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  Integer value;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) return out_of_range(evaluation);
  if (error != std::errc() || stop != text.data() + text.size()) return unreadable(evaluation);
  return make_integer(value);
}

Value integer_from_unsigned(Evaluation& evaluation, Arguments arguments) {
  const std::uint64_t value = arguments[0].as_unsigned();
  return value > INT64_MAX ? out_of_range(evaluation) : Value::integer(static_cast<std::int64_t>(value));
}

/// Towards zero. The ends of the range are refused, as doubles near them stand for many integers.
Value integer_from_double(Evaluation& evaluation, Arguments arguments) {
  const double value = arguments[0].as_floating();
  return value > -0x1p63 && value < 0x1p63 ? Value::integer(static_cast<std::int64_t>(value))
                                           : out_of_range(evaluation);
}

Value integer_from_timestamp(Evaluation& evaluation, Arguments arguments) {
  const Instant instant = arguments[0].as_timestamp();
  return instant.is_finite() ? Value::integer(instant.seconds) : out_of_range(evaluation);
}

/// Towards zero.
Value integer_from_decimal(Evaluation& evaluation, Arguments arguments) {
  const Result<Decimal> whole = Decimal::from_value(arguments[0]).rounded(0, Rounding::down);
  if (!whole) return evaluation.fail(whole.error());
  const auto value = whole->to_integer();
  return value ? Value::integer(*value) : out_of_range(evaluation);
}

Value unsigned_from_integer(Evaluation& evaluation, Arguments arguments) {
  const std::int64_t value = arguments[0].as_integer();
  return value < 0 ? out_of_range(evaluation) : Value::unsigned_integer(static_cast<std::uint64_t>(value));
}

Value unsigned_from_double(Evaluation& evaluation, Arguments arguments) {
  const double value = arguments[0].as_floating();
  return value >= 0 && value < 0x1p64 ? Value::unsigned_integer(static_cast<std::uint64_t>(value))
                                      : out_of_range(evaluation);
}

Value double_from_integer(Evaluation&, Arguments arguments) {
  return Value::floating(static_cast<double>(arguments[0].as_integer()));
}
Value double_from_unsigned(Evaluation&, Arguments arguments) {
  return Value::floating(static_cast<double>(arguments[0].as_unsigned()));
}
Value double_from_decimal(Evaluation&, Arguments arguments) {
  return Value::floating(Decimal::from_value(arguments[0]).to_double());
}
Value double_from_text(Evaluation& evaluation, Arguments arguments) {
  const auto value = read_double(arguments[0].as_text());
  return value ? Value::floating(*value) : unreadable(evaluation);
}

Value decimal_from_whole(Evaluation&, Arguments arguments) { return as_decimal(arguments[0]); }

Value decimal_from_text(Evaluation& evaluation, Arguments arguments) {
  const Result<Decimal> value = Decimal::from_text(arguments[0].as_text());
  return value ? value->to_value(evaluation.arena) : evaluation.fail(value.error());
}

/// The shortest decimal that reads back as the same double.
Value decimal_from_double(Evaluation& evaluation, Arguments arguments) {
  const Result<Decimal> value = Decimal::from_text(double_text(arguments[0].as_floating()));
  return value ? value->to_value(evaluation.arena) : evaluation.fail(value.error());
}

Value make_string(Evaluation& evaluation, std::string_view text) {
  return Value::string(evaluation.arena.copy(text));
}

Value string_from_boolean(Evaluation&, Arguments arguments) {
  return Value::string(arguments[0].as_boolean() ? "true" : "false");
}
Value string_from_integer(Evaluation& evaluation, Arguments arguments) {
  return make_string(evaluation, std::to_string(arguments[0].as_integer()));
}
Value string_from_unsigned(Evaluation& evaluation, Arguments arguments) {
  return make_string(evaluation, std::to_string(arguments[0].as_unsigned()));
}
Value string_from_double(Evaluation& evaluation, Arguments arguments) {
  return make_string(evaluation, double_text(arguments[0].as_floating()));
}
Value string_from_decimal(Evaluation& evaluation, Arguments arguments) {
  std::string text;
  append_decimal_text(text, arguments[0]);
  return make_string(evaluation, text);
}
Value string_from_bytes(Evaluation& evaluation, Arguments arguments) {
  const std::string_view text = arguments[0].as_text();
  return is_utf8(text) ? Value::string(text) : unreadable(evaluation);
}
Value string_from_timestamp(Evaluation& evaluation, Arguments arguments) {
  return make_string(evaluation, timestamp_text(arguments[0].as_timestamp()));
}
Value string_from_duration(Evaluation& evaluation, Arguments arguments) {
  return make_string(evaluation, format_span(arguments[0].as_duration()));
}

Value bytes_from_string(Evaluation&, Arguments arguments) { return Value::bytes(arguments[0].as_text()); }

Value boolean_from_text(Evaluation& evaluation, Arguments arguments) {
  const std::string_view text = arguments[0].as_text();
  for (const std::string_view yes : {"true", "True", "TRUE", "t", "1"}) {
    if (text == yes) return Value::boolean(true);
  }
  for (const std::string_view no : {"false", "False", "FALSE", "f", "0"}) {
    if (text == no) return Value::boolean(false);
  }
  return unreadable(evaluation);
}

Value type_of(Evaluation&, Arguments arguments) {
  switch (arguments[0].kind()) {
    case ValueKind::unset:
    case ValueKind::null:
      return Value::type("null_type");
    case ValueKind::timestamp:
      return Value::type("google.protobuf.Timestamp");
    case ValueKind::duration:
      return Value::type("google.protobuf.Duration");
    default:
      return Value::type(name_of(arguments[0].kind()));
  }
}

constexpr auto int_overloads = std::to_array<Overload>({
    overload({integer}, integer, same),
    overload({unsigned_integer}, integer, integer_from_unsigned),
    overload({floating}, integer, integer_from_double),
    overload({decimal}, integer, integer_from_decimal),
    overload({string}, integer, integer_from_text<std::int64_t>),
    overload({timestamp}, integer, integer_from_timestamp),
});
constexpr auto uint_overloads = std::to_array<Overload>({
    overload({unsigned_integer}, unsigned_integer, same),
    overload({integer}, unsigned_integer, unsigned_from_integer),
    overload({floating}, unsigned_integer, unsigned_from_double),
    overload({string}, unsigned_integer, integer_from_text<std::uint64_t>),
});
constexpr auto double_overloads = std::to_array<Overload>({
    overload({floating}, floating, same),
    overload({integer}, floating, double_from_integer),
    overload({unsigned_integer}, floating, double_from_unsigned),
    overload({decimal}, floating, double_from_decimal),
    overload({string}, floating, double_from_text),
});
constexpr auto decimal_overloads = std::to_array<Overload>({
    overload({decimal}, decimal, same),
    overload({integer}, decimal, decimal_from_whole),
    overload({unsigned_integer}, decimal, decimal_from_whole),
    overload({string}, decimal, decimal_from_text),
    overload({floating}, decimal, decimal_from_double),
});
constexpr auto string_overloads = std::to_array<Overload>({
    overload({string}, string, same),
    overload({boolean}, string, string_from_boolean),
    overload({integer}, string, string_from_integer),
    overload({unsigned_integer}, string, string_from_unsigned),
    overload({floating}, string, string_from_double),
    overload({decimal}, string, string_from_decimal),
    overload({bytes}, string, string_from_bytes),
    overload({timestamp}, string, string_from_timestamp),
    overload({duration}, string, string_from_duration),
    overload({uuid}, string, same),
    overload({json}, string, same),
});
constexpr auto bytes_overloads = std::to_array<Overload>({
    overload({bytes}, bytes, same),
    overload({string}, bytes, bytes_from_string),
});
constexpr auto bool_overloads = std::to_array<Overload>({
    overload({boolean}, boolean, same),
    overload({string}, boolean, boolean_from_text),
});
constexpr auto dyn_overloads = std::to_array<Overload>({overload({dynamic}, dynamic, same)});
constexpr auto type_overloads = std::to_array<Overload>({overload({dynamic}, type, type_of)});

constexpr auto functions = std::to_array<FunctionEntry>({
    {.name = "int",
     .overloads = int_overloads,
     .doc = "a number towards zero, a text, or a timestamp's seconds since 1970 as int",
     .example = R"(int(1.9) == 1 && int("42") == 42)"},
    {.name = "uint",
     .overloads = uint_overloads,
     .doc = "a number towards zero, or a text, as uint",
     .example = "uint(42) == 42u"},
    {.name = "double",
     .overloads = double_overloads,
     .doc = "the nearest double",
     .example = R"(double("1.5") == 1.5)"},
    {.name = "decimal",
     .overloads = decimal_overloads,
     .doc = "an exact decimal; of a double the shortest that reads back as it",
     .example = R"(decimal("1.10") + 1 == decimal("2.10"))"},
    {.name = "string",
     .overloads = string_overloads,
     .doc = "the value as text",
     .example = R"(string(42) == "42" && string(decimal("1.10")) == "1.10")"},
    {.name = "bytes",
     .overloads = bytes_overloads,
     .doc = "a string's UTF-8 bytes",
     .example = R"(bytes("a") == b"a")"},
    {.name = "bool",
     .overloads = bool_overloads,
     .doc = "reads true, t, 1, false, f or 0",
     .example = R"(bool("true"))"},
    {.name = "dyn",
     .overloads = dyn_overloads,
     .doc = "the value, of which the checker no longer knows the type",
     .example = "dyn(1) == 1.0"},
    {.name = "type",
     .nulls = NullRule::sees_null,
     .overloads = type_overloads,
     .doc = "the value's type",
     .example = "type(1) == int"},
});

}  // namespace

std::span<const FunctionEntry> conversion_functions() { return functions; }

}  // namespace tallymill::topology
