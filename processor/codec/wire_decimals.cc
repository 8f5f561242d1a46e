#include "processor/codec/wire_decimals.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "processor/codec/base64.h"
#include "topology/data/decimal.h"

namespace tallymill::processor {

using topology::Arena;
using topology::Decimal;
using topology::ErrorCode;
using topology::Int128;
using topology::Result;
using topology::Value;

namespace {

// Messages of Decimal's own errors may quote the number, which may be sensitive.
std::string_view reason_for(ErrorCode code) {
  switch (code) {
    case ErrorCode::decimal_not_finite:
      return "a decimal is finite";
    case ErrorCode::decimal_out_of_range:
      return "it has more digits than a decimal keeps";
    default:
      return {};
  }
}

Reading reading_of(const Result<Decimal>& decimal, Arena& arena) {
  if (decimal.ok()) return decimal->to_value(arena);
  return Reading::refused(decimal.error().code, reason_for(decimal.error().code));
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

bool can_be_base64(std::string_view text, Arena& arena) {
  auto* target = reinterpret_cast<char*>(arena.allocate(base64_decoded_size_max(text.size()), 1));
  return !text.empty() && decode_base64(text, target).has_value();
}

bool spells_special_value(std::string_view text) {
  return text == "NaN" || text == "Infinity" || text == "-Infinity";
}

Reading decimal_or_scale_unknown(std::string_view text, Arena& arena) {
  const bool has_letter =
      std::any_of(text.begin(), text.end(), [](char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; });
  if (!has_letter || spells_special_value(text)) {
    Reading reading = decimal_from_text(text, arena);
    if (reading.ok() || reading.code() != ErrorCode::wrong_type) return reading;
  }
  if (can_be_base64(text, arena)) {
    return Reading::refused(ErrorCode::scale_unknown, "base64 without a schema says nothing about the scale");
  }
  return decimal_from_text(text, arena);
}

}  // namespace

Reading decimal_from_text(std::string_view text, Arena& arena) {
  if (const std::optional<Value> value = short_decimal(text)) return *value;
  return reading_of(Decimal::from_text(text), arena);
}

Reading decimal_from_base64(std::string_view text, std::int32_t scale, Arena& arena) {
  std::array<char, 48> short_bytes;
  const std::size_t size_max = base64_decoded_size_max(text.size());
  char* target = size_max <= short_bytes.size() ? short_bytes.data()
                                                : reinterpret_cast<char*>(arena.allocate(size_max, 1));
  const std::optional<std::size_t> size = decode_base64(text, target);
  if (!size) return Reading::wrong_type("it is no base64");
  const std::string_view bytes(target, *size);
  if (bytes.size() <= sizeof(Int128) && scale >= 0 && scale <= Decimal::max_scale) {
    return Value::small_decimal(from_big_endian(bytes), static_cast<std::uint16_t>(scale));
  }
  return reading_of(Decimal::from_big_endian(bytes, scale), arena);
}

Reading decimal_from_string(std::string_view text, WireEncoding encoding, Arena& arena) {
  if (encoding.form == WireForm::text) return decimal_from_text(text, arena);
  if (encoding.form == WireForm::connect_decimal || encoding.form == WireForm::bytes) {
    if (encoding.scale) return decimal_from_base64(text, *encoding.scale, arena);
    return Reading::refused(ErrorCode::scale_unknown, "its schema says nothing about the scale");
  }
  if (!encoding.scale) return decimal_or_scale_unknown(text, arena);
  const bool is_text =
      text.starts_with('-') || text.find('.') != std::string_view::npos || spells_special_value(text);
  return is_text ? decimal_from_text(text, arena) : decimal_from_base64(text, *encoding.scale, arena);
}

}  // namespace tallymill::processor
