#include "topology/base/time.h"

#include <chrono>

#include "topology/base/invariant.h"

namespace tallymill::topology {
namespace {

constexpr std::int64_t microseconds_per_second = 1'000'000;
constexpr std::int32_t nanoseconds_per_microsecond = 1'000;

// The Gregorian calendar repeats every 400 years. Years are counted from March, so that the leap day is the
// last.
constexpr std::int64_t years_per_era = 400;
constexpr std::int64_t days_per_era = 146'097;
// 0000-03-01 to 1970-01-01 is 4 whole eras and this many days.
constexpr std::int64_t eras_before_epoch = 4;
constexpr std::int64_t days_into_era_at_epoch = 135'080;

struct Division {
  std::int64_t quotient;
  std::int64_t remainder;  ///< in [0, divisor)
};

constexpr Division floor_divide(std::int64_t dividend, std::int64_t divisor) {
  Division result{dividend / divisor, dividend % divisor};
  if (result.remainder < 0) {
    --result.quotient;
    result.remainder += divisor;
  }
  return result;
}

}  // namespace

EventTime saturating_add(EventTime time, Duration distance) {
  if (time == EventTime::minus_infinity()) return time;
  EventTime sum;
  if (__builtin_add_overflow(time.microseconds, distance.microseconds, &sum.microseconds)) {
    return EventTime::infinity();
  }
  return sum;
}

EventTime saturating_subtract(EventTime time, Duration distance) {
  if (time == EventTime::infinity()) return time;
  EventTime difference;
  if (__builtin_sub_overflow(time.microseconds, distance.microseconds, &difference.microseconds)) {
    return EventTime::minus_infinity();
  }
  return difference;
}

std::optional<EventTime> to_event_time(Instant instant) {
  if (!instant.is_finite()) return std::nullopt;
  // In 128 bits, because the product of the lowest second may pass the range that the sum is still in.
  const __int128 microseconds = static_cast<__int128>(instant.seconds) * microseconds_per_second +
                                instant.nanoseconds / nanoseconds_per_microsecond;
  if (microseconds <= EventTime::minus_infinity().microseconds ||
      microseconds >= EventTime::infinity().microseconds) {
    return std::nullopt;
  }
  return EventTime{static_cast<std::int64_t>(microseconds)};
}

Instant to_instant(EventTime time) {
  INVARIANT(time != EventTime::infinity() && time != EventTime::minus_infinity(),
            "an infinite event time was asked for its instant");
  const Division seconds = floor_divide(time.microseconds, microseconds_per_second);
  return {seconds.quotient, static_cast<std::int32_t>(seconds.remainder) * nanoseconds_per_microsecond};
}

// Both directions follow Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
std::int64_t days_from_civil(std::int64_t year, int month, int day) {
  const Division era = floor_divide(month <= 2 ? year - 1 : year, years_per_era);
  const std::int64_t month_from_march = month > 2 ? month - 3 : month + 9;
  const std::int64_t day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
  const std::int64_t day_of_era = era.remainder * 365 + era.remainder / 4 - era.remainder / 100 + day_of_year;
  return (era.quotient - eras_before_epoch) * days_per_era + day_of_era - days_into_era_at_epoch;
}

CivilDate civil_from_days(std::int64_t days) {
  // Eras are split off before the epoch is moved, so that no count of days overflows.
  Division era = floor_divide(days, days_per_era);
  era.quotient += eras_before_epoch;
  era.remainder += days_into_era_at_epoch;
  if (era.remainder >= days_per_era) {
    ++era.quotient;
    era.remainder -= days_per_era;
  }
  const std::int64_t day_of_era = era.remainder;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month_from_march = (5 * day_of_year + 2) / 153;
  const int month = static_cast<int>(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
  const int day = static_cast<int>(day_of_year - (153 * month_from_march + 2) / 5 + 1);
  const std::int64_t year = era.quotient * years_per_era + year_of_era;
  return {month <= 2 ? year + 1 : year, month, day};
}

EventTime SystemClock::now() const {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::microseconds>(since_epoch).count()};
}

Duration SystemClock::steady() const {
  const auto since_boot = std::chrono::steady_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::microseconds>(since_boot).count()};
}

}  // namespace tallymill::topology
