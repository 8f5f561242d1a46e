#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/codec/one_column.h"

namespace tallymill::tests {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;
using topology::DecimalWire;
using topology::TypeKind;

constexpr std::string_view connect_decimal =
    R"("type":"bytes","name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"2"})";

OneColumn amount() { return OneColumn(TypeKind::decimal); }

TEST(DecimalForms, VariableScaleDecimalInAnyOrderAndWithUnknownFields) {
  EXPECT_EQ(amount().read(R"({"scale":1,"value":"fQ=="})"), "\"12.5\"");
  EXPECT_EQ(amount().read(R"({"value":"2PE=","more":[{}],"scale":2})"), "\"-99.99\"");
  EXPECT_THAT(amount().read(R"({"scale":0,"value":""})"), StartsWith("wrong_type"))
      << "Java writes a byte for zero";
  EXPECT_EQ(amount().read(R"({"scale":0,"value":"AA=="})"), "\"0\"");
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

TEST(DecimalForms, WithoutASchemaBase64IsReadOnlyWhereBothWordsAreDeclared) {
  const auto base64 = [](int scale) { return amount().wire(DecimalWire::base64).scale(scale); };
  EXPECT_EQ(base64(2).read("\"BOI=\""), "\"12.50\"");
  EXPECT_EQ(base64(2).read("\"1234\""), "\"-26588.24\"") << "that is what was declared";
  EXPECT_THAT(base64(2).read("\"12.50\""), AllOf(StartsWith("wrong_type"), HasSubstr("it is a number's text")))
      << "the next one is 1250, which base64 can be";
  EXPECT_THAT(base64(2).read("\"-1.25\""), StartsWith("wrong_type"));
  EXPECT_THAT(base64(2).read("\"100\""), AllOf(StartsWith("wrong_type"), HasSubstr("`wire: text`")));
  EXPECT_EQ(base64(0).schema("\"type\":\"string\"").read("\"1234\""), "\"1234\"") << "the schema's word wins";
  EXPECT_EQ(base64(5).schema(connect_decimal).read("\"BOI=\""), "\"12.50\"");
}

TEST(DecimalForms, DigitsAloneAreText) {
  for (const char* digits : {"1234", "1000", "100", "0", "123456789012"}) {
    const std::string json = "\"" + std::string(digits) + "\"";
    EXPECT_EQ(amount().read(json), json);
    EXPECT_EQ(amount().scale(2).read(json), json) << "a scale alone is no form";
    EXPECT_EQ(amount().wire(DecimalWire::text).read(json), json);
  }
}

TEST(DecimalForms, Base64ThatNothingTellsSaysWhatToDeclare) {
  for (const OneColumn& column : {amount(), amount().scale(2)}) {
    EXPECT_THAT(column.read("\"BOI=\""), AllOf(StartsWith("scale_unknown: column \"x\""),
                                              HasSubstr("x: {type: decimal, wire: base64, scale: 2}"),
                                              HasSubstr("decimal.handling.mode=string")));
    EXPECT_THAT(column.read("\"1E10\""), StartsWith("scale_unknown")) << "Debezium writes no exponents";
    EXPECT_THAT(column.read("\"+123\""), StartsWith("scale_unknown")) << "nor a plus, which base64 has";
    EXPECT_EQ(column.read("\"1.5E-7\""), "\"0.00000015\"");
  }
  EXPECT_THAT(amount().wire(DecimalWire::text).read("\"BOI=\""), StartsWith("wrong_type"));
  EXPECT_THAT(amount().schema("\"type\":\"bytes\"").read("\"BOI=\""), StartsWith("scale_unknown"));
  EXPECT_EQ(amount().scale(2).schema("\"type\":\"bytes\"").read("\"BOI=\""), "\"12.50\"");
}

TEST(DecimalForms, ListsTakeTheWordsOfTheirItems) {
  OneColumn column(topology::Type::list_of(TypeKind::decimal));
  EXPECT_THAT(column.read(R"(["BOI="])"), HasSubstr("x: {type: list<decimal>, wire: base64, scale: 2}"));
  EXPECT_EQ(column.wire(DecimalWire::base64).scale(2).read(R"(["BOI=",null])"), R"(["12.50",null])");
}

TEST(DecimalForms, NothingIsNoNumber) {
  for (const char* json : {"\"\"", R"({"scale":2,"value":""})"}) {
    EXPECT_THAT(amount().read(json), StartsWith("wrong_type")) << json;
    EXPECT_THAT(amount().wire(DecimalWire::base64).scale(2).read(json), StartsWith("wrong_type")) << json;
    EXPECT_THAT(amount().wire(DecimalWire::text).read(json), StartsWith("wrong_type")) << json;
  }
  EXPECT_THAT(amount().schema(connect_decimal).read("\"\""), StartsWith("wrong_type"));
}

TEST(DecimalForms, MoreThanAThousandDigitsAreRefusedBeforeTheyCostAnything) {
  const std::string nines(1000, '9');
  EXPECT_EQ(amount().read(nines), "\"" + nines + "\"");
  EXPECT_EQ(amount().read("1e999").size(), 1002u);
  EXPECT_EQ(amount().read("1e-1000").size(), 1004u);
  EXPECT_EQ(amount().read(R"({"scale":-999,"value":"AQ=="})").size(), 1002u);
  for (const std::string& json : {nines + "9", "-" + nines + "9", std::string("0.") + nines + "9",
      std::string("1e1000"), std::string("1e-1001"),
                                  std::string("1e131071"), std::string("1e-999999999999"),
                                      std::string("0e2000"),
                                  "1" + std::string(200'000, '0'),
                                      std::string(R"({"scale":-1000,"value":"AQ=="})"),
                                  std::string(R"({"scale":-131071,"value":"AQ=="})"),
                                      std::string(R"({"scale":1001,"value":"AQ=="})"),
                                  R"({"scale":0,"value":")" + std::string(4000, 'f') + "\"}"}) {
    EXPECT_THAT(amount().read(json), StartsWith("decimal_out_of_range")) << json.substr(0, 40);
  }
}

TEST(DecimalForms, NotANumberIsRefusedAsSuch) {
  for (const char* json : {"\"NaN\"", "\"Infinity\"", "\"-Infinity\"", "\"NAN\"", "\"POSITIVE_INFINITY\"",
                           "\"NEGATIVE_INFINITY\"", "\"infinity\"", "\"+Infinity\"", "\"-inf\""}) {
    EXPECT_THAT(amount().read(json), AllOf(StartsWith("decimal_not_finite"), HasSubstr("correct the row")))
        << json;
    EXPECT_THAT(amount().wire(DecimalWire::base64).scale(2).read(json), StartsWith("decimal_not_finite"))
        << json;
    EXPECT_THAT(amount().wire(DecimalWire::text).read(json), StartsWith("decimal_not_finite")) << json;
    EXPECT_THAT(amount().schema("\"type\":\"string\"").read(json), StartsWith("decimal_not_finite")) << json;
  }
}

TEST(DecimalForms, WhatIsNoNumberIsRefused) {
  for (const char* json : {"\"12,50\"", "\"\"", "\"1.\"", "\"- 1\"", "\"$5\"", "true", "[1]"}) {
    EXPECT_THAT(amount().read(json), StartsWith("wrong_type")) << json;
  }
}

}  // namespace
}  // namespace tallymill::tests
