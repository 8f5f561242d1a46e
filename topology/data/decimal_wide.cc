#include "topology/data/decimal_wide.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <vector>

#include "topology/data/decimal_small.h"

namespace tallymill::topology {
namespace {

bool passes_digits(const WideInteger& coefficient, int digits_max) {
  if (coefficient.is_zero()) return false;
  // A digit takes more than three bits: mostly the power need not be made.
  if (msb(abs(coefficient)) < 3U * static_cast<unsigned>(digits_max)) return false;
  return abs(coefficient) >= power_of_ten(digits_max);
}

// The library converts in quadratic time with a large factor; blocks of this size it converts quickly.
constexpr std::size_t block_digits = 512;

/// Appends `magnitude` with leading zeros up to block_digits * 2^powers.size() digits. powers[i] is
/// 10^(block_digits * 2^i), by which a number is split into two halves.
void append_halves(std::string& out, const WideInteger& magnitude, std::span<const WideInteger> powers) {
  if (powers.empty()) {
    const std::string digits = magnitude.str();
    out.append(block_digits - digits.size(), '0').append(digits);
    return;
  }
  WideInteger high;
  WideInteger low;
  divide_qr(magnitude, powers.back(), high, low);
  append_halves(out, high, powers.first(powers.size() - 1));
  append_halves(out, low, powers.first(powers.size() - 1));
}

}  // namespace

WideDecimal::WideDecimal(const Decimal& decimal)
    : coefficient(decimal.large_ ? decimal.large_->coefficient : WideInteger(decimal.small_)),
      scale(decimal.scale_) {}

Decimal WideDecimal::narrow() && {
  static const WideInteger small_max(int128_max);
  static const WideInteger small_min(int128_min);
  Decimal decimal;
  decimal.scale_ = scale;
  if (coefficient >= small_min && coefficient <= small_max) {
    decimal.small_ = static_cast<Int128>(coefficient);
  } else {
    decimal.large_ = std::make_unique<Decimal::Large>(Decimal::Large{std::move(coefficient)});
  }
  return decimal;
}

Result<Decimal> WideDecimal::narrow_checked(int integer_digits_max) && {
  if (passes_digits(coefficient, integer_digits_max + scale)) return decimal_out_of_range();
  return std::move(*this).narrow();
}

WideInteger power_of_ten(int exponent) {
  if (exponent < static_cast<int>(small_powers_of_ten.size())) {
    return WideInteger(small_powers_of_ten[static_cast<std::size_t>(exponent)]);
  }
  return boost::multiprecision::pow(WideInteger(10), static_cast<unsigned>(exponent));
}

int digit_count(const WideInteger& magnitude) {
  if (magnitude.is_zero()) return 1;
  constexpr double digits_per_bit = 0.301029995663981195;  // log10(2)
  // 10^estimate <= 2^msb <= magnitude < 2^(msb+1), so there is at most one digit more.
  const int estimate = static_cast<int>(static_cast<double>(msb(magnitude)) * digits_per_bit);
  return estimate + (magnitude >= power_of_ten(estimate + 1) ? 2 : 1);
}

std::string digits_of(const WideInteger& magnitude) {
  const int digits = digit_count(magnitude);
  if (digits <= static_cast<int>(block_digits)) return magnitude.str();
  std::vector<WideInteger> powers{power_of_ten(static_cast<int>(block_digits))};
  std::size_t width = 2 * block_digits;
  for (; width < static_cast<std::size_t>(digits); width *= 2) {
    powers.push_back(powers.back() * powers.back());
  }
  std::string padded;
  padded.reserve(width);
  append_halves(padded, magnitude, powers);
  return padded.substr(width - static_cast<std::size_t>(digits));
}

WideInteger integer_from_digits(std::string_view digits) {
  // The library takes a leading zero for the mark of an octal number.
  const std::size_t first = digits.find_first_not_of('0');
  if (first == std::string_view::npos) return 0;
  return WideInteger(std::string(digits.substr(first)));
}

std::string big_endian_of(const WideInteger& integer) {
  const bool negative = integer < 0;
  // The complement of n is -n - 1, in two's complement and here.
  const WideInteger magnitude = negative ? WideInteger(-integer - 1) : integer;
  std::string bytes;
  // The topmost bit is the sign's; a byte is put in front if the number needs it itself.
  if (magnitude.is_zero() || msb(magnitude) % 8 == 7) bytes += '\0';
  if (!magnitude.is_zero()) export_bits(magnitude, std::back_inserter(bytes), 8);
  if (negative) std::ranges::transform(bytes, bytes.begin(), [](char c) { return static_cast<char>(~c); });
  return bytes;
}

WideInteger integer_from_big_endian(std::string_view bytes) {
  if (bytes.empty()) return 0;
  const bool negative = static_cast<unsigned char>(bytes.front()) >= 0x80;
  std::basic_string<unsigned char> magnitude(bytes.size(), 0);
  std::ranges::transform(bytes, magnitude.begin(), [negative](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return negative ? static_cast<unsigned char>(~byte) : byte;
  });
  WideInteger integer;
  import_bits(integer, magnitude.begin(), magnitude.end(), 8);
  return negative ? WideInteger(-integer - 1) : integer;
}

Error decimal_out_of_range() {
  return {ErrorCode::decimal_out_of_range,
          "the decimal has more than " + std::to_string(Decimal::max_integer_digits) +
              " digits before the point, or more than " + std::to_string(Decimal::max_scale) +
              " after the point",
          ""};
}

Error scale_out_of_range(int scale) {
  return {ErrorCode::invalid_argument,
          "a decimal cannot have " + std::to_string(scale) + " digits after the point",
          "use a scale from 0 to " + std::to_string(Decimal::max_scale)};
}

}  // namespace tallymill::topology
