#include "topology/expr/time_text.h"

#include <array>

namespace tallymill::topology {
namespace {

struct SpanUnit {
  std::string_view name;
  std::int64_t nanoseconds;
};

/// Longer names first, so that "ms" is not read as minutes.
constexpr auto span_units = std::to_array<SpanUnit>({{"ns", 1},
                                                     {"us", 1'000},
                                                     {"\u00b5s", 1'000},
                                                     {"\u03bcs", 1'000},
                                                     {"ms", 1'000'000},
                                                     {"s", 1'000'000'000},
                                                     {"m", 60'000'000'000},
                                                     {"h", 3'600'000'000'000}});

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes digits from the front; false if there are more than fit 18, which no duration needs.
bool take_digits(std::string_view& text, Int128& value, std::size_t& count) {
  value = 0;
  for (count = 0; !text.empty() && is_digit(text[0]); ++count) {
    if (count == 18) return false;
    value = value * 10 + (text[0] - '0');
    text.remove_prefix(1);
  }
  return true;
}

/// Takes one number with its unit, such as "1.5h"; nothing if there is none.
std::optional<Int128> take_part(std::string_view& text) {
  Int128 whole;
  Int128 fraction = 0;
  std::size_t whole_digits;
  std::size_t fraction_digits = 0;
  if (!take_digits(text, whole, whole_digits)) return std::nullopt;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (!take_digits(text, fraction, fraction_digits)) return std::nullopt;
  }
  if (whole_digits + fraction_digits == 0) return std::nullopt;
  for (const SpanUnit& unit : span_units) {
    if (!text.starts_with(unit.name)) continue;
    text.remove_prefix(unit.name.size());
    Int128 parts = fraction * unit.nanoseconds;
    for (std::size_t i = 0; i < fraction_digits; ++i) parts /= 10;
    return whole * unit.nanoseconds + parts;
  }
  return std::nullopt;
}

}  // namespace

std::string timestamp_text(Instant instant) {
  int digits = 9;
  for (std::int32_t rest = instant.nanoseconds; digits > 0 && rest % 10 == 0; rest /= 10) --digits;
  return format_instant(instant, digits);
}

std::optional<Int128> parse_span_nanoseconds(std::string_view text) {
  const bool is_negative = text.starts_with('-');
  if (is_negative || text.starts_with('+')) text.remove_prefix(1);
  if (text == "0") return 0;
  if (text.empty()) return std::nullopt;
  constexpr std::size_t parts_max = 16;
  Int128 total = 0;
  for (std::size_t i = 0; i < parts_max && !text.empty(); ++i) {
    const auto part = take_part(text);
    if (!part) return std::nullopt;
    total += *part;
  }
  if (!text.empty()) return std::nullopt;
  return is_negative ? -total : total;
}

std::optional<std::int64_t> parse_zone_offset(std::string_view text) {
  if (text == "UTC" || text == "Z") return 0;
  const bool is_negative = text.starts_with('-');
  if (is_negative || text.starts_with('+')) text.remove_prefix(1);
  const bool has_shape = text.size() == 5 && is_digit(text[0]) && is_digit(text[1]) && text[2] == ':' &&
                         is_digit(text[3]) && is_digit(text[4]);
  if (!has_shape) return std::nullopt;
  const int hours = (text[0] - '0') * 10 + (text[1] - '0');
  const int minutes = (text[3] - '0') * 10 + (text[4] - '0');
  if (hours > 23 || minutes > 59) return std::nullopt;
  const std::int64_t seconds = hours * 3600 + minutes * 60;
  return is_negative ? -seconds : seconds;
}

}  // namespace tallymill::topology
