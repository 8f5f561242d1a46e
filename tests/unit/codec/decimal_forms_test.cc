#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/codec/one_column.h"

namespace tallymill::tests {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;
using topology::TypeKind;

constexpr std::string_view connect_decimal =
    R"("type":"bytes","name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"2"})";

OneColumn amount() { return OneColumn(TypeKind::decimal); }

TEST(DecimalForms, VariableScaleDecimalInAnyOrderAndWithUnknownFields) {
  EXPECT_EQ(amount().read(R"({"scale":1,"value":"fQ=="})"), "\"12.5\"");
  EXPECT_EQ(amount().read(R"({"value":"2PE=","more":[{}],"scale":2})"), "\"-99.99\"");
  EXPECT_EQ(amount().read(R"({"scale":0,"value":""})"), "\"0\"") << "no bytes are zero";
  EXPECT_EQ(amount().read(R"({"scale":-3,"value":"fQ=="})"), "\"125000\"");
}

TEST(DecimalForms, ABrokenVariableScaleDecimalIsRefused) {
  for (const char* json : {R"({"scale":1})", R"({"value":"fQ=="})", R"({"scale":"1","value":"fQ=="})",
                           R"({"scale":1,"value":125})", R"({"scale":99999999999,"value":"fQ=="})", "{}"}) {
    EXPECT_THAT(amount().read(json), StartsWith("wrong_type")) << json;
  }
  EXPECT_THAT(amount().read(R"({"scale":20000,"value":"fQ=="})"), StartsWith("decimal_out_of_range"));
}

TEST(DecimalForms, CoefficientsBeyond64And128Bits) {
  EXPECT_EQ(amount().read(R"({"scale":2,"value":"f////////////////////w=="})"),
            "\"1701411834604692317316873037158841057.27\"");
  EXPECT_EQ(amount().read(R"({"scale":2,"value":"/4AAAAAAAAAAAAAAAAAAAAA="})"),
            "\"-1701411834604692317316873037158841057.28\"");
  EXPECT_EQ(amount().read(R"({"scale":2,"value":"AIAAAAAAAAAAAAAAAAAAAAA="})"),
            "\"1701411834604692317316873037158841057.28\"");
  EXPECT_EQ(amount().read(R"({"scale":2,"value":"4pzWDjyjW0BURgqfAAAAAAA="})"),
            "\"-100000000000000000000000000000000000000.00\"");
  EXPECT_EQ(amount().read("\"123456789012345678901234567890123456789012345678901234567890.12\""),
            "\"123456789012345678901234567890123456789012345678901234567890.12\"");
  EXPECT_EQ(amount().read("99999999999999999999"), "\"99999999999999999999\"");
  EXPECT_EQ(amount().read("12345678901234567890.5"), "\"12345678901234567890.5\"");
}

TEST(DecimalForms, JsonNumbersAreReadByTheirTextNeverThroughADouble) {
  EXPECT_EQ(amount().read("0.1"), "\"0.1\"");
  EXPECT_EQ(amount().read("12.50"), "\"12.50\"");
  EXPECT_EQ(amount().read("-0.10"), "\"-0.10\"");
  EXPECT_EQ(amount().read("100"), "\"100\"");
  EXPECT_EQ(amount().read("1.0E7"), "\"10000000\"");
  EXPECT_EQ(amount().read("0.1000000000000000055511151231257827"),
            "\"0.1000000000000000055511151231257827\"");
}

TEST(DecimalForms, TextKeepsItsScale) {
  EXPECT_EQ(amount().read("\"12.50\""), "\"12.50\"");
  EXPECT_EQ(amount().read("\"61\""), "\"61\"");
  EXPECT_EQ(amount().schema("\"type\":\"string\"").read("\"1234\""), "\"1234\"");
}

TEST(DecimalForms, TheScaleOfBase64IsTheSchemas) {
  EXPECT_EQ(amount().schema(connect_decimal).read("\"BOI=\""), "\"12.50\"");
  EXPECT_EQ(amount().schema(connect_decimal).read("\"1234\"").substr(0, 2), "\"-")
      << "the schema says base64";
  EXPECT_EQ(amount().schema(connect_decimal).scale(5).read("\"BOI=\""), "\"12.50\"");
  EXPECT_EQ(amount().schema(connect_decimal).read("12.50"), "\"12.50\"") << "decimal.format=NUMERIC";
}

TEST(DecimalForms, WithoutASchemaTheDeclaredScaleCounts) {
  EXPECT_EQ(amount().scale(2).read("\"BOI=\""), "\"12.50\"");
  EXPECT_EQ(amount().scale(2).read("\"12.50\""), "\"12.50\"") << "no base64 has a point";
  EXPECT_EQ(amount().scale(2).read("\"-1.25\""), "\"-1.25\"");
}

TEST(DecimalForms, DigitsAloneAreBase64WhereAScaleIsDeclaredAndTextWhereNot) {
  EXPECT_EQ(amount().read("\"1234\""), "\"1234\"");
  EXPECT_EQ(amount().scale(2).read("\"1234\""), "\"-26588.24\"");
}

TEST(DecimalForms, Base64WithoutAnyScaleSaysWhatToDeclare) {
  EXPECT_THAT(amount().read("\"BOI=\""),
              AllOf(StartsWith("scale_unknown: column \"x\""), HasSubstr("x: {type: decimal, scale: 2}")));
  EXPECT_THAT(amount().read("\"1E10\""), StartsWith("scale_unknown")) << "Debezium writes no exponents";
  EXPECT_THAT(amount().schema("\"type\":\"bytes\"").read("\"BOI=\""), StartsWith("scale_unknown"));
}

TEST(DecimalForms, NotANumberIsRefusedAsSuch) {
  for (const char* json : {"\"NaN\"", "\"Infinity\"", "\"-Infinity\""}) {
    EXPECT_THAT(amount().read(json), StartsWith("decimal_not_finite")) << json;
    EXPECT_THAT(amount().scale(2).read(json), StartsWith("decimal_not_finite")) << json;
  }
}

TEST(DecimalForms, WhatIsNoNumberIsRefused) {
  for (const char* json : {"\"12,50\"", "\"\"", "\"1.\"", "\"- 1\"", "\"$5\"", "true", "[1]"}) {
    EXPECT_THAT(amount().read(json), StartsWith("wrong_type")) << json;
  }
}

}  // namespace
}  // namespace tallymill::tests
