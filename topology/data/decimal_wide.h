#pragma once

#include <boost/multiprecision/cpp_int.hpp>
#include <string>
#include <string_view>

#include "topology/data/decimal.h"

namespace tallymill::topology {

/// An integer of any size. Named only here and in decimal*.cc.
using WideInteger = boost::multiprecision::cpp_int;

struct Decimal::Large {
  WideInteger coefficient;
};

/// A decimal on its way through arithmetic that may leave 128 bits.
struct WideDecimal {
  WideInteger coefficient;
  int scale = 0;

  WideDecimal(WideInteger c, int s) : coefficient(std::move(c)), scale(s) {}
  explicit WideDecimal(const Decimal& decimal);

  /// The decimal, with its coefficient in place if it fits 128 bits. Its size is not checked.
  Decimal narrow() &&;
  /// The same, or decimal_out_of_range if it has more digits before the point.
  Result<Decimal> narrow_checked(int integer_digits_max) &&;
};

WideInteger power_of_ten(int exponent);
/// Of a number that is not negative; 0 has one digit.
int digit_count(const WideInteger& magnitude);
/// The decimal digits of a number that is not negative.
std::string digits_of(const WideInteger& magnitude);
/// Of digits only; leading zeros are allowed, an empty text is 0.
WideInteger integer_from_digits(std::string_view digits);
/// Minimal two's complement, and back. An empty text is 0.
std::string big_endian_of(const WideInteger& integer);
WideInteger integer_from_big_endian(std::string_view bytes);

Error decimal_out_of_range();
Error scale_out_of_range(int scale);
inline bool is_scale(int scale) { return scale >= 0 && scale <= Decimal::max_scale; }

}  // namespace tallymill::topology
