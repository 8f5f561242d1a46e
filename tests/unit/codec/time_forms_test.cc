#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/codec/one_column.h"

namespace tallymill::tests {
namespace {

using testing::StartsWith;
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
  EXPECT_EQ(read("io.debezium.time.NanoTimestamp", "1795385708077000123"), expected)
      << "nanoseconds are not printed";
  EXPECT_EQ(read("io.debezium.time.Date", "20779"), "\"2026-11-22T00:00:00.000000Z\"");
}

TEST(TimeForms, TimestampsWithoutASchemaAreMicroseconds) {
  const OneColumn column(TypeKind::timestamp);
  EXPECT_EQ(column.read("1795385708077063"), "\"2026-11-22T22:15:08.077063Z\"");
  EXPECT_EQ(column.read("-1"), "\"1969-12-31T23:59:59.999999Z\"");
  EXPECT_EQ(column.read("\"2026-11-22T22:15:08.077063Z\""), "\"2026-11-22T22:15:08.077063Z\"");
  EXPECT_THAT(column.read("\"yesterday\""), StartsWith("wrong_type"));
  EXPECT_THAT(column.read("1.5"), StartsWith("wrong_type"));
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
  EXPECT_EQ(column.read("80108077000"), expected) << "microseconds without a schema";
  EXPECT_EQ(column.read("\"22:15:08.077Z\""), expected);
  EXPECT_EQ(column.read("\"22:15\""), "\"22:15:00.000000\"");
  EXPECT_EQ(column.read("86400000000"), "\"24:00:00.000000\"");
  for (const char* json :
       {"86400000001", "-1", "\"25:00:00\"", "\"22:60:00\"", "\"22:15:08+02:00\"", "\"22:15:08.\""}) {
    EXPECT_THAT(column.read(json), StartsWith("wrong_type")) << json;
  }
}

TEST(TimeForms, Durations) {
  EXPECT_EQ(OneColumn(TypeKind::duration).read("1500000"), "\"1.5s\"");
  EXPECT_EQ(
      OneColumn(TypeKind::duration).schema(integer_type("io.debezium.time.NanoDuration")).read("-1500000000"),
      "\"-1.5s\"");
  EXPECT_THAT(OneColumn(TypeKind::duration).read("\"1s\""), StartsWith("wrong_type"));
}

}  // namespace
}  // namespace tallymill::tests
