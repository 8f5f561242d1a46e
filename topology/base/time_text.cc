// The texts of points in time and of lengths of time.

#include <array>
#include <charconv>
#include <cstdlib>

#include "topology/base/invariant.h"
#include "topology/base/time.h"

namespace tallymill::topology {
namespace {

constexpr std::int64_t seconds_per_minute = 60;
constexpr std::int64_t seconds_per_hour = 3'600;
constexpr std::int64_t seconds_per_day = 86'400;
constexpr std::uint32_t nanoseconds_per_second = 1'000'000'000;
constexpr int fraction_digits_max = 9;

/// `number` with leading zeros up to `width` digits.
void append_padded(std::string& out, std::uint64_t number, std::size_t width) {
  std::array<char, 20> digits;
  const char* end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  const auto length = static_cast<std::size_t>(end - digits.data());
  if (length < width) out.append(width - length, '0');
  out.append(digits.data(), length);
}

/// The first `count` of the nine digits of `nanoseconds`, and the point before them.
void append_fraction(std::string& out, std::uint32_t nanoseconds, int count) {
  if (count == 0) return;
  for (int dropped = fraction_digits_max - count; dropped > 0; --dropped) nanoseconds /= 10;
  out += '.';
  append_padded(out, nanoseconds, static_cast<std::size_t>(count));
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes characters from the front of a text; after the first that is not there, failed() stays true.
class TextCursor {
 public:
  explicit TextCursor(std::string_view text) : rest_(text) {}

  bool failed() const { return failed_; }
  bool at_end() const { return rest_.empty(); }

  /// Exactly `count` digits.
  int digits(int count) {
    int number = 0;
    for (int i = 0; i < count; ++i) {
      if (rest_.empty() || !is_digit(rest_.front())) {
        failed_ = true;
        return 0;
      }
      number = number * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    return number;
  }

  /// One of `characters`; it must be there.
  char one_of(std::string_view characters) {
    const char c = optional_one_of(characters);
    if (c == '\0') failed_ = true;
    return c;
  }

  /// One of `characters`, or '\0' if the text goes on with something else.
  char optional_one_of(std::string_view characters) {
    if (rest_.empty() || characters.find(rest_.front()) == std::string_view::npos) return '\0';
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  /// 1 to 9 digits after the point, as nanoseconds.
  std::int32_t fraction() {
    std::int32_t nanoseconds = 0;
    int count = 0;
    for (; count < fraction_digits_max && !rest_.empty() && is_digit(rest_.front()); ++count) {
      nanoseconds = nanoseconds * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    if (count == 0) failed_ = true;
    for (; count < fraction_digits_max; ++count) nanoseconds *= 10;
    return nanoseconds;
  }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

std::optional<std::int64_t> read_days(TextCursor& cursor) {
  const int year = cursor.digits(4);
  cursor.one_of("-");
  const int month = cursor.digits(2);
  cursor.one_of("-");
  const int day = cursor.digits(2);
  if (cursor.failed() || month < 1 || month > 12 || day < 1 || day > 31) return std::nullopt;
  const std::int64_t days = days_from_civil(year, month, day);
  // 31 April becomes 1 May on the way there and back.
  if (civil_from_days(days).day != day) return std::nullopt;
  return days;
}

std::optional<std::int64_t> read_second_of_day(TextCursor& cursor) {
  const int hour = cursor.digits(2);
  cursor.one_of(":");
  const int minute = cursor.digits(2);
  cursor.one_of(":");
  const int second = cursor.digits(2);
  if (cursor.failed() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return hour * seconds_per_hour + minute * seconds_per_minute + second;
}

/// Seconds that local time is ahead of UTC; no zone is UTC.
std::optional<std::int64_t> read_zone(TextCursor& cursor) {
  const char sign = cursor.optional_one_of("Zz+-");
  if (sign != '+' && sign != '-') return 0;
  const int hours = cursor.digits(2);
  cursor.one_of(":");
  const int minutes = cursor.digits(2);
  if (cursor.failed() || hours > 23 || minutes > 59) return std::nullopt;
  const std::int64_t seconds = hours * seconds_per_hour + minutes * seconds_per_minute;
  return sign == '-' ? -seconds : seconds;
}

struct DurationUnit {
  std::string_view name;
  std::int64_t microseconds;
};

// Largest first: the largest unit that divides a duration gives its shortest text.
constexpr std::array<DurationUnit, 6> duration_units{{
    {"d", 86'400'000'000},
    {"h", 3'600'000'000},
    {"m", 60'000'000},
    {"s", 1'000'000},
    {"ms", 1'000},
    {"us", 1},
}};

}  // namespace

void append_instant(std::string& out, Instant instant, int fraction_digits) {
  INVARIANT(fraction_digits >= 0 && fraction_digits <= fraction_digits_max,
            "a second has no more than nine digits");
  if (!instant.is_finite()) {
    out += instant == Instant::infinity() ? "infinity" : "-infinity";
    return;
  }
  std::int64_t days = instant.seconds / seconds_per_day;
  std::int64_t second_of_day = instant.seconds % seconds_per_day;
  if (second_of_day < 0) {
    --days;
    second_of_day += seconds_per_day;
  }
  const CivilDate date = civil_from_days(days);
  if (date.year < 0) out += '-';
  append_padded(out, static_cast<std::uint64_t>(std::abs(date.year)), 4);
  out += '-';
  append_padded(out, static_cast<std::uint64_t>(date.month), 2);
  out += '-';
  append_padded(out, static_cast<std::uint64_t>(date.day), 2);
  out += 'T';
  append_padded(out, static_cast<std::uint64_t>(second_of_day / seconds_per_hour), 2);
  out += ':';
  append_padded(out, static_cast<std::uint64_t>(second_of_day % seconds_per_hour / seconds_per_minute), 2);
  out += ':';
  append_padded(out, static_cast<std::uint64_t>(second_of_day % seconds_per_minute), 2);
  append_fraction(out, static_cast<std::uint32_t>(instant.nanoseconds), fraction_digits);
  out += 'Z';
}

std::string format_instant(Instant instant, int fraction_digits) {
  std::string text;
  append_instant(text, instant, fraction_digits);
  return text;
}

std::optional<Instant> parse_instant(std::string_view text) {
  if (text == "infinity") return Instant::infinity();
  if (text == "-infinity") return Instant::minus_infinity();
  TextCursor cursor(text);
  const std::optional<std::int64_t> days = read_days(cursor);
  if (!days) return std::nullopt;
  cursor.one_of("Tt ");
  const std::optional<std::int64_t> second_of_day = read_second_of_day(cursor);
  if (!second_of_day) return std::nullopt;
  const std::int32_t nanoseconds = cursor.optional_one_of(".") == '.' ? cursor.fraction() : 0;
  const std::optional<std::int64_t> ahead_seconds = read_zone(cursor);
  if (!ahead_seconds || cursor.failed() || !cursor.at_end()) return std::nullopt;
  return Instant{*days * seconds_per_day + *second_of_day - *ahead_seconds, nanoseconds};
}

std::string format_span(Span span) {
  std::string text;
  if (span.seconds < 0 || span.nanoseconds < 0) text += '-';
  // Unsigned, because the lowest second has no positive counterpart.
  const auto seconds = static_cast<std::uint64_t>(span.seconds);
  append_padded(text, span.seconds < 0 ? 0 - seconds : seconds, 1);
  auto nanoseconds = static_cast<std::uint32_t>(std::abs(span.nanoseconds));
  INVARIANT(nanoseconds < nanoseconds_per_second, "a span with more than a second of nanoseconds");
  int fraction_digits = nanoseconds == 0 ? 0 : fraction_digits_max;
  for (std::uint32_t rest = nanoseconds; rest != 0 && rest % 10 == 0; rest /= 10) --fraction_digits;
  append_fraction(text, nanoseconds, fraction_digits);
  text += 's';
  return text;
}

std::optional<Duration> parse_duration(std::string_view text) {
  std::int64_t count = 0;
  const char* end = text.data() + text.size();
  // from_chars would also take a minus sign.
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  const auto [unit_begin, problem] = std::from_chars(text.data(), end, count);
  if (problem != std::errc()) return std::nullopt;
  const std::string_view unit_name(unit_begin, static_cast<std::size_t>(end - unit_begin));
  for (const DurationUnit& unit : duration_units) {
    if (unit.name != unit_name) continue;
    Duration duration;
    if (__builtin_mul_overflow(count, unit.microseconds, &duration.microseconds)) return std::nullopt;
    return duration;
  }
  return std::nullopt;
}

std::string format_duration(Duration duration) {
  INVARIANT(duration.microseconds >= 0, "a negative duration");
  if (duration.microseconds == 0) return "0s";
  const DurationUnit* unit = duration_units.data();
  while (duration.microseconds % unit->microseconds != 0) ++unit;
  return std::to_string(duration.microseconds / unit->microseconds).append(unit->name);
}

}  // namespace tallymill::topology
