#include "processor/codec/json_encoder.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/unit/codec/one_column.h"
#include "topology/data/decimal.h"

namespace tallymill::tests {
namespace {

using processor::append_json_key;
using processor::append_json_object;
using processor::append_json_string;
using processor::append_plain_key;
using processor::json_fields;
using processor::JsonField;
using topology::Arena;
using topology::Decimal;
using topology::Instant;
using topology::RowType;
using topology::TypeKind;
using topology::Value;

std::string quoted(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

TEST(JsonStrings, EscapeOnlyWhatJsonAsksFor) {
  EXPECT_EQ(quoted("Londón 😀 /"), "\"Londón 😀 /\"");
  EXPECT_EQ(quoted("a\"b\\c\n\r\t\b\f"), R"("a\"b\\c\n\r\t\b\f")");
  EXPECT_EQ(quoted(std::string_view("\0\x1f\x7f", 3)), "\"\\u0000\\u001f\x7f\"");
  EXPECT_EQ(quoted(""), "\"\"");
}

TEST(JsonValues, NumbersTruthAndNull) {
  EXPECT_EQ(text_of(Value::null()), "null");
  EXPECT_EQ(text_of(Value::boolean(true)), "true");
  EXPECT_EQ(text_of(Value::integer(std::numeric_limits<std::int64_t>::min())), "-9223372036854775808");
  EXPECT_EQ(text_of(Value::unsigned_integer(std::numeric_limits<std::uint64_t>::max())),
            "18446744073709551615");
  EXPECT_EQ(text_of(Value::floating(0.1)), "0.1");
  EXPECT_EQ(text_of(Value::floating(std::numeric_limits<double>::quiet_NaN())), "\"NaN\"");
  EXPECT_EQ(text_of(Value::floating(-std::numeric_limits<double>::infinity())), "\"-Infinity\"");
}

TEST(JsonValues, DecimalsKeepTheirScale) {
  EXPECT_EQ(text_of(Value::small_decimal(1250, 2)), "\"12.50\"");
  EXPECT_EQ(text_of(Value::small_decimal(-5, 2)), "\"-0.05\"");
}

TEST(JsonValues, TimesHaveSixFractionDigitsOrNineIfTheyAreFiner) {
  EXPECT_EQ(text_of(Value::timestamp({1795385708, 77063000})), "\"2026-11-22T22:15:08.077063Z\"");
  EXPECT_EQ(text_of(Value::timestamp({1795385708, 77063900})), "\"2026-11-22T22:15:08.077063900Z\"");
  EXPECT_EQ(text_of(Value::timestamp({0, 0})), "\"1970-01-01T00:00:00.000000Z\"");
  EXPECT_EQ(text_of(Value::timestamp(Instant::minus_infinity())), "\"-infinity\"");
  EXPECT_EQ(text_of(Value::date(20779)), "\"2026-11-22\"");
  EXPECT_EQ(text_of(Value::date(-719528)), "\"0000-01-01\"");
  EXPECT_EQ(text_of(Value::time_of_day(80108077063)), "\"22:15:08.077063\"");
  EXPECT_EQ(text_of(Value::duration({1, 500'000'000})), "\"1.5s\"");
}

TEST(JsonValues, BytesListsAndMaps) {
  EXPECT_EQ(text_of(Value::bytes("")), "\"\"");
  EXPECT_EQ(text_of(Value::bytes("f")), "\"Zg==\"");
  EXPECT_EQ(text_of(Value::bytes("fo")), "\"Zm8=\"");
  EXPECT_EQ(text_of(Value::bytes("foo")), "\"Zm9v\"");
  const Value items[] = {Value::integer(1), Value::string("a"), Value::null()};
  EXPECT_EQ(text_of(Value::list(items)), R"([1,"a",null])");
  const Value entries[] = {Value::string("a"), Value::integer(1), Value::integer(2), Value::null()};
  EXPECT_EQ(text_of(Value::map(entries)), R"({"a":1,"2":null})");
}

class JsonObjects : public testing::Test {
 protected:
  JsonObjects() {
    type_.columns = {{"user \"id\"", TypeKind::string, true, false, false, {}, {}},
                     {"meta.op", TypeKind::string, true, false, true, {}, {}},
                     {"total", TypeKind::decimal, true, false, false, {}, {}}};
  }

  RowType type_;
  const std::vector<Value> row_{Value::string("ann"), Value::unset(), Value::small_decimal(7500, 3)};
};

TEST_F(JsonObjects, HaveTheColumnsThatAreNotHidden) {
  std::string out = "x";
  append_json_object(out, json_fields(type_), row_);
  EXPECT_EQ(out, R"(x{"user \"id\"":"ann","total":"7.500"})");
}

TEST_F(JsonObjects, HaveTheChosenColumnsInTheChosenOrder) {
  const std::size_t chosen[] = {2, 0};
  std::string out;
  append_json_object(out, json_fields(type_, chosen), row_);
  EXPECT_EQ(out, R"({"total":"7.500","user \"id\"":"ann"})");
}

TEST_F(JsonObjects, KeysHaveCanonicalDecimals) {
  const std::size_t chosen[] = {2};
  const std::vector<JsonField> fields = json_fields(type_, chosen);
  Arena arena;
  const auto key_of = [&](const Value& total) {
    const std::vector<Value> row{Value::null(), Value::null(), total};
    std::string out;
    append_json_key(out, fields, row);
    return out;
  };
  EXPECT_EQ(key_of(Value::small_decimal(7500, 3)), R"({"total":"7.5"})");
  EXPECT_EQ(key_of(Value::small_decimal(100, 0)), R"({"total":"100"})");
  EXPECT_EQ(key_of(Value::small_decimal(0, 2)), R"({"total":"0"})");
  const std::string digits(60, '7');
  EXPECT_EQ(key_of(Decimal::from_text(digits + ".100").value().to_value(arena)),
            "{\"total\":\"" + digits + ".1\"}");
  EXPECT_EQ(key_of(Value::null()), R"({"total":null})");
}

std::string json_key_of(const Value& value) {
  const std::vector<Value> row{value};
  const std::vector<JsonField> fields{{"\"k\":", 0}};
  std::string out;
  append_json_key(out, fields, row);
  return out;
}

std::string plain_key_of(const Value& value) {
  std::string out = "before";
  append_plain_key(out, value);
  return out.substr(6);
}

TEST(Keys, AreTheSameForValuesThatKeyBytesTakeForTheSame) {
  EXPECT_EQ(json_key_of(Value::floating(-0.0)), R"({"k":0})");
  const Value items[] = {Value::small_decimal(150, 2), Value::floating(-0.0)};
  EXPECT_EQ(json_key_of(Value::list(items)), R"({"k":["1.5",0]})");
}

TEST(Keys, DifferForTimestampsThatDifferByLessThanAMicrosecond) {
  EXPECT_EQ(json_key_of(Value::timestamp({0, 1'000})), R"({"k":"1970-01-01T00:00:00.000001Z"})");
  EXPECT_EQ(json_key_of(Value::timestamp({0, 1'100})), R"({"k":"1970-01-01T00:00:00.000001100Z"})");
  EXPECT_EQ(plain_key_of(Value::timestamp({0, 1'001})), "1970-01-01T00:00:00.000001001Z");
  const Value items[] = {Value::timestamp({0, 1})};
  EXPECT_EQ(json_key_of(Value::list(items)), R"({"k":["1970-01-01T00:00:00.000000001Z"]})");
}

TEST(Keys, AsPlainTextNeverTakeATextForNullOrForAnotherText) {
  EXPECT_EQ(plain_key_of(Value::null()), "null");
  EXPECT_EQ(plain_key_of(Value::string("null")), "\"null\"");
  EXPECT_EQ(plain_key_of(Value::string("\"null\"")), R"("\"null\"")");
  EXPECT_EQ(plain_key_of(Value::bytes("\x9e\xe9\x65")), "\"null\"") << "base64 that spells null";
  EXPECT_EQ(plain_key_of(Value::string("a \"b\"")), "a \"b\"") << "all else is the text itself";
  EXPECT_EQ(plain_key_of(Value::string("")), "");
  EXPECT_EQ(plain_key_of(Value::small_decimal(1250, 2)), "12.5");
}

}  // namespace
}  // namespace tallymill::tests
