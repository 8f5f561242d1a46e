#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "topology/base/result.h"
#include "topology/data/arena.h"
#include "topology/data/value.h"

namespace tallymill::topology {

enum class Rounding : std::uint8_t { half_even, half_up, half_down, up, down, ceiling, floor };

/// An exact decimal of any size: coefficient * 10^-scale, scale in [0, max_scale]. The coefficient is 128
/// bits in place; beyond that an arbitrary-precision integer behind a pointer. Never computed through a
/// double.
///
/// The scale is kept as written ("12.50" stays "12.50"), as PostgreSQL's numeric does; comparison, equality
/// and hashing are numeric (12.5 == 12.50). NaN and infinities do not exist here: reading one is
/// decimal_not_finite.
class Decimal {
 public:
  /// As PostgreSQL's numeric: digits after the point, digits before it, and digits in all.
  static constexpr int max_scale = 16'383;
  static constexpr int max_integer_digits = 131'072;
  static constexpr int max_digits = max_integer_digits + max_scale;
  /// Before the point of what is computed: sums may pass max_integer_digits by the digits that adding up
  /// needs, and must still be rounded, divided and stored.
  static constexpr int max_computed_integer_digits = max_integer_digits + 19;

  Decimal();
  ~Decimal();
  Decimal(const Decimal&);
  Decimal& operator=(const Decimal&);
  Decimal(Decimal&&) noexcept;
  Decimal& operator=(Decimal&&) noexcept;

  /// `scale` must be in [0, max_scale].
  static Decimal from_parts(Int128 coefficient, int scale);
  static Decimal from_integer(std::int64_t value) { return from_parts(value, 0); }
  /// Reads "[+-]digits[.digits][(e|E)[+-]digits]" whole; a negative scale ("1e3") is multiplied out. Errors:
  /// wrong_type, decimal_out_of_range, decimal_not_finite ("NaN", "Infinity", "inf", any case and sign).
  static Result<Decimal> from_text(std::string_view text);
  /// Kafka Connect's Decimal: big-endian two's complement (empty means 0) with a scale that may be negative.
  static Result<Decimal> from_big_endian(std::string_view bytes, std::int32_t scale);
  /// Of a Value of kind decimal.
  static Decimal from_value(const Value& value);

  /// A Value; a large coefficient is copied into `arena`.
  Value to_value(Arena& arena) const;

  int scale() const { return scale_; }
  bool is_zero() const;
  /// -1, 0 or 1.
  int sign() const;
  /// Whether the coefficient is held in place.
  bool is_small() const { return large_ == nullptr; }
  /// The coefficient; only if is_small().
  Int128 small_coefficient() const { return small_; }
  /// The coefficient as minimal big-endian two's complement (0 is one zero byte).
  std::string coefficient_bytes() const;
  /// Digits of the coefficient, at least 1.
  int digits() const;

  /// Sums and differences have the larger scale, as in PostgreSQL. They never fail: an accumulator may pass
  /// max_digits by the few digits that adding up needs.
  friend Decimal operator+(const Decimal& a, const Decimal& b);
  friend Decimal operator-(const Decimal& a, const Decimal& b);
  Decimal operator-() const;
  Decimal& operator+=(const Decimal& other);
  Decimal& operator-=(const Decimal& other);

  /// Exact, scale a + b. Error: decimal_out_of_range.
  static Result<Decimal> multiply(const Decimal& a, const Decimal& b);
  /// a / b rounded to `scale` digits in [0, max_scale]. Errors: division_by_zero, decimal_out_of_range,
  /// invalid_argument (scale).
  static Result<Decimal> divide(const Decimal& a, const Decimal& b, int scale,
                                Rounding rounding = Rounding::half_even);
  /// Rounded or zero-extended to `scale` digits. Error: invalid_argument (scale), decimal_out_of_range.
  Result<Decimal> rounded(int scale, Rounding rounding = Rounding::half_even) const;
  /// The same number without trailing zeros after the point ("12.50" -> 12.5, "100" stays 100).
  Decimal canonical() const;

  friend std::strong_ordering operator<=>(const Decimal& a, const Decimal& b);
  friend bool operator==(const Decimal& a, const Decimal& b) { return (a <=> b) == 0; }
  /// Equal for numerically equal decimals.
  std::size_t hash() const;

  /// Plain notation with exactly scale() digits after the point: "-0.05", "12.50", "100".
  std::string to_text() const;
  void append_text(std::string& out) const;
  /// The value as the nearest double, for functions of CEL that ask for one; never on the way to a sum.
  double to_double() const;
  /// Exact, if it is whole and fits.
  std::optional<std::int64_t> to_integer() const;

 private:
  struct Large;  // boost::multiprecision::cpp_int, kept out of the header for its compile cost
  friend struct WideDecimal;

  Int128 small_ = 0;
  std::unique_ptr<Large> large_;
  std::int32_t scale_ = 0;
};

/// Appends the text of a Value of kind decimal without building a Decimal where it is small.
void append_decimal_text(std::string& out, const Value& value);
/// Numeric comparison of two Values of kind decimal; no allocation where both are small.
std::strong_ordering compare_decimals(const Value& a, const Value& b);

}  // namespace tallymill::topology
