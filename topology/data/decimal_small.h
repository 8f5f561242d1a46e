#pragma once

#include <array>
#include <charconv>
#include <cstring>
#include <limits>
#include <string_view>

#include "topology/data/value.h"

namespace tallymill::topology {

/// Arithmetic on coefficients that fit 128 bits. Private to decimal*.cc and the row codec.
using Magnitude128 = unsigned __int128;

inline constexpr Int128 int128_max = std::numeric_limits<Int128>::max();
inline constexpr Int128 int128_min = std::numeric_limits<Int128>::min();

/// 10^0 to 10^38, all that fit.
inline constexpr auto small_powers_of_ten = [] {
  std::array<Int128, 39> powers{1};
  for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}();

/// Multiplies `coefficient` by 10^exponent, exponent >= 0. False, with the coefficient undefined, if it
/// overflows.
inline bool scale_up(Int128& coefficient, int exponent) {
  if (exponent == 0 || coefficient == 0) return true;
  if (exponent >= static_cast<int>(small_powers_of_ten.size())) return false;
  return !__builtin_mul_overflow(coefficient, small_powers_of_ten[static_cast<std::size_t>(exponent)],
                                 &coefficient);
}

/// |coefficient|, which for the lowest one only an unsigned number can hold.
inline Magnitude128 magnitude_of(Int128 coefficient) {
  const auto bits = static_cast<Magnitude128>(coefficient);
  return coefficient < 0 ? 0 - bits : bits;
}

/// Removes zeros at the end of the coefficient's digits while scale > 0.
inline void strip_trailing_zeros(Int128& coefficient, int& scale) {
  if (coefficient == 0) {
    scale = 0;
    return;
  }
  // Division of 128 bits is many times slower than of 64, and amounts of money fit the latter.
  if (coefficient == static_cast<std::int64_t>(coefficient)) {
    auto low = static_cast<std::int64_t>(coefficient);
    for (; scale > 0 && low % 10 == 0; --scale) low /= 10;
    coefficient = low;
    return;
  }
  for (; scale > 0 && coefficient % 10 == 0; --scale) coefficient /= 10;
}

/// Any number of so many digits fits.
inline constexpr std::size_t digits_in_64_bits = 18;
inline constexpr std::size_t digits_in_128_bits = 38;

/// The number that `digits` say behind those of `before`; all of them together must fit.
template <class Integer>
Integer append_digits(Integer before, std::string_view digits) {
  for (const char c : digits) before = before * 10 + static_cast<Integer>(c - '0');
  return before;
}

/// Of the digits of both texts, digits_in_128_bits at most.
inline Int128 small_from_digits(std::string_view first, std::string_view second) {
  if (first.size() + second.size() <= digits_in_64_bits) {
    return append_digits(append_digits(std::int64_t{0}, first), second);
  }
  return append_digits(append_digits(Int128{0}, first), second);
}

/// The decimal digits of a magnitude up to 2^127, in place.
class SmallDigits {
 public:
  explicit SmallDigits(Magnitude128 magnitude) {
    constexpr std::uint64_t chunk = 10'000'000'000'000'000'000u;
    constexpr std::size_t chunk_digits = 19;
    char* const begin = digits_.data();
    char* const end = begin + digits_.size();
    if (magnitude < chunk) {
      size_ = static_cast<std::size_t>(std::to_chars(begin, end, static_cast<std::uint64_t>(magnitude)).ptr -
                                       begin);
      return;
    }
    char* const low = std::to_chars(begin, end, static_cast<std::uint64_t>(magnitude / chunk)).ptr;
    std::array<char, chunk_digits> low_digits;
    const char* const low_end = std::to_chars(low_digits.data(), low_digits.data() + chunk_digits,
                                              static_cast<std::uint64_t>(magnitude % chunk))
                                    .ptr;
    const auto low_size = static_cast<std::size_t>(low_end - low_digits.data());
    std::memset(low, '0', chunk_digits - low_size);
    std::memcpy(low + (chunk_digits - low_size), low_digits.data(), low_size);
    size_ = static_cast<std::size_t>(low - begin) + chunk_digits;
  }

  std::string_view view() const { return {digits_.data(), size_}; }

 private:
  std::array<char, 40> digits_;
  std::size_t size_;
};

}  // namespace tallymill::topology
