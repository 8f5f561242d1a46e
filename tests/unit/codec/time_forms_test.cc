#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/codec/one_column.h"

namespace tallymill::tests {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;
using topology::TimeUnit;
using topology::TypeKind;

std::string integer_type(std::string_view logical) {
  return "\"type\":\"int64\",\"name\":\"" + std::string(logical) + "\"";
}

TEST(TimeForms, TimestampsInTheUnitOfTheirSchema) {
  const auto read = [](std::string_view logical, std::string_view json) {
    return OneColumn(TypeKind::timestamp).schema(integer_type(logical)).read(json);
  };
  constexpr std::string_view expected = "\"2026-11-22T22:15:08.077000Z\"";
  EXPECT_EQ(read("io.debezium.time.Timestamp", "1795385708077"), expected);
  EXPECT_EQ(read("org.apache.kafka.connect.data.Timestamp", "1795385708077"), expected);
  EXPECT_EQ(read("io.debezium.time.MicroTimestamp", "1795385708077000"), expected);
  EXPECT_EQ(read("io.debezium.time.NanoTimestamp", "1795385708077000000"), expected);
  EXPECT_EQ(read("io.debezium.time.NanoTimestamp", "1795385708077000123"), "\"2026-11-22T22:15:08.077000123Z\"");
  EXPECT_EQ(read("io.debezium.time.Date", "20779"), "\"2026-11-22T00:00:00.000000Z\"");
}

TEST(TimeForms, TimestampsWithoutASchemaAreMicrosecondsWhereNothingElseIsSane) {
  const OneColumn column(TypeKind::timestamp);
  EXPECT_EQ(column.read("1795385708077063"), "\"2026-11-22T22:15:08.077063Z\"");
  EXPECT_EQ(column.read("100000000000000"), "\"1973-03-03T09:46:40.000000Z\"");
  EXPECT_EQ(column.read("-100000000000000"), "\"1966-10-31T14:13:20.000000Z\"");
  EXPECT_EQ(column.read("9999999999999999"), "\"2286-11-20T17:46:39.999999Z\"");
  EXPECT_EQ(column.read("0"), "\"1970-01-01T00:00:00.000000Z\"");
  EXPECT_EQ(column.read("\"2026-11-22T22:15:08.077063Z\""), "\"2026-11-22T22:15:08.077063Z\"");
  for (const char* json : {"1795385708077", "1795385708", "1795385708077063000", "-1", "1", "99999999999999",
                           "10000000000000000", "-10000000000000000"}) {
    EXPECT_THAT(column.read(json), AllOf(StartsWith("unit_unknown: column \"x\""),
        HasSubstr("x: {type: timestamp, unit: ms}")))
        << json;
  }
  EXPECT_THAT(column.read("9223372036825200"), StartsWith("unit_unknown"))
      << "an infinite timestamp(3), or 2262";
  EXPECT_THAT(column.read("\"yesterday\""), StartsWith("wrong_type"));
  EXPECT_THAT(column.read("1.5"), StartsWith("wrong_type"));
}

TEST(TimeForms, AUnitThatIsDeclaredCountsUnlessASchemaSaysAnother) {
  const auto read = [](TimeUnit unit, std::string_view json) {
    return OneColumn(TypeKind::timestamp).unit(unit).read(json);
  };
  EXPECT_EQ(read(TimeUnit::seconds, "1795385708"), "\"2026-11-22T22:15:08.000000Z\"");
  EXPECT_EQ(read(TimeUnit::milliseconds, "1795385708077"), "\"2026-11-22T22:15:08.077000Z\"");
  EXPECT_EQ(read(TimeUnit::microseconds, "1"), "\"1970-01-01T00:00:00.000001Z\"");
  EXPECT_EQ(read(TimeUnit::nanoseconds, "1795385708077063123"), "\"2026-11-22T22:15:08.077063123Z\"");
  EXPECT_EQ(read(TimeUnit::milliseconds, "-1"), "\"1969-12-31T23:59:59.999000Z\"");
  EXPECT_EQ(read(TimeUnit::milliseconds, "9223372036825200"), "\"infinity\"");
  EXPECT_EQ(read(TimeUnit::milliseconds, "\"2026-11-22T22:15:08Z\""), "\"2026-11-22T22:15:08.000000Z\"");
  EXPECT_EQ(OneColumn(TypeKind::timestamp)
                .unit(TimeUnit::milliseconds)
                .schema(integer_type("io.debezium.time.MicroTimestamp"))
                .read("1795385708077063"),
            "\"2026-11-22T22:15:08.077063Z\"");
  EXPECT_EQ(OneColumn(topology::Type::list_of(TypeKind::timestamp)).unit(TimeUnit::milliseconds).read("[1000]"),
            "[\"1970-01-01T00:00:01.000000Z\"]");
}

TEST(TimeForms, ASchemaOfAnotherKindOfTimeIsRefused) {
  EXPECT_THAT(OneColumn(TypeKind::timestamp).schema(integer_type("io.debezium.time.MicroTime")).read("1"),
              StartsWith("wrong_type"));
  EXPECT_THAT(OneColumn(TypeKind::timestamp).schema(integer_type("io.debezium.time.MicroDuration")).read("1"),
              StartsWith("wrong_type"));
  EXPECT_THAT(OneColumn(TypeKind::time_of_day).schema(integer_type("io.debezium.time.Timestamp")).read("1"),
              StartsWith("wrong_type"));
  EXPECT_THAT(OneColumn(TypeKind::duration).schema(integer_type("io.debezium.time.MicroTimestamp")).read("1"),
              StartsWith("wrong_type"));
}

TEST(TimeForms, YearsBefore0AndAfter9999) {
  const OneColumn column(TypeKind::timestamp);
  EXPECT_EQ(column.read("\"-0044-03-15T12:00:00Z\""), "\"-0044-03-15T12:00:00.000000Z\"");
  EXPECT_EQ(column.read("\"0000-12-31T23:59:59Z\""), "\"0000-12-31T23:59:59.000000Z\"");
  EXPECT_EQ(column.read("\"-4712-01-01T00:00:00Z\""), "\"-4712-01-01T00:00:00.000000Z\"");
  EXPECT_EQ(column.read("\"+10000-01-01T00:00:00.5+02:00\""), "\"9999-12-31T22:00:00.500000Z\"");
  EXPECT_EQ(column.read("\"+294276-12-31T23:59:59.999999Z\""), "\"294276-12-31T23:59:59.999999Z\"");
  EXPECT_EQ(column.read("\"+12000-02-29T00:00:00Z\""), "\"12000-02-29T00:00:00.000000Z\"") << "a leap year";
  for (const char* json : {"\"+10001-02-29T00:00:00Z\"", "\"-044-03-15T00:00:00Z\"",
      "\"--0044-03-15T00:00:00Z\"",
                           "\"+10000-13-01T00:00:00Z\"", "\"-\"", "\"+10000\"",
                               "\"+99999999-01-01T00:00:00Z\""}) {
    EXPECT_THAT(column.read(json), StartsWith("wrong_type")) << json;
  }
  EXPECT_EQ(OneColumn(TypeKind::date).read("\"+10000-01-01\""), "\"10000-01-01\"");
  EXPECT_EQ(OneColumn(TypeKind::date).read("\"-0044-03-15\""), "\"-0044-03-15\"");
}

TEST(TimeForms, PostgresInfinities) {
  const OneColumn micros(TypeKind::timestamp);
  EXPECT_EQ(micros.read("9223372036825200000"), "\"infinity\"");
  EXPECT_EQ(micros.read("-9223372036832400000"), "\"-infinity\"");
  EXPECT_EQ(micros.read("\"infinity\""), "\"infinity\"");
  const OneColumn millis = OneColumn(TypeKind::timestamp).schema(integer_type("io.debezium.time.Timestamp"));
  EXPECT_EQ(millis.read("9223372036825200"), "\"infinity\"");
  EXPECT_EQ(millis.read("-9223372036832400"), "\"-infinity\"");
  const OneColumn nanos =
      OneColumn(TypeKind::timestamp).schema(integer_type("io.debezium.time.NanoTimestamp"));
  EXPECT_EQ(nanos.read("9223372036854775807"), "\"infinity\"");
  EXPECT_EQ(nanos.read("-9223372036854775808"), "\"-infinity\"");
  EXPECT_EQ(nanos.read("9223372036825200000"), "\"2262-04-11T23:47:16.825200Z\"")
      << "in nanoseconds that is a time";
}

TEST(TimeForms, Dates) {
  const OneColumn column(TypeKind::date);
  EXPECT_EQ(column.read("20779"), "\"2026-11-22\"");
  EXPECT_EQ(column.read("-1"), "\"1969-12-31\"");
  EXPECT_EQ(column.read("\"2026-11-22\""), "\"2026-11-22\"");
  EXPECT_EQ(column.read("\"2026-11-22Z\""), "\"2026-11-22\"");
  for (const char* json :
       {"\"2026-02-29\"", "\"2026-13-01\"", "\"2026-1-1\"", "\"\"", "-2147483648", "\"2026-11-22x\""}) {
    EXPECT_THAT(column.read(json), StartsWith("wrong_type")) << json;
  }
  EXPECT_THAT(OneColumn(TypeKind::date).schema(integer_type("io.debezium.time.MicroTimestamp")).read("20779"),
              StartsWith("wrong_type"));
}

TEST(TimeForms, TimesOfDay) {
  const auto read = [](std::string_view logical, std::string_view json) {
    return OneColumn(TypeKind::time_of_day).schema(integer_type(logical)).read(json);
  };
  constexpr std::string_view expected = "\"22:15:08.077000\"";
  EXPECT_EQ(read("io.debezium.time.Time", "80108077"), expected);
  EXPECT_EQ(read("io.debezium.time.MicroTime", "80108077000"), expected);
  EXPECT_EQ(read("io.debezium.time.NanoTime", "80108077000000"), expected);
  const OneColumn column(TypeKind::time_of_day);
  EXPECT_THAT(column.read("80108077000"), AllOf(StartsWith("unit_unknown"),
      HasSubstr("x: {type: time, unit: ms}")));
  EXPECT_EQ(column.read("0"), "\"00:00:00.000000\"");
  EXPECT_EQ(OneColumn(TypeKind::time_of_day).unit(TimeUnit::milliseconds).read("80108077"), expected);
  const OneColumn micros = OneColumn(TypeKind::time_of_day).unit(TimeUnit::microseconds);
  EXPECT_EQ(micros.read("80108077000"), expected);
  EXPECT_EQ(column.read("\"22:15:08.077Z\""), expected);
  EXPECT_EQ(column.read("\"22:15\""), "\"22:15:00.000000\"");
  EXPECT_EQ(micros.read("86400000000"), "\"24:00:00.000000\"");
  for (const char* json :
       {"86400000001", "-1", "\"25:00:00\"", "\"22:60:00\"", "\"22:15:08+02:00\"", "\"22:15:08.\""}) {
    EXPECT_THAT(micros.read(json), StartsWith("wrong_type")) << json;
  }
}

TEST(TimeForms, Durations) {
  EXPECT_EQ(OneColumn(TypeKind::duration).read("1500000"), "\"1.5s\"");
  EXPECT_EQ(
      OneColumn(TypeKind::duration).schema(integer_type("io.debezium.time.NanoDuration")).read("-1500000000"),
      "\"-1.5s\"");
  EXPECT_EQ(OneColumn(TypeKind::duration).unit(TimeUnit::milliseconds).read("1500"), "\"1.5s\"");
  EXPECT_EQ(OneColumn(TypeKind::duration).unit(TimeUnit::seconds).read("-90"), "\"-90s\"");
}

TEST(TimeForms, DurationsAsTextWhereTheyAreExact) {
  const OneColumn column(TypeKind::duration);
  EXPECT_EQ(column.read("\"P0Y0M0DT0H30M0S\""), "\"1800s\"");
  EXPECT_EQ(column.read("\"P0Y0M0DT0H0M0.0S\""), "\"0s\"");
  EXPECT_EQ(column.read("\"P0Y0M1DT2H30M4.5S\""), "\"95404.5s\"") << "a day is 24 hours";
  EXPECT_EQ(column.read("\"P0Y0M-1DT-2H0M-0.000001S\""), "\"-93600.000001s\"");
  EXPECT_EQ(column.read("\"P0Y0M1DT-2H0M0S\""), "\"79200s\"");
  EXPECT_EQ(column.read("\"-PT90S\""), "\"-90s\"");
  EXPECT_EQ(column.read("\"P2W\""), "\"1209600s\"");
  for (const char* json : {"\"P1Y2M3DT4H5M6.78S\"", "\"P0Y1M0DT0H0M0S\"", "\"P-1Y0M0DT0H0M0S\""}) {
    EXPECT_THAT(column.read(json), AllOf(StartsWith("wrong_type"), HasSubstr("no fixed length"),
        HasSubstr("interval"))) << json;
  }
  for (const char* json : {"\"1s\"", "\"\"", "\"P\"", "\"PT\"", "\"P1DT\"", "\"PT1\"", "\"PT1S1M\"",
      "\"P1S\"", "\"PT1D\"",
                           "\"PT1.5H\"", "\"PT1.S\"", "\"PTS\"", "\"PT1S \"", "\"PT1ST1S\"",
                               "\"1 day 02:03:04\"",
                           "\"PT999999999999999999H\"", "\"PT9999999999999999999S\""}) {
    EXPECT_THAT(column.read(json), StartsWith("wrong_type")) << json;
  }
}

}  // namespace
}  // namespace tallymill::tests
