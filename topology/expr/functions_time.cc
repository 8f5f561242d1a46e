#include <array>

#include "topology/expr/function_table.h"
#include "topology/expr/time_arithmetic.h"
#include "topology/expr/time_text.h"

namespace tallymill::topology {
namespace {

using enum TypeKind;

constexpr std::int64_t seconds_per_day = 86'400;

Value same(Evaluation&, Arguments arguments) { return arguments[0]; }

Value timestamp_from_text(Evaluation& evaluation, Arguments arguments) {
  const auto instant = parse_instant(arguments[0].as_text());
  if (!instant) {
    return evaluation.fail(ErrorCode::invalid_argument,
                           "the text is no timestamp, such as 2026-11-22T22:15:08.5Z or infinity");
  }
  if (instant->is_finite() && !is_in_timestamp_range(*instant)) return time_out_of_range(evaluation);
  return Value::timestamp(*instant);
}

Value timestamp_from_seconds(Evaluation& evaluation, Arguments arguments) {
  const Instant instant{arguments[0].as_integer(), 0};
  return is_in_timestamp_range(instant) ? Value::timestamp(instant) : time_out_of_range(evaluation);
}

Value duration_from_text(Evaluation& evaluation, Arguments arguments) {
  const auto nanoseconds = parse_span_nanoseconds(arguments[0].as_text());
  if (!nanoseconds) {
    return evaluation.fail(ErrorCode::invalid_argument,
                           "the text is no duration, such as 1h30m, 1.5s or 100ms");
  }
  return make_duration(evaluation, *nanoseconds);
}

/// A timestamp on the calendar and the clock of a zone.
struct LocalTime {
  std::int64_t days;  ///< since 1970-01-01
  std::int64_t second_of_day;
  std::int32_t nanoseconds;

  CivilDate date() const { return civil_from_days(days); }
};

template <std::int64_t (*part)(const LocalTime&)>
Value part_of_timestamp(Evaluation& evaluation, Arguments arguments) {
  const Instant instant = arguments[0].as_timestamp();
  if (!instant.is_finite()) return time_out_of_range(evaluation);
  std::int64_t offset_seconds = 0;
  if (arguments.size() == 2) {
    const auto offset = parse_zone_offset(arguments[1].as_text());
    if (!offset) {
      return evaluation.fail(ErrorCode::not_yet,
                             "time zones by name are not implemented yet; an offset such as +02:00 is");
    }
    offset_seconds = *offset;
  }
  const Int128 seconds = static_cast<Int128>(instant.seconds) + offset_seconds;
  auto days = static_cast<std::int64_t>(seconds / seconds_per_day);
  auto second_of_day = static_cast<std::int64_t>(seconds % seconds_per_day);
  if (second_of_day < 0) {
    second_of_day += seconds_per_day;
    --days;
  }
  return Value::integer(part({days, second_of_day, instant.nanoseconds}));
}

std::int64_t full_year(const LocalTime& time) { return time.date().year; }
std::int64_t month_from_0(const LocalTime& time) { return time.date().month - 1; }
std::int64_t day_of_month_from_1(const LocalTime& time) { return time.date().day; }
std::int64_t day_of_month_from_0(const LocalTime& time) { return time.date().day - 1; }
std::int64_t day_of_year_from_0(const LocalTime& time) {
  return time.days - days_from_civil(time.date().year, 1, 1);
}
/// Sunday is 0; 1970-01-01 was a Thursday.
std::int64_t day_of_week(const LocalTime& time) { return ((time.days + 4) % 7 + 7) % 7; }
std::int64_t hours(const LocalTime& time) { return time.second_of_day / 3600; }
std::int64_t minutes(const LocalTime& time) { return time.second_of_day / 60 % 60; }
std::int64_t seconds(const LocalTime& time) { return time.second_of_day % 60; }
std::int64_t milliseconds(const LocalTime& time) { return time.nanoseconds / 1'000'000; }

/// A duration in whole units.
template <std::int64_t seconds_per_unit>
Value whole_units(Evaluation&, Arguments arguments) {
  return Value::integer(arguments[0].as_duration().seconds / seconds_per_unit);
}
/// The milliseconds that a duration has beside its whole seconds.
Value milliseconds_of_duration(Evaluation&, Arguments arguments) {
  return Value::integer(arguments[0].as_duration().nanoseconds / 1'000'000);
}

template <std::int64_t (*part)(const LocalTime&)>
constexpr auto calendar_overloads = std::to_array<Overload>({
    overload({timestamp}, integer, part_of_timestamp<part>),
    checked(overload({timestamp, string}, integer, part_of_timestamp<part>),
            {nullptr, refuse_other_zone_than_offset}, "a time zone"),
});
template <std::int64_t (*part)(const LocalTime&), auto of_duration>
constexpr auto clock_overloads = std::to_array<Overload>({
    overload({timestamp}, integer, part_of_timestamp<part>),
    checked(overload({timestamp, string}, integer, part_of_timestamp<part>),
            {nullptr, refuse_other_zone_than_offset}, "a time zone"),
    overload({duration}, integer, of_duration),
});
constexpr auto timestamp_overloads = std::to_array<Overload>({
    overload({timestamp}, timestamp, same),
    overload({string}, timestamp, timestamp_from_text),
    overload({integer}, timestamp, timestamp_from_seconds),
});
constexpr auto duration_overloads = std::to_array<Overload>({
    overload({duration}, duration, same),
    overload({string}, duration, duration_from_text),
});

constexpr auto functions = std::to_array<FunctionEntry>({
    {.name = "timestamp",
     .overloads = timestamp_overloads,
     .doc = "reads RFC 3339, or takes seconds since 1970",
     .example = R"(timestamp("1970-01-01T00:01:00Z") == timestamp(60))"},
    {.name = "duration",
     .overloads = duration_overloads,
     .doc = "reads a duration in h, m, s, ms, us and ns",
     .example = R"(duration("1h30m") == duration("90m"))"},
    {.name = "getFullYear",
     .style = CallStyle::receiver,
     .overloads = calendar_overloads<full_year>,
     .doc = "the year, in UTC or at an offset",
     .example = R"(timestamp("2026-01-01T00:00:00Z").getFullYear("-01:00") == 2025)"},
    {.name = "getMonth",
     .style = CallStyle::receiver,
     .overloads = calendar_overloads<month_from_0>,
     .doc = "the month from 0 (January)",
     .example = R"(timestamp("2026-11-22T00:00:00Z").getMonth() == 10)"},
    {.name = "getDate",
     .style = CallStyle::receiver,
     .overloads = calendar_overloads<day_of_month_from_1>,
     .doc = "the day of the month from 1",
     .example = R"(timestamp("2026-11-22T00:00:00Z").getDate() == 22)"},
    {.name = "getDayOfMonth",
     .style = CallStyle::receiver,
     .overloads = calendar_overloads<day_of_month_from_0>,
     .doc = "the day of the month from 0",
     .example = R"(timestamp("2026-11-22T00:00:00Z").getDayOfMonth() == 21)"},
    {.name = "getDayOfYear",
     .style = CallStyle::receiver,
     .overloads = calendar_overloads<day_of_year_from_0>,
     .doc = "the day of the year from 0",
     .example = R"(timestamp("2026-02-01T00:00:00Z").getDayOfYear() == 31)"},
    {.name = "getDayOfWeek",
     .style = CallStyle::receiver,
     .overloads = calendar_overloads<day_of_week>,
     .doc = "the day of the week from 0 (Sunday)",
     .example = R"(timestamp("2026-11-22T00:00:00Z").getDayOfWeek() == 0)"},
    {.name = "getHours",
     .style = CallStyle::receiver,
     .overloads = clock_overloads<hours, whole_units<3600>>,
     .doc = "the hour of a timestamp, or a duration in whole hours",
     .example = R"(timestamp("2026-11-22T22:15:08Z").getHours() == 22 && duration("90m").getHours() == 1)"},
    {.name = "getMinutes",
     .style = CallStyle::receiver,
     .overloads = clock_overloads<minutes, whole_units<60>>,
     .doc = "the minute of a timestamp, or a duration in whole minutes",
     .example =
         R"(timestamp("2026-11-22T22:15:08Z").getMinutes() == 15 && duration("90m").getMinutes() == 90)"},
    {.name = "getSeconds",
     .style = CallStyle::receiver,
     .overloads = clock_overloads<seconds, whole_units<1>>,
     .doc = "the second of a timestamp, or a duration in whole seconds",
     .example =
         R"(timestamp("2026-11-22T22:15:08Z").getSeconds() == 8 && duration("1m").getSeconds() == 60)"},
    {.name = "getMilliseconds",
     .style = CallStyle::receiver,
     .overloads = clock_overloads<milliseconds, milliseconds_of_duration>,
     .doc = "the milliseconds beside the whole seconds",
     .example = R"(duration("1.25s").getMilliseconds() == 250)"},
});

}  // namespace

std::span<const FunctionEntry> time_functions() { return functions; }

}  // namespace tallymill::topology
