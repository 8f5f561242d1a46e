#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace tallymill::topology {

/// A point in time as a value of the language: seconds since 1970-01-01T00:00:00Z and nanoseconds in [0, 1e9).
/// PostgreSQL's infinities are the two extremes of `seconds`.
struct Instant {
  std::int64_t seconds = 0;
  std::int32_t nanoseconds = 0;

  static constexpr Instant infinity() { return {std::numeric_limits<std::int64_t>::max(), 0}; }
  static constexpr Instant minus_infinity() { return {std::numeric_limits<std::int64_t>::min(), 0}; }
  constexpr bool is_finite() const {
    return seconds != infinity().seconds && seconds != minus_infinity().seconds;
  }
  friend constexpr auto operator<=>(const Instant&, const Instant&) = default;
};

/// A length of time as a value of the language: seconds and nanoseconds of the same sign, |nanoseconds| < 1e9.
struct Span {
  std::int64_t seconds = 0;
  std::int32_t nanoseconds = 0;
  friend constexpr auto operator<=>(const Span&, const Span&) = default;
};

/// Event time, window bounds, stream time and watermarks: microseconds since 1970-01-01T00:00:00Z, PostgreSQL's
/// own resolution. `minus_infinity` is a watermark that has seen nothing; no row carries it.
struct EventTime {
  std::int64_t microseconds = 0;

  static constexpr EventTime minus_infinity() { return {std::numeric_limits<std::int64_t>::min()}; }
  static constexpr EventTime infinity() { return {std::numeric_limits<std::int64_t>::max()}; }
  friend constexpr auto operator<=>(const EventTime&, const EventTime&) = default;
};

/// A duration of a setting, such as a window size or a grace, in microseconds; 0 or more.
struct Duration {
  std::int64_t microseconds = 0;
  friend constexpr auto operator<=>(const Duration&, const Duration&) = default;
};

/// `time + distance`, held at the ends of the range instead of wrapping; the infinities stay what they are.
EventTime saturating_add(EventTime time, Duration distance);
/// `time - distance`, likewise.
EventTime saturating_subtract(EventTime time, Duration distance);

/// The instant in whole microseconds, rounded towards minus infinity; nothing if infinite or outside int64.
std::optional<EventTime> to_event_time(Instant instant);
/// Exact. `time` must not be one of the infinities.
Instant to_instant(EventTime time);

/// "2026-11-22T22:15:08.077063Z" with exactly `fraction_digits` (0..9) digits; years outside 0001..9999 print as
/// in PostgreSQL with more digits or a leading '-'; infinities print as "infinity" and "-infinity".
std::string format_instant(Instant instant, int fraction_digits);
void append_instant(std::string& out, Instant instant, int fraction_digits);
/// Reads RFC 3339, also with a space for the 'T', without a zone (then UTC) and with 0 to 9 fraction digits, and
/// "infinity" / "-infinity". Nothing if the text is anything else.
std::optional<Instant> parse_instant(std::string_view text);
/// "1.5s": decimal seconds as CEL prints durations, trailing zeros dropped.
std::string format_span(Span span);

/// Days since 1970-01-01 of a proleptic Gregorian date, and back. Months 1..12, days 1..31.
std::int64_t days_from_civil(std::int64_t year, int month, int day);
struct CivilDate {
  std::int64_t year;
  int month;
  int day;
};
CivilDate civil_from_days(std::int64_t days);

/// Reads a duration of the topology language: a whole number and one of us ms s m h d, such as "500ms"; nothing if
/// it is anything else or does not fit.
std::optional<Duration> parse_duration(std::string_view text);
/// The shortest text that parse_duration reads back to the same duration: "1m", "90s", "0s".
std::string format_duration(Duration duration);

/// The time as a port, so that tests and the simulation own it.
class Clock {
 public:
  virtual ~Clock() = default;
  /// The wall clock: microseconds since 1970-01-01T00:00:00Z. It may be set, back too: nothing that waits may ask it.
  virtual EventTime now() const = 0;
  /// Time since a moment in the past, the same one for all who ask in this process. Never steps.
  virtual Duration steady() const = 0;
};

/// The system's clock.
class SystemClock final : public Clock {
 public:
  EventTime now() const override;
  Duration steady() const override;
};

}  // namespace tallymill::topology
