#include "processor/codec/wire_times.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <limits>
#include <optional>

#include "topology/base/time.h"
#include "topology/data/value.h"

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

// No unit but microseconds makes a time between 1653 and 2286 of these.
constexpr std::int64_t sure_microseconds_min = 100'000'000'000'000;
constexpr std::int64_t sure_microseconds_max = 10'000'000'000'000'000;

// The year 9999 in milliseconds, which many tables have for "never": as microseconds it is one day of 1978.
constexpr std::int64_t never_milliseconds_min = 253'370'678'400'000;
constexpr std::int64_t never_milliseconds_max = 253'402'387'200'000;

// 9999-12-31T23:59:59Z.
constexpr std::int64_t last_second = 253'402'300'799;
constexpr std::int64_t last_day = last_second / seconds_per_day;

constexpr std::string_view or_iso =
    "turn the converter's schemas on (of a column that is a plain int64 they say no unit either), or set the "
    "connector's time.precision.mode=isostring";
constexpr Refusal unit_unknown{topology::ErrorCode::unit_unknown, "nothing says in which unit it counts",
                               "unit: ms", or_iso};
constexpr Refusal another_unit{topology::ErrorCode::unit_unknown,
                               "in the declared unit it is a time after the year 9999, so it is in another one",
                               {},
                               "correct `unit`; if the column's precision was changed, as from timestamp(3) to "
                               "timestamp(6), the topic has both, and only the converter's schemas tell them apart"};
constexpr Refusal no_day_of_ours{topology::ErrorCode::wrong_type, "as days since 1970 it is after the year 9999",
                                 {},
                                 "declare the column as timestamp or int, whichever it is, or turn the converter's "
                                 "schemas on"};
constexpr Refusal finer_than_microseconds{topology::ErrorCode::wrong_type,
                                          "it is finer than a microsecond, which the type `time` does not hold",
                                          {},
                                          "declare the column as int where it comes as a number, or as string"};
constexpr Refusal another_time{topology::ErrorCode::wrong_type, "its schema has a time of another kind"};
constexpr Refusal no_date_of_postgres{topology::ErrorCode::wrong_type, "it is no date of PostgreSQL"};
constexpr Refusal no_date{topology::ErrorCode::wrong_type, "it is no date such as 2026-11-22"};
constexpr Refusal no_such_day{topology::ErrorCode::wrong_type, "that month has no such day"};
constexpr Refusal no_timestamp{topology::ErrorCode::wrong_type,
                               "it is no RFC 3339 time such as 2026-11-22T22:15:08Z"};
constexpr Refusal no_time_of_day{topology::ErrorCode::wrong_type, "it is no time such as 22:15:08 in UTC"};
constexpr Refusal outside_of_a_day{topology::ErrorCode::wrong_type, "it is outside of a day", {},
                                   "declare the column as duration: MySQL's TIME goes beyond a day, and below 0"};
constexpr std::string_view numeric_intervals = "set the connector's interval.handling.mode=numeric";
constexpr Refusal no_duration{topology::ErrorCode::wrong_type,
                              "it is no ISO 8601 duration such as P0Y0M1DT2H30M4.5S", {}, numeric_intervals};
constexpr Refusal too_long{topology::ErrorCode::wrong_type, "it is too long for a duration"};
constexpr Refusal no_fixed_length{
    topology::ErrorCode::wrong_type, "a year or a month has no fixed length", {},
    "declare the column as string, or have the connector count 30.4375 days a month with "
    "interval.handling.mode=numeric"};

std::int64_t units_per_second(WireForm unit) {
  switch (unit) {
    case WireForm::seconds:
      return 1;
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
  if (unit != WireForm::milliseconds && unit != WireForm::seconds) return std::nullopt;
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

/// Takes ".077063" off the front, if it is there; nothing if it is broken. `is_finer`: there is more than that.
std::optional<std::int64_t> take_fraction_as_microseconds(std::string_view& text, bool& is_finer) {
  if (!take_character(text, '.')) return 0;
  std::int64_t microseconds = 0;
  std::size_t digits = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
    if (digits < 6) microseconds = microseconds * 10 + (text[digits] - '0');
    is_finer = is_finer || (digits >= 6 && text[digits] != '0');
  }
  if (digits == 0 || digits > 9) return std::nullopt;
  for (std::size_t i = digits; i < 6; ++i) microseconds *= 10;
  text.remove_prefix(digits);
  return microseconds;
}

bool is_surely_microseconds(std::int64_t count) {
  if (count == 0) return true;
  // Of a timestamp(3) this is an infinity, and as microseconds a time in 2262.
  if (count == jdbc_infinity / 1'000 || count == jdbc_minus_infinity / 1'000) return false;
  if (count >= never_milliseconds_min && count <= never_milliseconds_max) return false;
  const auto size = count < 0 ? -static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count);
  return size >= sure_microseconds_min && size < sure_microseconds_max;
}

/// A time whose year has a sign or more than four digits. The calendar repeats every 400 years, so that the
/// text with a year of the same kind says all else.
std::optional<Instant> instant_of_far_year(std::string_view text) {
  const bool is_negative = take_character(text, '-');
  if (!is_negative) take_character(text, '+');
  const std::optional<int> digits = take_number(text, 4, true);
  if (!digits) return std::nullopt;
  constexpr int cycle_years = 400;
  constexpr std::int64_t cycle_seconds = std::int64_t{146'097} * seconds_per_day;
  const int year = is_negative ? -*digits : *digits;
  const int near_year = 2'000 + (year % cycle_years + cycle_years) % cycle_years;
  std::array<char, 48> near_text;
  if (text.size() + 4 > near_text.size()) return std::nullopt;
  std::to_chars(near_text.data(), near_text.data() + 4, near_year);
  std::memcpy(near_text.data() + 4, text.data(), text.size());
  const std::optional<Instant> near = topology::parse_instant({near_text.data(), text.size() + 4});
  if (!near) return std::nullopt;
  return Instant{near->seconds + (year - near_year) / cycle_years * cycle_seconds, near->nanoseconds};
}

/// A part of an ISO 8601 duration, in the order in which they stand.
struct DurationPart {
  char letter;
  bool of_the_day;       ///< behind the T
  std::int64_t seconds;  ///< 0: it has no fixed length
};
constexpr std::array<DurationPart, 7> duration_parts{{{'Y', false, 0},
                                                      {'M', false, 0},
                                                      {'W', false, 7 * seconds_per_day},
                                                      {'D', false, seconds_per_day},
                                                      {'H', true, 3'600},
                                                      {'M', true, 60},
                                                      {'S', true, 1}}};

// Some 290 million years, beyond PostgreSQL's 178.
constexpr std::int64_t duration_seconds_max = std::numeric_limits<std::int64_t>::max() / 1'000;

/// A number of such a part, in thousand-millionths.
struct DurationNumber {
  topology::Int128 nanos = 0;
  bool has_point = false;
};

/// Takes a number with its sign and up to nine digits behind the point off the front.
std::optional<DurationNumber> take_duration_number(std::string_view& text) {
  constexpr std::size_t digits_max = 18;
  const bool is_negative = take_character(text, '-');
  if (!is_negative) take_character(text, '+');
  DurationNumber number;
  std::size_t digits = 0;
  const auto take_digits = [&](std::size_t most) {
    std::size_t count = 0;
    for (; count < text.size() && text[count] >= '0' && text[count] <= '9' && count < most; ++count) {
      number.nanos = number.nanos * 10 + (text[count] - '0');
    }
    text.remove_prefix(count);
    return count;
  };
  if (digits = take_digits(digits_max); digits == 0) return std::nullopt;
  number.has_point = take_character(text, '.');
  const std::size_t decimals = number.has_point ? take_digits(9) : 0;
  if (number.has_point && decimals == 0) return std::nullopt;
  for (std::size_t i = decimals; i < 9; ++i) number.nanos *= 10;
  if (is_negative) number.nanos = -number.nanos;
  return number;
}

}  // namespace

Reading timestamp_from_integer(std::int64_t count, const WireEncoding& encoding) {
  const WireForm unit = encoding.form;
  if (unit == WireForm::another_time) return another_time;
  if (unit == WireForm::days) {
    if (count < date_days_min || count > date_days_max) return no_date_of_postgres;
    return Value::timestamp({count * seconds_per_day, 0});
  }
  if (const std::optional<Instant> infinity = infinity_of(count, unit)) return Value::timestamp(*infinity);
  if (unit == WireForm::unknown && !is_surely_microseconds(count)) return unit_unknown;
  const std::int64_t per_second = units_per_second(unit);
  std::int64_t seconds = count / per_second;
  std::int64_t rest = count % per_second;
  if (encoding.unit_is_declared && seconds > last_second) return another_unit;
  if (rest < 0) {
    --seconds;
    rest += per_second;
  }
  return Value::timestamp({seconds, static_cast<std::int32_t>(rest * (1'000'000'000 / per_second))});
}

Reading timestamp_from_text(std::string_view text) {
  std::optional<Instant> instant = topology::parse_instant(text);
  if (!instant) instant = instant_of_far_year(text);
  if (instant) return Value::timestamp(*instant);
  return no_timestamp;
}

Reading date_from_integer(std::int64_t count, WireForm unit) {
  if (unit != WireForm::days && unit != WireForm::unknown) return another_time;
  if (count < date_days_min || count > date_days_max) return no_date_of_postgres;
  // Without a schema it may be 20261122, or seconds.
  if (unit == WireForm::unknown && count > last_day) return no_day_of_ours;
  return Value::date(count);
}

Reading date_from_text(std::string_view text) {
  const bool before_year_0 = take_character(text, '-');
  if (!before_year_0) take_character(text, '+');
  const auto year = take_number(text, 4, true);
  const bool month_follows = take_character(text, '-');
  const auto month = take_number(text, 2);
  const bool day_follows = take_character(text, '-');
  const auto day = take_number(text, 2);
  take_character(text, 'Z');
  if (!year || !month_follows || !month || !day_follows || !day || !text.empty() || *month < 1 ||
      *month > 12 || *day < 1 || *day > 31) {
    return no_date;
  }
  const std::int64_t days = topology::days_from_civil(before_year_0 ? -*year : *year, *month, *day);
  if (topology::civil_from_days(days).day != *day) return no_such_day;
  return Value::date(days);
}

Reading time_of_day_from_integer(std::int64_t count, WireForm unit) {
  if (unit == WireForm::days || unit == WireForm::another_time) return another_time;
  if (unit == WireForm::unknown && count != 0) return unit_unknown;
  const std::int64_t per_second = units_per_second(unit);
  // 24:00:00 is a time of PostgreSQL.
  if (count < 0 || count > seconds_per_day * per_second) return outside_of_a_day;
  if (unit == WireForm::nanoseconds && count % 1'000 != 0) return finer_than_microseconds;
  return Value::time_of_day(per_second >= 1'000'000 ? count / (per_second / 1'000'000)
                                                    : count * (1'000'000 / per_second));
}

Reading time_of_day_from_text(std::string_view text) {
  const auto hour = take_number(text, 2);
  const bool minute_follows = take_character(text, ':');
  const auto minute = take_number(text, 2);
  const bool second_follows = take_character(text, ':');
  const auto second = second_follows ? take_number(text, 2) : std::optional<int>(0);
  bool is_finer = false;
  const auto microseconds = take_fraction_as_microseconds(text, is_finer);
  if (!take_character(text, 'Z') && text == "+00:00") text = {};
  if (!hour || !minute_follows || !minute || !second || !microseconds || !text.empty() || *minute > 59 ||
      *second > 59) {
    return no_time_of_day;
  }
  const std::int64_t total =
      ((*hour * 60 + *minute) * 60 + *second) * std::int64_t{1'000'000} + *microseconds;
  if (total > microseconds_per_day) return outside_of_a_day;
  if (is_finer) return finer_than_microseconds;
  return Value::time_of_day(total);
}

Reading duration_from_integer(std::int64_t count, WireForm unit) {
  if (unit == WireForm::days || unit == WireForm::another_time) return another_time;
  const std::int64_t per_second = units_per_second(unit);
  return Value::duration(
      {count / per_second, static_cast<std::int32_t>(count % per_second * (1'000'000'000 / per_second))});
}

Reading duration_from_text(std::string_view text) {
  const bool all_negative = take_character(text, '-');
  if (!take_character(text, 'P') || text.empty()) return no_duration;
  topology::Int128 nanoseconds = 0;
  const DurationPart* next = duration_parts.data();
  const DurationPart* const end = next + duration_parts.size();
  bool in_the_day = false;
  while (!text.empty()) {
    if (take_character(text, 'T')) {
      if (in_the_day || text.empty()) return no_duration;
      in_the_day = true;
    }
    const std::optional<DurationNumber> number = take_duration_number(text);
    if (!number || text.empty()) return no_duration;
    next = std::find_if(next, end, [&](const DurationPart& part) {
      return part.letter == text.front() && part.of_the_day == in_the_day;
    });
    if (next == end || (number->has_point && next->letter != 'S')) return no_duration;
    if (next->seconds == 0 && number->nanos != 0) return no_fixed_length;
    nanoseconds += number->nanos * next->seconds;
    text.remove_prefix(1);
    ++next;
  }
  constexpr topology::Int128 limit = topology::Int128{duration_seconds_max} * 1'000'000'000;
  if (nanoseconds > limit || nanoseconds < -limit) return too_long;
  if (all_negative) nanoseconds = -nanoseconds;
  return Value::duration({static_cast<std::int64_t>(nanoseconds / 1'000'000'000),
                          static_cast<std::int32_t>(nanoseconds % 1'000'000'000)});
}

}  // namespace tallymill::processor
