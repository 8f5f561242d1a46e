#include "topology/data/decimal.h"

#include <algorithm>
#include <functional>
#include <limits>

#include "topology/data/decimal_small.h"
#include "topology/data/decimal_wide.h"

namespace tallymill::topology {
namespace {

/// Above every coefficient of max_digits digits (a digit takes 0.415 bytes); what is longer need not be
/// converted.
constexpr std::size_t coefficient_bytes_max = Decimal::max_digits / 12 * 5 + 16;

/// Without the sign bytes that say nothing.
std::string_view minimal_two_complement(std::string_view bytes) {
  while (bytes.size() > 1) {
    const auto first = static_cast<unsigned char>(bytes[0]);
    const bool next_is_negative = static_cast<unsigned char>(bytes[1]) >= 0x80;
    if (first != (next_is_negative ? 0xff : 0x00)) break;
    bytes.remove_prefix(1);
  }
  return bytes;
}

/// Of at most 16 bytes.
Int128 small_from_big_endian(std::string_view bytes) {
  if (bytes.empty()) return 0;
  Magnitude128 bits = static_cast<unsigned char>(bytes.front()) >= 0x80 ? ~Magnitude128{0} : 0;
  for (const char c : bytes) bits = bits << 8 | static_cast<unsigned char>(c);
  return static_cast<Int128>(bits);
}

std::strong_ordering ordering_of(int comparison) { return comparison <=> 0; }

std::strong_ordering compare_small(Int128 a, int a_scale, Int128 b, int b_scale) {
  if (a_scale == b_scale) return a <=> b;
  if (a_scale > b_scale) return 0 <=> compare_small(b, b_scale, a, a_scale);
  Int128 scaled = a;
  // What passes 128 bits is farther from zero than anything within them.
  if (!scale_up(scaled, b_scale - a_scale)) return a <=> 0;
  return scaled <=> b;
}

std::strong_ordering compare_wide(const Decimal& a, const Decimal& b) {
  if (a.sign() != b.sign()) return a.sign() <=> b.sign();
  WideDecimal left(a);
  WideDecimal right(b);
  if (left.scale < right.scale) left.coefficient *= power_of_ten(right.scale - left.scale);
  if (right.scale < left.scale) right.coefficient *= power_of_ten(left.scale - right.scale);
  return ordering_of(left.coefficient.compare(right.coefficient));
}

/// a + direction * b, with direction 1 or -1.
Decimal add_wide(const Decimal& a, const Decimal& b, int direction) {
  WideDecimal sum(a);
  WideDecimal other(b);
  const int scale = std::max(sum.scale, other.scale);
  if (sum.scale < scale) sum.coefficient *= power_of_ten(scale - sum.scale);
  if (other.scale < scale) other.coefficient *= power_of_ten(scale - other.scale);
  sum.scale = scale;
  if (direction > 0) {
    sum.coefficient += other.coefficient;
  } else {
    sum.coefficient -= other.coefficient;
  }
  return std::move(sum).narrow();
}

}  // namespace

Decimal::Decimal() = default;
Decimal::~Decimal() = default;
Decimal::Decimal(Decimal&& other) noexcept = default;
Decimal& Decimal::operator=(Decimal&& other) noexcept = default;

Decimal::Decimal(const Decimal& other)
    : small_(other.small_),
      large_(other.large_ ? std::make_unique<Large>(*other.large_) : nullptr),
      scale_(other.scale_) {}

Decimal& Decimal::operator=(const Decimal& other) { return *this = Decimal(other); }

Decimal Decimal::from_parts(Int128 coefficient, int scale) {
  INVARIANT(is_scale(scale), "a decimal was made with a scale out of range");
  Decimal decimal;
  decimal.small_ = coefficient;
  decimal.scale_ = scale;
  return decimal;
}

Result<Decimal> Decimal::from_big_endian(std::string_view bytes, std::int32_t scale) {
  bytes = minimal_two_complement(bytes);
  if (bytes.size() <= sizeof(Int128) && is_scale(scale)) {
    return from_parts(small_from_big_endian(bytes), scale);
  }
  if (scale > max_scale || bytes.size() > coefficient_bytes_max) return decimal_out_of_range();
  WideDecimal wide(integer_from_big_endian(bytes), std::max(scale, 0));
  if (scale < 0 && !wide.coefficient.is_zero()) {
    // Refused before it is multiplied out: a scale may ask for two thousand million zeros.
    if (digit_count(abs(wide.coefficient)) - std::int64_t{scale} > max_integer_digits)
      return decimal_out_of_range();
    wide.coefficient *= power_of_ten(-scale);
  }
  return std::move(wide).narrow_checked(max_integer_digits);
}

Decimal Decimal::from_value(const Value& value) {
  INVARIANT(value.is(ValueKind::decimal), "a value that is no decimal was read as one");
  if (value.is_small_decimal()) return from_parts(value.small_coefficient(), value.decimal_scale());
  return WideDecimal(integer_from_big_endian(value.large_coefficient()), value.decimal_scale()).narrow();
}

Value Decimal::to_value(Arena& arena) const {
  const auto scale = static_cast<std::uint16_t>(scale_);
  if (is_small()) return Value::small_decimal(small_, scale);
  return Value::large_decimal(arena.copy(coefficient_bytes()), scale);
}

bool Decimal::is_zero() const { return is_small() && small_ == 0; }

int Decimal::sign() const {
  if (large_) return large_->coefficient.sign();
  return (small_ > 0) - (small_ < 0);
}

std::string Decimal::coefficient_bytes() const { return big_endian_of(WideDecimal(*this).coefficient); }

int Decimal::digits() const {
  if (large_) return digit_count(abs(large_->coefficient));
  return static_cast<int>(SmallDigits(magnitude_of(small_)).view().size());
}

Decimal Decimal::operator-() const {
  if (is_small() && small_ != int128_min) return from_parts(-small_, scale_);
  WideDecimal wide(*this);
  wide.coefficient = -wide.coefficient;
  return std::move(wide).narrow();
}

Decimal& Decimal::operator+=(const Decimal& other) {
  if (is_small() && other.is_small()) {
    Int128 left = small_;
    Int128 right = other.small_;
    const int scale = std::max(scale_, other.scale_);
    if (scale_up(left, scale - scale_) && scale_up(right, scale - other.scale_) &&
        !__builtin_add_overflow(left, right, &left)) {
      small_ = left;
      scale_ = scale;
      return *this;
    }
  }
  return *this = add_wide(*this, other, 1);
}

Decimal& Decimal::operator-=(const Decimal& other) {
  if (is_small() && other.is_small()) {
    Int128 left = small_;
    Int128 right = other.small_;
    const int scale = std::max(scale_, other.scale_);
    if (scale_up(left, scale - scale_) && scale_up(right, scale - other.scale_) &&
        !__builtin_sub_overflow(left, right, &left)) {
      small_ = left;
      scale_ = scale;
      return *this;
    }
  }
  return *this = add_wide(*this, other, -1);
}

Decimal operator+(const Decimal& a, const Decimal& b) {
  Decimal sum = a;
  sum += b;
  return sum;
}

Decimal operator-(const Decimal& a, const Decimal& b) {
  Decimal difference = a;
  difference -= b;
  return difference;
}

std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) {
  if (a.is_small() && b.is_small()) return compare_small(a.small_, a.scale_, b.small_, b.scale_);
  return compare_wide(a, b);
}

std::size_t Decimal::hash() const {
  const Decimal same = canonical();
  const std::size_t scale_hash = std::hash<int>{}(same.scale_);
  if (!same.is_small()) return std::hash<std::string>{}(same.coefficient_bytes()) ^ scale_hash;
  const std::string_view bytes(reinterpret_cast<const char*>(&same.small_), sizeof same.small_);
  return std::hash<std::string_view>{}(bytes) ^ scale_hash;
}

std::optional<std::int64_t> Decimal::to_integer() const {
  const Decimal same = canonical();
  if (same.scale_ != 0 || !same.is_small()) return std::nullopt;
  const auto integer = static_cast<std::int64_t>(same.small_);
  if (integer != same.small_) return std::nullopt;
  return integer;
}

std::strong_ordering compare_decimals(const Value& a, const Value& b) {
  if (a.is_small_decimal() && b.is_small_decimal()) {
    return compare_small(a.small_coefficient(), a.decimal_scale(), b.small_coefficient(), b.decimal_scale());
  }
  return Decimal::from_value(a) <=> Decimal::from_value(b);
}

}  // namespace tallymill::topology
