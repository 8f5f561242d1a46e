// Decimals as text, and as the nearest double.

#include <charconv>
#include <cmath>
#include <limits>

#include "topology/data/decimal.h"
#include "topology/data/decimal_small.h"
#include "topology/data/decimal_wide.h"

namespace tallymill::topology {
namespace {

// Beyond every exponent that a decimal within max_digits can be written with, for texts that can be held in
// memory.
constexpr std::int64_t exponent_limit = 1'000'000'000'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes the digits at the front of `text`.
std::string_view take_digits(std::string_view& text) {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  const std::string_view digits = text.substr(0, count);
  text.remove_prefix(count);
  return digits;
}

/// Takes a sign at the front of `text`, if there is one; whether it was a minus.
bool take_sign(std::string_view& text) {
  if (text.empty() || (text.front() != '-' && text.front() != '+')) return false;
  const bool negative = text.front() == '-';
  text.remove_prefix(1);
  return negative;
}

/// A number's text in its parts.
struct DecimalText {
  bool negative = false;
  std::string_view whole;
  std::string_view fraction;
  std::int64_t exponent = 0;  ///< held at +-exponent_limit
};

std::optional<std::int64_t> read_exponent(std::string_view text) {
  const bool negative = take_sign(text);
  const std::string_view digits = take_digits(text);
  if (digits.empty() || !text.empty()) return std::nullopt;
  std::int64_t exponent = 0;
  for (const char c : digits) exponent = std::min(exponent * 10 + (c - '0'), exponent_limit);
  return negative ? -exponent : exponent;
}

std::optional<DecimalText> split_text(std::string_view text) {
  DecimalText parts;
  parts.negative = take_sign(text);
  parts.whole = take_digits(text);
  if (parts.whole.empty()) return std::nullopt;
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    parts.fraction = take_digits(text);
    if (parts.fraction.empty()) return std::nullopt;
  }
  if (text.empty()) return parts;
  if (text.front() != 'e' && text.front() != 'E') return std::nullopt;
  const std::optional<std::int64_t> exponent = read_exponent(text.substr(1));
  if (!exponent) return std::nullopt;
  parts.exponent = *exponent;
  return parts;
}

bool equals_ignoring_case(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != lower[i] && text[i] != lower[i] - 'a' + 'A') return false;
  }
  return true;
}

Error not_a_decimal(std::string_view text) {
  take_sign(text);
  for (const std::string_view name : {"nan", "infinity", "inf"}) {
    if (equals_ignoring_case(text, name)) {
      return {ErrorCode::decimal_not_finite, "NaN and infinity are no decimals", ""};
    }
  }
  return {ErrorCode::wrong_type, "the text is no decimal number", "write it as in -12.50 or 1.5e3"};
}

std::string_view without_leading_zeros(std::string_view digits) {
  const std::size_t first = digits.find_first_not_of('0');
  return first == std::string_view::npos ? std::string_view() : digits.substr(first);
}

/// `digits` are those of the coefficient, without a sign.
void append_plain(std::string& out, bool negative, std::string_view digits, int scale) {
  const auto fraction = static_cast<std::size_t>(scale);
  if (negative) out += '-';
  if (fraction == 0) {
    out += digits;
  } else if (digits.size() > fraction) {
    out += digits.substr(0, digits.size() - fraction);
    out += '.';
    out += digits.substr(digits.size() - fraction);
  } else {
    out += "0.";
    out.append(fraction - digits.size(), '0');
    out += digits;
  }
}

void append_small(std::string& out, Int128 coefficient, int scale) {
  append_plain(out, coefficient < 0, SmallDigits(magnitude_of(coefficient)).view(), scale);
}

}  // namespace

Result<Decimal> Decimal::from_text(std::string_view text) {
  const std::optional<DecimalText> parts = split_text(text);
  if (!parts) return not_a_decimal(text);
  std::string_view whole = without_leading_zeros(parts->whole);
  std::string_view fraction = whole.empty() ? without_leading_zeros(parts->fraction) : parts->fraction;
  const std::size_t digits = whole.size() + fraction.size();
  const std::int64_t scale = static_cast<std::int64_t>(parts->fraction.size()) - parts->exponent;
  const std::int64_t zeros_behind = digits == 0 ? 0 : std::max<std::int64_t>(-scale, 0);
  const auto kept_scale = static_cast<int>(std::clamp<std::int64_t>(scale, 0, max_scale));
  if (scale > max_scale ||
      static_cast<std::int64_t>(digits) + zeros_behind - kept_scale > max_integer_digits) {
    return decimal_out_of_range();
  }
  if (digits <= digits_in_128_bits) {
    Int128 coefficient = small_from_digits(whole, fraction);
    if (scale_up(coefficient, static_cast<int>(zeros_behind))) {
      return from_parts(parts->negative ? -coefficient : coefficient, kept_scale);
    }
  }
  std::string all_digits(whole);
  all_digits.append(fraction).append(static_cast<std::size_t>(zeros_behind), '0');
  WideInteger coefficient = integer_from_digits(all_digits);
  if (parts->negative) coefficient = -coefficient;
  return WideDecimal(std::move(coefficient), kept_scale).narrow();
}

void Decimal::append_text(std::string& out) const {
  if (is_small()) return append_small(out, small_, scale_);
  append_plain(out, large_->coefficient < 0, digits_of(abs(large_->coefficient)), scale_);
}

std::string Decimal::to_text() const {
  std::string text;
  append_text(text);
  return text;
}

double Decimal::to_double() const {
  // Both are exact doubles here, and one division of IEEE 754 is rounded correctly.
  constexpr Int128 exact_max = Int128{1} << std::numeric_limits<double>::digits;
  constexpr int exact_power_max = 22;
  if (is_small() && small_ >= -exact_max && small_ <= exact_max && scale_ <= exact_power_max) {
    const auto power = static_cast<double>(small_powers_of_ten[static_cast<std::size_t>(scale_)]);
    return static_cast<double>(small_) / power;
  }
  const std::string text = to_text();
  double number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem == std::errc()) return number;
  // Out of a double's range: digits say on which side.
  const double magnitude = digits() > scale_ ? std::numeric_limits<double>::infinity() : 0.0;
  return std::copysign(magnitude, sign());
}

void append_decimal_text(std::string& out, const Value& value) {
  if (value.is_small_decimal()) return append_small(out, value.small_coefficient(), value.decimal_scale());
  Decimal::from_value(value).append_text(out);
}

}  // namespace tallymill::topology
