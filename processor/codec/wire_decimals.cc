#include "processor/codec/wire_decimals.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "processor/codec/base64.h"
#include "topology/data/decimal.h"
#include "topology/spec/document.h"

namespace tallymill::processor {

using topology::Arena;
using topology::Decimal;
using topology::ErrorCode;
using topology::Int128;
using topology::Result;
using topology::Value;

namespace {

constexpr Refusal not_finite{ErrorCode::decimal_not_finite, "a decimal is finite",
                             {},
                             "correct the row in the database: a total with it would be no number"};
constexpr Refusal too_many_digits{
    ErrorCode::decimal_out_of_range, "it prints with more digits than the column's `digits`, 1000 unless it says more",
    "digits: 5000",
    "correct the row, or set the connector's decimal.handling.mode=string and declare the column as string"};
static_assert(topology::decimal_digits_default == 1'000, "the sentence above says the limit");
constexpr Refusal no_number{ErrorCode::wrong_type, "it is no decimal number"};
constexpr Refusal empty_text{ErrorCode::wrong_type, "an empty text is no number"};
constexpr Refusal no_base64{
    ErrorCode::wrong_type, "it is no base64", {}, "write `wire: text` if the connector sends decimals as text"};
constexpr Refusal no_base64_by_schema{
    ErrorCode::wrong_type, "its schema says that it comes as base64, and it is none", {},
    "look at the transforms and converters between the connector and the topic: one of them changed the value, or the "
    "schema"};
constexpr Refusal schema_without_scale{ErrorCode::scale_unknown, "its schema says nothing about the scale",
                                       "scale: 2",
                                       "set the connector's decimal.handling.mode=string"};
constexpr Refusal base64_without_scale{
    ErrorCode::scale_unknown, "it can be base64, and without a schema nothing says so, nor where the point stands",
    "wire: base64, scale: 2",
    "`wire: text` where it is a number's text, as in 1E+3; or set the connector's decimal.handling.mode=string, or "
    "turn its schemas on"};
constexpr Refusal text_in_base64{
    ErrorCode::wrong_type, "it is a number's text, and the column is declared as base64", {},
    "write `wire: text` if the connector sends text; where decimal.handling.mode was changed the topic has both, which "
    "only the converter's schemas tell apart"};

/// Bytes of a coefficient that has more digits than that, whatever it is.
constexpr std::size_t coefficient_bytes_max(std::int32_t digits_max) {
  return static_cast<std::size_t>(digits_max) * 5 / 12 + 1;
}

/// Plain notation of up to 18 digits, which is what amounts are; nothing for the rest, also for what is no
/// number.
std::optional<Value> short_decimal(std::string_view text) {
  constexpr std::size_t digits_max = 18;
  const bool negative = text.starts_with('-');
  std::int64_t coefficient = 0;
  std::size_t digits = 0;
  std::optional<std::size_t> digits_before_point;
  for (const char c : text.substr(negative ? 1 : 0)) {
    if (c >= '0' && c <= '9' && digits < digits_max) {
      coefficient = coefficient * 10 + (c - '0');
      ++digits;
    } else if (c == '.' && !digits_before_point && digits > 0) {
      digits_before_point = digits;
    } else {
      return std::nullopt;
    }
  }
  const std::size_t scale = digits_before_point ? digits - *digits_before_point : 0;
  if (digits == 0 || (digits_before_point && scale == 0)) return std::nullopt;
  return Value::small_decimal(negative ? -coefficient : coefficient, static_cast<std::uint16_t>(scale));
}

Int128 from_big_endian(std::string_view bytes) {
  const bool negative = !bytes.empty() && static_cast<signed char>(bytes.front()) < 0;
  auto bits = negative ? ~static_cast<unsigned __int128>(0) : 0;
  for (const char byte : bytes) bits = bits << 8 | static_cast<unsigned char>(byte);
  return static_cast<Int128>(bits);
}

/// What Decimal made of a number whose size was looked at before.
Reading reading_of(const Result<Decimal>& decimal, std::int32_t digits_max, Arena& arena) {
  if (!decimal.ok()) {
    if (decimal.error().code == ErrorCode::decimal_not_finite) return not_finite;
    return decimal.error().code == ErrorCode::decimal_out_of_range ? too_many_digits : no_number;
  }
  if (decimal->digits() > digits_max || decimal->scale() > digits_max) return too_many_digits;
  return decimal->to_value(arena);
}

/// Whether the exponent of a number's text, if it has one, moves the point farther than is read.
bool has_far_exponent(std::string_view text, std::int32_t digits_max) {
  const std::size_t mark = text.find_first_of("eE");
  if (mark == std::string_view::npos) return false;
  std::string_view digits = text.substr(mark + 1);
  if (!digits.empty() && (digits.front() == '-' || digits.front() == '+')) digits.remove_prefix(1);
  const std::size_t all_digits = std::min(digits.find_first_not_of("0123456789"), digits.size());
  if (digits.empty() || all_digits != digits.size()) return false;  // no number
  int exponent = 0;
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
  return error != std::errc() || exponent > digits_max;
}

bool can_be_base64(std::string_view text, Arena& arena) {
  auto* target = reinterpret_cast<char*>(arena.allocate(base64_decoded_size_max(text.size()), 1));
  return !text.empty() && decode_base64(text, target).has_value();
}

/// As PostgreSQL, Java's doubles and Debezium's SpecialValueDecimal spell what is not finite.
bool spells_special_value(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  for (const std::string_view sign : {"POSITIVE_", "NEGATIVE_"}) {
    if (text.starts_with(sign)) text.remove_prefix(sign.size());
  }
  const auto spells = [&](std::string_view lower) {
    return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                      [](char a, char b) { return (a | 0x20) == b; });
  };
  return spells("nan") || spells("inf") || spells("infinity");
}

/// Digits, perhaps with a minus in front and a point between them. A plus or an exponent could be base64's.
bool is_plain_number(std::string_view text) {
  return text.find_first_not_of("0123456789.-") == std::string_view::npos ||
         text.find_first_of(".-") != std::string_view::npos;
}

}  // namespace

Reading decimal_from_text(std::string_view text, std::int32_t digits_max, Arena& arena) {
  if (const std::optional<Value> value = short_decimal(text)) return *value;
  if (text.empty()) return empty_text;
  if (spells_special_value(text)) return not_finite;
  // With its sign, its point and its exponent a number of so many digits is a little longer.
  const std::size_t text_max = static_cast<std::size_t>(digits_max) + 16;
  if (text.size() > text_max || has_far_exponent(text, digits_max)) {
    return text.find_first_not_of("0123456789.+-eE") == std::string_view::npos ? too_many_digits : no_number;
  }
  return reading_of(Decimal::from_text(text), digits_max, arena);
}

Reading decimal_from_base64(std::string_view text, std::int32_t scale, std::int32_t digits_max, Arena& arena) {
  if (text.empty()) return empty_text;
  if (scale > digits_max || scale < -digits_max || text.size() / 4 * 3 > coefficient_bytes_max(digits_max) + 3) {
    return too_many_digits;
  }
  std::array<char, 64> short_bytes;
  const std::size_t room = base64_decoded_size_max(text.size());
  char* target = room <= short_bytes.size() ? short_bytes.data() : reinterpret_cast<char*>(arena.allocate(room, 1));
  const std::optional<std::size_t> size = decode_base64(text, target);
  if (!size) return no_base64;
  const std::string_view bytes(target, *size);
  if (bytes.size() <= sizeof(Int128) && scale >= 0) {
    return Value::small_decimal(from_big_endian(bytes), static_cast<std::uint16_t>(scale));
  }
  return reading_of(Decimal::from_big_endian(bytes, scale), digits_max, arena);
}

Reading decimal_from_string(std::string_view text, const WireEncoding& encoding, Arena& arena) {
  switch (encoding.form) {
    case WireForm::text:
      return decimal_from_text(text, encoding.digits_max, arena);
    case WireForm::connect_decimal:
    case WireForm::bytes: {
      if (!encoding.scale) return schema_without_scale;
      const Reading reading = decimal_from_base64(text, *encoding.scale, encoding.digits_max, arena);
      if (reading.ok()) return reading;
      if (spells_special_value(text)) return not_finite;
      if (&reading.refusal() == &no_base64) return no_base64_by_schema;
      return reading;
    }
    case WireForm::base64_decimal:
      // Neither a point nor a minus is base64's: a number that has none could be taken for it, so none is read as text.
      if (spells_special_value(text)) return not_finite;
      if (short_decimal(text) && text.find_first_of(".-") != std::string_view::npos) return text_in_base64;
      return decimal_from_base64(text, *encoding.scale, encoding.digits_max, arena);
    default:
      if (is_plain_number(text) || spells_special_value(text) || !can_be_base64(text, arena)) {
        return decimal_from_text(text, encoding.digits_max, arena);
      }
      return base64_without_scale;
  }
}

}  // namespace tallymill::processor
