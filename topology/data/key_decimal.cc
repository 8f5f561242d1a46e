#include "topology/data/key_decimal.h"

#include <algorithm>
#include <utility>

#include "topology/data/decimal_small.h"
#include "topology/data/decimal_wide.h"

namespace tallymill::topology {
namespace {

constexpr std::uint8_t sign_negative = 0;
constexpr std::uint8_t sign_zero = 1;
constexpr std::uint8_t sign_positive = 2;
constexpr int exponent_bias = 1 << 23;
constexpr std::uint8_t end_mark = 0;
constexpr std::uint8_t pair_bias = 1;  // the pairs 00 to 99 are the bytes 1 to 100
constexpr std::uint8_t pair_byte_max = 99 + pair_bias;
// Sums may pass max_digits by the digits that adding up needs; no count of rows needs more than these.
constexpr int key_digits_max = Decimal::max_digits + 19;

/// `digits` of a number that is not 0.
void append_number(std::string& out, bool negative, std::string_view digits, int scale) {
  const int exponent = static_cast<int>(digits.size()) - scale;
  digits.remove_suffix(digits.size() - 1 - digits.find_last_not_of('0'));
  const auto complement = static_cast<std::uint8_t>(negative ? 0xff : 0);
  append_u8(out, negative ? sign_negative : sign_positive);
  const int biased = exponent + exponent_bias;
  for (const int shift : {16, 8, 0}) append_u8(out, static_cast<std::uint8_t>(biased >> shift) ^ complement);
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const int low = i + 1 < digits.size() ? digits[i + 1] - '0' : 0;
    const auto pair = static_cast<std::uint8_t>((digits[i] - '0') * 10 + low + pair_bias);
    append_u8(out, pair ^ complement);
  }
  append_u8(out, end_mark ^ complement);
}

/// Up to the end mark. Nothing if a byte is no pair, or the digits begin or end with a zero.
std::optional<std::string> read_digits(ByteReader& reader, std::uint8_t complement) {
  std::string digits;
  while (true) {
    const std::uint8_t byte = reader.u8() ^ complement;
    if (!reader.ok() || byte > pair_byte_max) return std::nullopt;
    if (byte == end_mark) break;
    if (digits.size() >= static_cast<std::size_t>(key_digits_max)) return std::nullopt;
    digits += static_cast<char>('0' + (byte - pair_bias) / 10);
    digits += static_cast<char>('0' + (byte - pair_bias) % 10);
  }
  if (digits.empty() || digits.front() == '0') return std::nullopt;
  if (digits.back() == '0') digits.pop_back();
  if (digits.back() == '0') return std::nullopt;
  return digits;
}

}  // namespace

void append_key_decimal(std::string& out, const Value& decimal) {
  const int scale = decimal.decimal_scale();
  if (!decimal.is_small_decimal()) {
    const WideInteger coefficient = integer_from_big_endian(decimal.large_coefficient());
    return append_number(out, coefficient < 0, digits_of(abs(coefficient)), scale);
  }
  const Int128 coefficient = decimal.small_coefficient();
  if (coefficient == 0) return append_u8(out, sign_zero);
  append_number(out, coefficient < 0, SmallDigits(magnitude_of(coefficient)).view(), scale);
}

std::optional<Value> read_key_decimal(ByteReader& reader, Arena& arena) {
  const std::uint8_t sign = reader.u8();
  if (!reader.ok() || sign > sign_positive) return std::nullopt;
  if (sign == sign_zero) return Value::small_decimal(0, 0);
  const auto complement = static_cast<std::uint8_t>(sign == sign_negative ? 0xff : 0);
  int exponent = 0;
  for (int i = 0; i < 3; ++i) exponent = exponent << 8 | (reader.u8() ^ complement);
  exponent -= exponent_bias;
  std::optional<std::string> digits = read_digits(reader, complement);
  if (!digits) return std::nullopt;
  const int digit_count = static_cast<int>(digits->size());
  if (exponent > key_digits_max || digit_count - exponent > Decimal::max_scale) return std::nullopt;
  if (exponent > digit_count) digits->append(static_cast<std::size_t>(exponent - digit_count), '0');
  const int scale = std::max(digit_count - exponent, 0);
  if (digits->size() <= digits_in_128_bits) {
    const Int128 coefficient = small_from_digits(*digits, {});
    return Value::small_decimal(sign == sign_negative ? -coefficient : coefficient,
                                static_cast<std::uint16_t>(scale));
  }
  WideInteger coefficient = integer_from_digits(*digits);
  if (sign == sign_negative) coefficient = -coefficient;
  return WideDecimal(std::move(coefficient), scale).narrow().to_value(arena);
}

}  // namespace tallymill::topology
