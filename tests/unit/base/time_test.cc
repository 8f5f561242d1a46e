#include "topology/base/time.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace tallymill::topology {
namespace {

constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();

TEST(EventTimeTest, AddsAndSubtractsADistance) {
  EXPECT_EQ(saturating_add(EventTime{5}, Duration{7}), EventTime{12});
  EXPECT_EQ(saturating_subtract(EventTime{5}, Duration{7}), EventTime{-2});
}

TEST(EventTimeTest, IsHeldAtTheEndsOfTheRange) {
  EXPECT_EQ(saturating_add(EventTime{highest - 1}, Duration{2}), EventTime::infinity());
  EXPECT_EQ(saturating_subtract(EventTime{lowest + 1}, Duration{2}), EventTime::minus_infinity());
}

TEST(EventTimeTest, InfinitiesStayWhatTheyAre) {
  EXPECT_EQ(saturating_add(EventTime::minus_infinity(), Duration{1}), EventTime::minus_infinity());
  EXPECT_EQ(saturating_add(EventTime::infinity(), Duration{1}), EventTime::infinity());
  EXPECT_EQ(saturating_subtract(EventTime::minus_infinity(), Duration{1}), EventTime::minus_infinity());
  EXPECT_EQ(saturating_subtract(EventTime::infinity(), Duration{1}), EventTime::infinity());
}

TEST(EventTimeTest, AnInstantIsRoundedTowardsMinusInfinity) {
  EXPECT_EQ(to_event_time({1, 999}), EventTime{1'000'000});
  EXPECT_EQ(to_event_time({-1, 999'999'999}), EventTime{-1});
  EXPECT_EQ(to_event_time({-1, 1}), EventTime{-1'000'000});
}

TEST(EventTimeTest, AnInstantWithoutAnEventTimeGivesNothing) {
  EXPECT_EQ(to_event_time(Instant::infinity()), std::nullopt);
  EXPECT_EQ(to_event_time(Instant::minus_infinity()), std::nullopt);
  EXPECT_EQ(to_event_time({highest / 1'000'000 + 1, 0}), std::nullopt);
  EXPECT_EQ(to_event_time({lowest / 1'000'000 - 2, 0}), std::nullopt);
}

TEST(EventTimeTest, AnInstantNeverBecomesAnInfinity) {
  for (const EventTime infinite : {EventTime::infinity(), EventTime::minus_infinity()}) {
    const std::int64_t seconds = infinite.microseconds / 1'000'000 - (infinite.microseconds < 0 ? 1 : 0);
    const std::int64_t rest = infinite.microseconds % 1'000'000 + (infinite.microseconds < 0 ? 1'000'000 : 0);
    EXPECT_EQ(to_event_time({seconds, static_cast<std::int32_t>(rest * 1'000)}), std::nullopt);
    const std::int64_t nearest = rest + (infinite.microseconds < 0 ? 1 : -1);
    EXPECT_TRUE(to_event_time({seconds, static_cast<std::int32_t>(nearest * 1'000)}).has_value());
  }
}

TEST(EventTimeTest, ComesBackFromItsInstant) {
  for (const std::int64_t microseconds :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1}, lowest + 1, highest - 1}) {
    EXPECT_EQ(to_event_time(to_instant({microseconds})), EventTime{microseconds});
  }
}

TEST(CivilDateTest, KnowsDaysOfTheProlepticCalendar) {
  EXPECT_EQ(days_from_civil(1970, 1, 1), 0);
  EXPECT_EQ(days_from_civil(2000, 2, 29), 11'016);
  EXPECT_EQ(days_from_civil(1, 1, 1), -719'162);
  EXPECT_EQ(days_from_civil(0, 3, 1), -719'468);
  EXPECT_EQ(days_from_civil(-4712, 1, 1), -2'440'550);
}

TEST(CivilDateTest, EveryDayOfNineCenturiesFollowsTheOneBefore) {
  constexpr int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  std::int64_t days = days_from_civil(1599, 1, 1);
  for (std::int64_t year = 1599; year < 2500; ++year) {
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    for (int month = 1; month <= 12; ++month) {
      const int last = month_days[month - 1] + (leap && month == 2 ? 1 : 0);
      for (int day = 1; day <= last; ++day, ++days) {
        ASSERT_EQ(days_from_civil(year, month, day), days) << year << '-' << month << '-' << day;
        const CivilDate date = civil_from_days(days);
        ASSERT_TRUE(date.year == year && date.month == month && date.day == day) << days;
      }
    }
  }
}

TEST(CivilDateTest, EveryCountOfDaysHasADate) {
  for (const std::int64_t days : {lowest, lowest + 1, highest - 1, highest}) {
    const CivilDate date = civil_from_days(days);
    EXPECT_TRUE(date.month >= 1 && date.month <= 12 && date.day >= 1 && date.day <= 31) << days;
    EXPECT_EQ(date.year < 0, days < 0);
  }
}

TEST(InstantTextTest, HasExactlyTheDigitsAskedFor) {
  const Instant instant{1'795'385'708, 77'063'999};
  EXPECT_EQ(format_instant(instant, 6), "2026-11-22T22:15:08.077063Z");
  EXPECT_EQ(format_instant(instant, 9), "2026-11-22T22:15:08.077063999Z");
  EXPECT_EQ(format_instant(instant, 1), "2026-11-22T22:15:08.0Z");
  EXPECT_EQ(format_instant(instant, 0), "2026-11-22T22:15:08Z");
}

TEST(InstantTextTest, CountsBackBeforeTheEpoch) {
  EXPECT_EQ(format_instant({-1, 999'999'000}, 6), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(format_instant({-86'400, 0}, 0), "1969-12-31T00:00:00Z");
}

TEST(InstantTextTest, PrintsYearsBeyondFourDigitsAndBeforeYearOne) {
  EXPECT_EQ(format_instant({253'402'300'800, 0}, 0), "10000-01-01T00:00:00Z");
  EXPECT_EQ(format_instant({-62'135'596'800, 0}, 0), "0001-01-01T00:00:00Z");
  EXPECT_EQ(format_instant({-62'135'596'801, 0}, 0), "0000-12-31T23:59:59Z");
  EXPECT_EQ(format_instant({days_from_civil(-43, 3, 15) * 86'400, 0}, 0), "-0043-03-15T00:00:00Z");
}

TEST(InstantTextTest, PrintsInfinitiesAndTheFarthestFiniteInstants) {
  EXPECT_EQ(format_instant(Instant::infinity(), 6), "infinity");
  EXPECT_EQ(format_instant(Instant::minus_infinity(), 6), "-infinity");
  EXPECT_EQ(format_instant({highest - 1, 0}, 0), "292277026596-12-04T15:30:06Z");
  EXPECT_EQ(format_instant({lowest + 1, 0}, 0), "-292277022657-01-27T08:29:53Z");
}

TEST(InstantTextTest, ReadsWhatRfc3339Allows) {
  EXPECT_EQ(parse_instant("2026-11-22T22:15:08.077063Z"), (Instant{1'795'385'708, 77'063'000}));
  EXPECT_EQ(parse_instant("2026-11-22t22:15:08z"), (Instant{1'795'385'708, 0}));
  EXPECT_EQ(parse_instant("2026-11-22 22:15:08"), (Instant{1'795'385'708, 0}));
  EXPECT_EQ(parse_instant("2026-11-23T00:15:08.5+02:00"), (Instant{1'795'385'708, 500'000'000}));
  EXPECT_EQ(parse_instant("2026-11-22T16:45:08-05:30"), (Instant{1'795'385'708, 0}));
  EXPECT_EQ(parse_instant("1969-12-31T23:59:59.000000001Z"), (Instant{-1, 1}));
  EXPECT_EQ(parse_instant("2024-02-29T00:00:00Z"), (Instant{1'709'164'800, 0}));
  EXPECT_EQ(parse_instant("infinity"), Instant::infinity());
  EXPECT_EQ(parse_instant("-infinity"), Instant::minus_infinity());
}

TEST(InstantTextTest, ReadsNothingElse) {
  for (const char* text : {"",
                           "now",
                           "2026",
                           "2026-11-22",
                           "2026-11-22T",
                           "2026-11-22T22:15",
                           "2026-11-22T22:15:08.Z",
                           "2026-11-22T22:15:08.1234567890Z",
                           "2026-11-22T22:15:08Zx",
                           "2026-11-22T22:15:08+2:00",
                           "2026-11-22T22:15:08+0200",
                           "2026-11-22T22:15:08+24:00",
                           "2026-11-22T24:00:00Z",
                           "2026-11-22T22:60:00Z",
                           "2026-11-22T22:15:60Z",
                           "2026-13-01T00:00:00Z",
                           "2026-00-01T00:00:00Z",
                           "2026-01-00T00:00:00Z",
                           "2026-04-31T00:00:00Z",
                           "2025-02-29T00:00:00Z",
                           "1900-02-29T00:00:00Z",
                           "12026-01-01T00:00:00Z",
                           "-026-01-01T00:00:00Z",
                           "2026-11-22X22:15:08Z",
                           "2026/11/22T22:15:08Z",
                           " 2026-11-22T22:15:08Z",
                           "Infinity",
                           "+infinity"}) {
    EXPECT_EQ(parse_instant(text), std::nullopt) << text;
  }
}

TEST(InstantTextTest, EveryInstantOfFourDigitYearsComesBack) {
  std::mt19937_64 random(20261124);
  std::uniform_int_distribution<std::int64_t> seconds(-62'167'219'200, 253'402'300'799);
  std::uniform_int_distribution<std::int32_t> nanoseconds(0, 999'999'999);
  for (int i = 0; i < 10'000; ++i) {
    const Instant instant{seconds(random), nanoseconds(random)};
    ASSERT_EQ(parse_instant(format_instant(instant, 9)), instant) << format_instant(instant, 9);
  }
}

TEST(SpanTextTest, DropsTrailingZeros) {
  EXPECT_EQ(format_span({0, 0}), "0s");
  EXPECT_EQ(format_span({1, 500'000'000}), "1.5s");
  EXPECT_EQ(format_span({-1, -500'000'000}), "-1.5s");
  EXPECT_EQ(format_span({0, -1}), "-0.000000001s");
  EXPECT_EQ(format_span({90, 10'000}), "90.00001s");
  EXPECT_EQ(format_span({lowest, 0}), "-9223372036854775808s");
}

TEST(DurationTextTest, ReadsAWholeNumberAndAUnit) {
  EXPECT_EQ(parse_duration("7us"), Duration{7});
  EXPECT_EQ(parse_duration("500ms"), Duration{500'000});
  EXPECT_EQ(parse_duration("5s"), Duration{5'000'000});
  EXPECT_EQ(parse_duration("1m"), Duration{60'000'000});
  EXPECT_EQ(parse_duration("6h"), Duration{21'600'000'000});
  EXPECT_EQ(parse_duration("400d"), Duration{34'560'000'000'000});
  EXPECT_EQ(parse_duration("9223372036854775807us"), Duration{highest});
}

TEST(DurationTextTest, ReadsNothingElse) {
  for (const char* text : {"", "5", "s", "-5s", "+5s", "5 s", " 5s", "5s ", "1.5s", "5S", "5min", "1w", "1mo",
                           "0x5s", "9223372036854775808us", "106751992d", "99999999999999999999s"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(DurationTextTest, PrintsTheShortestText) {
  EXPECT_EQ(format_duration({0}), "0s");
  EXPECT_EQ(format_duration({60'000'000}), "1m");
  EXPECT_EQ(format_duration({90'000'000}), "90s");
  EXPECT_EQ(format_duration({86'400'000'000}), "1d");
  EXPECT_EQ(format_duration({1'500}), "1500us");
  EXPECT_EQ(format_duration({highest}), "9223372036854775807us");
}

TEST(DurationTextTest, WhatIsPrintedIsReadBack) {
  std::mt19937_64 random(20261124);
  for (const std::int64_t unit :
       {1LL, 1'000LL, 1'000'000LL, 60'000'000LL, 3'600'000'000LL, 86'400'000'000LL}) {
    for (int i = 0; i < 500; ++i) {
      const Duration duration{static_cast<std::int64_t>(random() % 10'000) * unit};
      ASSERT_EQ(parse_duration(format_duration(duration)), duration) << format_duration(duration);
    }
  }
}

TEST(SystemClockTest, IsBetweenTwoYears) {
  const EventTime now = SystemClock().now();
  EXPECT_GT(now, EventTime{days_from_civil(2024, 1, 1) * 86'400'000'000});
  EXPECT_LT(now, EventTime{days_from_civil(2200, 1, 1) * 86'400'000'000});
}

}  // namespace
}  // namespace tallymill::topology
