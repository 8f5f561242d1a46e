#include "processor/codec/wire_times.h"

#include <charconv>
#include <limits>
#include <optional>

#include "topology/base/time.h"

namespace tallymill::processor {

using topology::Instant;
using topology::Value;

namespace {

constexpr std::int64_t seconds_per_day = 86'400;
constexpr std::int64_t microseconds_per_day = seconds_per_day * 1'000'000;

// What the PostgreSQL JDBC driver has for the infinities; Debezium passes it on as microseconds, and a
// thousandth of it as milliseconds.
constexpr std::int64_t jdbc_infinity = 9'223'372'036'825'200'000;
constexpr std::int64_t jdbc_minus_infinity = -9'223'372'036'832'400'000;

// PostgreSQL's dates go from 4713 BC to 5874897 AD; Debezium writes the infinite ones as days outside of
// that.
constexpr std::int64_t date_days_min = -2'440'588;
constexpr std::int64_t date_days_max = 2'145'031'948;

std::int64_t units_per_second(WireForm unit) {
  switch (unit) {
    case WireForm::milliseconds:
      return 1'000;
    case WireForm::nanoseconds:
      return 1'000'000'000;
    default:
      return 1'000'000;
  }
}

std::optional<Instant> infinity_of(std::int64_t count, WireForm unit) {
  if (count == std::numeric_limits<std::int64_t>::max()) return Instant::infinity();
  if (count == std::numeric_limits<std::int64_t>::min()) return Instant::minus_infinity();
  if (unit == WireForm::nanoseconds)
    return std::nullopt;  // there the driver's numbers are times in 2262 and 1677
  if (count == jdbc_infinity) return Instant::infinity();
  if (count == jdbc_minus_infinity) return Instant::minus_infinity();
  if (unit != WireForm::milliseconds) return std::nullopt;
  if (count == jdbc_infinity / 1'000) return Instant::infinity();
  if (count == jdbc_minus_infinity / 1'000) return Instant::minus_infinity();
  return std::nullopt;
}

/// Takes a whole number of exactly `digits` digits (or of at least so many, if `open_ended`) off the front.
std::optional<int> take_number(std::string_view& text, std::size_t digits, bool open_ended = false) {
  std::size_t size = 0;
  while (size < text.size() && text[size] >= '0' && text[size] <= '9' && (open_ended || size < digits))
    ++size;
  if (size < digits || size > 7) return std::nullopt;
  int number = 0;
  std::from_chars(text.data(), text.data() + size, number);
  text.remove_prefix(size);
  return number;
}

bool take_character(std::string_view& text, char character) {
  if (!text.starts_with(character)) return false;
  text.remove_prefix(1);
  return true;
}

/// Takes ".077063" off the front, if it is there; nothing if it is broken.
std::optional<std::int64_t> take_fraction_as_microseconds(std::string_view& text) {
  if (!take_character(text, '.')) return 0;
  std::int64_t microseconds = 0;
  std::size_t digits = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
    if (digits < 6) microseconds = microseconds * 10 + (text[digits] - '0');
  }
  if (digits == 0 || digits > 9) return std::nullopt;
  for (std::size_t i = digits; i < 6; ++i) microseconds *= 10;
  text.remove_prefix(digits);
  return microseconds;
}

}  // namespace

Reading timestamp_from_integer(std::int64_t count, WireForm unit) {
  if (unit == WireForm::days) {
    if (count < date_days_min || count > date_days_max)
      return Reading::wrong_type("it is no date of PostgreSQL");
    return Value::timestamp({count * seconds_per_day, 0});
  }
  if (const std::optional<Instant> infinity = infinity_of(count, unit)) return Value::timestamp(*infinity);
  const std::int64_t per_second = units_per_second(unit);
  std::int64_t seconds = count / per_second;
  std::int64_t rest = count % per_second;
  if (rest < 0) {
    --seconds;
    rest += per_second;
  }
  return Value::timestamp({seconds, static_cast<std::int32_t>(rest * (1'000'000'000 / per_second))});
}

Reading timestamp_from_text(std::string_view text) {
  if (const std::optional<Instant> instant = topology::parse_instant(text)) return Value::timestamp(*instant);
  return Reading::wrong_type("it is no RFC 3339 time");
}

Reading date_from_integer(std::int64_t count, WireForm unit) {
  if (unit != WireForm::days && unit != WireForm::unknown) {
    return Reading::wrong_type("its schema says that it is a time, not a date");
  }
  if (count < date_days_min || count > date_days_max)
    return Reading::wrong_type("it is no date of PostgreSQL");
  return Value::date(count);
}

Reading date_from_text(std::string_view text) {
  const bool before_year_0 = take_character(text, '-');
  const auto year = take_number(text, 4, true);
  const bool month_follows = take_character(text, '-');
  const auto month = take_number(text, 2);
  const bool day_follows = take_character(text, '-');
  const auto day = take_number(text, 2);
  take_character(text, 'Z');
  if (!year || !month_follows || !month || !day_follows || !day || !text.empty() || *month < 1 ||
      *month > 12 || *day < 1 || *day > 31) {
    return Reading::wrong_type("it is no date such as 2026-11-22");
  }
  const std::int64_t days = topology::days_from_civil(before_year_0 ? -*year : *year, *month, *day);
  if (topology::civil_from_days(days).day != *day) return Reading::wrong_type("that month has no such day");
  return Value::date(days);
}

Reading time_of_day_from_integer(std::int64_t count, WireForm unit) {
  if (unit == WireForm::days) return Reading::wrong_type("its schema says that it is a date, not a time");
  const std::int64_t per_second = units_per_second(unit);
  // 24:00:00 is a time of PostgreSQL.
  if (count < 0 || count > seconds_per_day * per_second) return Reading::wrong_type("it is outside of a day");
  return Value::time_of_day(per_second >= 1'000'000 ? count / (per_second / 1'000'000)
                                                    : count * (1'000'000 / per_second));
}

Reading time_of_day_from_text(std::string_view text) {
  const auto hour = take_number(text, 2);
  const bool minute_follows = take_character(text, ':');
  const auto minute = take_number(text, 2);
  const bool second_follows = take_character(text, ':');
  const auto second = second_follows ? take_number(text, 2) : std::optional<int>(0);
  const auto microseconds = take_fraction_as_microseconds(text);
  if (!take_character(text, 'Z') && text == "+00:00") text = {};
  if (!hour || !minute_follows || !minute || !second || !microseconds || !text.empty() || *minute > 59 ||
      *second > 59) {
    return Reading::wrong_type("it is no time such as 22:15:08 in UTC");
  }
  const std::int64_t total =
      ((*hour * 60 + *minute) * 60 + *second) * std::int64_t{1'000'000} + *microseconds;
  if (total > microseconds_per_day) return Reading::wrong_type("it is outside of a day");
  return Value::time_of_day(total);
}

Reading duration_from_integer(std::int64_t count, WireForm unit) {
  if (unit == WireForm::days) return Reading::wrong_type("its schema says that it is a date, not a duration");
  const std::int64_t per_second = units_per_second(unit);
  return Value::duration(
      {count / per_second, static_cast<std::int32_t>(count % per_second * (1'000'000'000 / per_second))});
}

}  // namespace tallymill::processor
