// Multiplication, division and rounding.

#include <algorithm>

#include "topology/data/decimal.h"
#include "topology/data/decimal_small.h"
#include "topology/data/decimal_wide.h"

namespace tallymill::topology {
namespace {

/// Whether a quotient's magnitude goes up by one. `remainder_to_half` compares what was cut off, which is not
/// zero, with one half.
bool rounds_away_from_zero(Rounding rounding, bool negative, bool odd,
                           std::strong_ordering remainder_to_half) {
  switch (rounding) {
    case Rounding::half_even:
      return remainder_to_half > 0 || (remainder_to_half == 0 && odd);
    case Rounding::half_up:
      return remainder_to_half >= 0;
    case Rounding::half_down:
      return remainder_to_half > 0;
    case Rounding::up:
      return true;
    case Rounding::down:
      return false;
    case Rounding::ceiling:
      return !negative;
    case Rounding::floor:
      return negative;
  }
  INVARIANT(false, "a rounding outside the enumeration");
}

std::strong_ordering compare(Magnitude128 a, Magnitude128 b) { return a <=> b; }
std::strong_ordering compare(const WideInteger& a, const WideInteger& b) { return a.compare(b) <=> 0; }

/// dividend / divisor, rounded; both are magnitudes, `negative` is the sign of the quotient.
template <class Magnitude>
Magnitude divide_magnitudes(const Magnitude& dividend, const Magnitude& divisor, bool negative,
                            Rounding rounding) {
  Magnitude quotient = dividend / divisor;
  const Magnitude remainder = dividend - quotient * divisor;
  if (remainder == 0) return quotient;
  // Against the rest of the divisor instead of doubling the remainder, which could overflow.
  const std::strong_ordering to_half = compare(remainder, Magnitude(divisor - remainder));
  if (rounds_away_from_zero(rounding, negative, (quotient & 1) != 0, to_half)) ++quotient;
  return quotient;
}

/// |a| * 10^exponent / |b| with the sign of the quotient, if all of it fits 128 bits.
std::optional<Int128> divide_small(Int128 a, Int128 b, int exponent, Rounding rounding) {
  if (!scale_up(exponent >= 0 ? a : b, std::abs(exponent))) return std::nullopt;
  const bool negative = (a < 0) != (b < 0);
  const Magnitude128 quotient = divide_magnitudes(magnitude_of(a), magnitude_of(b), negative, rounding);
  if (quotient > static_cast<Magnitude128>(int128_max)) return std::nullopt;
  const auto coefficient = static_cast<Int128>(quotient);
  return negative ? -coefficient : coefficient;
}

WideInteger divide_wide(WideInteger a, WideInteger b, int exponent, Rounding rounding) {
  const bool negative = (a < 0) != (b < 0);
  a = abs(a);
  b = abs(b);
  (exponent >= 0 ? a : b) *= power_of_ten(std::abs(exponent));
  WideInteger quotient = divide_magnitudes(a, b, negative, rounding);
  return negative ? WideInteger(-quotient) : quotient;
}

}  // namespace

Result<Decimal> Decimal::multiply(const Decimal& a, const Decimal& b) {
  const int scale = a.scale_ + b.scale_;
  if (scale > max_scale) return decimal_out_of_range();
  Int128 product = 0;
  if (a.is_small() && b.is_small() && !__builtin_mul_overflow(a.small_, b.small_, &product)) {
    return from_parts(product, scale);
  }
  return WideDecimal(WideDecimal(a).coefficient * WideDecimal(b).coefficient, scale)
      .narrow_checked(Decimal::max_computed_integer_digits);
}

Result<Decimal> Decimal::divide(const Decimal& a, const Decimal& b, int scale, Rounding rounding) {
  if (!is_scale(scale)) return scale_out_of_range(scale);
  if (b.is_zero()) {
    return Error{ErrorCode::division_by_zero, "a decimal was divided by zero", ""};
  }
  const int exponent = scale - a.scale_ + b.scale_;
  if (a.is_small() && b.is_small()) {
    if (const auto quotient = divide_small(a.small_, b.small_, exponent, rounding)) {
      return from_parts(*quotient, scale);
    }
  }
  WideInteger quotient =
      divide_wide(WideDecimal(a).coefficient, WideDecimal(b).coefficient, exponent, rounding);
  return WideDecimal(std::move(quotient), scale).narrow_checked(Decimal::max_computed_integer_digits);
}

Result<Decimal> Decimal::rounded(int scale, Rounding rounding) const {
  if (scale == scale_) return *this;
  return divide(*this, from_integer(1), scale, rounding);
}

Decimal Decimal::canonical() const {
  int scale = scale_;
  if (is_small()) {
    Int128 coefficient = small_;
    strip_trailing_zeros(coefficient, scale);
    return from_parts(coefficient, scale);
  }
  WideInteger coefficient = large_->coefficient;
  // A number ends in at most as many decimal zeros as binary ones. Powers of ten halve from there, so that a
  // hostile row of zeros costs a few divisions.
  const int zeros_max = static_cast<int>(
      std::min<std::size_t>(static_cast<std::size_t>(scale), lsb(WideInteger(abs(coefficient)))));
  for (int step = zeros_max; step > 0;) {
    WideInteger quotient;
    WideInteger remainder;
    if (step <= scale) divide_qr(coefficient, power_of_ten(step), quotient, remainder);
    if (step <= scale && remainder.is_zero()) {
      coefficient = std::move(quotient);
      scale -= step;
    } else {
      step /= 2;
    }
  }
  return WideDecimal(std::move(coefficient), scale).narrow();
}

}  // namespace tallymill::topology
