#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/codec/one_column.h"

namespace tallymill::tests {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using topology::Type;
using topology::TypeKind;

TEST(ColumnValues, StringsAreReadWithTheirEscapes) {
  const OneColumn column(TypeKind::string);
  EXPECT_EQ(column.read(R"("Londón")"), R"("Londón")");
  EXPECT_EQ(column.read(R"("a\"b\\cé\u00e9😀\ud83d\ude00")"), R"("a\"b\\céé😀😀")");
  EXPECT_EQ(column.read(R"("")"), R"("")");
  EXPECT_EQ(column.read("null"), "null");
}

TEST(ColumnValues, AStringColumnTakesNothingElse) {
  const OneColumn column(TypeKind::string);
  for (const char* json : {"1", "true", "{}", "[]"})
    EXPECT_THAT(column.read(json), StartsWith("wrong_type")) << json;
}

TEST(ColumnValues, IntegersAreWholeNumbersOf64Bits) {
  const OneColumn column(TypeKind::integer);
  EXPECT_EQ(column.read("-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(column.read("9223372036854775807"), "9223372036854775807");
  EXPECT_EQ(column.read("\"9007199254740993\""), "9007199254740993")
      << "as converters for JavaScript write it";
  EXPECT_EQ(column.read("\"-9223372036854775808\""), "-9223372036854775808");
  for (const char* json : {"9223372036854775808", "1.0", "1e3", "true", "\"\"", "\"1.0\"", "\"007\"",
      "\"+1\"", "\" 1\"",
                           "\"9223372036854775808\"", "\"0x10\"", "{\"v\":1}", "[1]"}) {
    EXPECT_THAT(column.read(json), StartsWith("wrong_type")) << json;
  }
}

TEST(ColumnValues, AnIntegerIsNeverTheBase64OfADecimal) {
  OneColumn column(TypeKind::integer);
  column.schema(R"("type":"bytes","name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"0"})");
  EXPECT_THAT(column.read("\"1234\""), AllOf(StartsWith("wrong_type"),
      HasSubstr("declare the column as decimal")));
}

TEST(ColumnValues, DoublesAreNumbersOrTheThreeSpecialTexts) {
  const OneColumn column(TypeKind::floating);
  EXPECT_EQ(column.read("0.5"), "0.5");
  EXPECT_EQ(column.read("-2"), "-2");
  EXPECT_EQ(column.read("\"NaN\""), "\"NaN\"");
  EXPECT_EQ(column.read("\"-Infinity\""), "\"-Infinity\"");
  EXPECT_THAT(column.read("1e999"), StartsWith("wrong_type"));
  EXPECT_THAT(column.read("\"0.5\""), StartsWith("wrong_type"));
}

TEST(ColumnValues, BooleansAreTrueOrFalse) {
  EXPECT_EQ(OneColumn(TypeKind::boolean).read("true"), "true");
  EXPECT_EQ(OneColumn(TypeKind::boolean).read("false"), "false");
  for (const char* json : {"0", "\"true\"", "{}"}) {
    EXPECT_THAT(OneColumn(TypeKind::boolean).read(json), StartsWith("wrong_type")) << json;
  }
}

TEST(ColumnValues, BytesAreReadWhereOneReadingIsPossible) {
  const OneColumn column(TypeKind::bytes);
  EXPECT_EQ(column.read("\"3q2+7w==\""), "\"3q2+7w==\"");
  EXPECT_EQ(column.read("\"deadbe\""), "\"3q2+\"") << "six characters are no base64";
  EXPECT_EQ(column.read("\"\""), "\"\"") << "no bytes in either";
  EXPECT_THAT(column.read("\"deadbeef\""),
              AllOf(StartsWith("ambiguous_bytes"), HasSubstr("x: {type: bytes, encoding: base64}"),
                    HasSubstr("`encoding: hex`")));
  EXPECT_THAT(column.read("\"12345678\""), StartsWith("ambiguous_bytes")) << "digits alone are no less base64";
  EXPECT_THAT(column.read("\"3q2+7w=\""), StartsWith("wrong_type"));
  EXPECT_THAT(column.read("\"3q2+7x==\""), StartsWith("wrong_type")) << "bits that no byte takes";
  EXPECT_THAT(column.read("\"3q2-7w==\""), StartsWith("wrong_type")) << "the alphabet for URLs";
}

TEST(ColumnValues, BytesAreReadAsDeclaredUnlessASchemaSaysOtherwise) {
  using topology::BytesEncoding;
  EXPECT_EQ(OneColumn(TypeKind::bytes).encoding(BytesEncoding::hex).read("\"DEADbeef\""), "\"3q2+7w==\"");
  EXPECT_EQ(OneColumn(TypeKind::bytes).encoding(BytesEncoding::base64).read("\"deadbeef\""), "\"deadbeef\"");
  EXPECT_THAT(OneColumn(TypeKind::bytes).encoding(BytesEncoding::hex).read("\"3q2+7w==\""),
              AllOf(StartsWith("wrong_type"), HasSubstr("encoding: base64")));
  EXPECT_THAT(OneColumn(TypeKind::bytes).encoding(BytesEncoding::base64).read("\"deadbe\""),
              AllOf(StartsWith("wrong_type"), HasSubstr("encoding: hex")));
  EXPECT_EQ(OneColumn(TypeKind::bytes).encoding(BytesEncoding::hex).schema(R"("type":"bytes")").read("\"deadbeef\""),
            "\"deadbeef\"");
  EXPECT_EQ(OneColumn(TypeKind::bytes).encoding(BytesEncoding::hex).schema(R"("type":"string")").read("\"deadbeef\""),
            "\"3q2+7w==\"")
      << "that a text came says nothing about it";
}

TEST(ColumnValues, UuidsAreCheckedAndInLowerCase) {
  const OneColumn column(TypeKind::uuid);
  EXPECT_EQ(column.read("\"b68a35a7-17ad-35b3-af2a-000000000000\""),
      "\"b68a35a7-17ad-35b3-af2a-000000000000\"");
  EXPECT_EQ(column.read("\"B68A35a7-17AD-35b3-af2a-00000000000F\""),
      "\"b68a35a7-17ad-35b3-af2a-00000000000f\"");
  for (const char* json : {"\"x\"", "\"\"", "\"b68a35a717ad35b3af2a000000000000\"",
      "\"b68a35a7-17ad-35b3-af2a-00000000000g\"",
                           "\"{b68a35a7-17ad-35b3-af2a-000000000000}\"",
                               "\"b68a35a71-7ad-35b3-af2a-000000000000\"", "7"}) {
    EXPECT_THAT(column.read(json), StartsWith("wrong_type")) << json;
  }
}

TEST(ColumnValues, JsonKeepsTheTextOfAnyValue) {
  const OneColumn column(TypeKind::json);
  EXPECT_EQ(column.read(R"("{\"a\": [1]}")"), R"("{\"a\": [1]}")") << "as Debezium sends it";
  EXPECT_EQ(column.read(R"({"colour":"red","size":null} )"), R"("{\"colour\":\"red\",\"size\":null}")")
      << "an hstore";
  EXPECT_EQ(column.read("[1, {\"a\":[]}]"), R"("[1, {\"a\":[]}]")");
  EXPECT_EQ(column.read("1.50"), "\"1.50\"");
  EXPECT_EQ(column.read("true"), "\"true\"");
  EXPECT_EQ(column.read("null"), "null");
  EXPECT_EQ(column.read("1e999"), "\"1e999\"");
  EXPECT_EQ(column.read(R"({"a":[-1E+999,123456789012345678901234567890]})"),
            R"("{\"a\":[-1E+999,123456789012345678901234567890]}")");
  EXPECT_EQ(column.read(R"(["\ud800"])"), R"("[\"\\ud800\"]")");
  for (const char* json : {"[1e999,]", "[01]", "[--1]", "[1e999.]", "[+1]", "[1e]", R"(["\ud800\x"])", "[1e999 2]"}) {
    EXPECT_THAT(column.read(json), StartsWith("malformed_record")) << json;
  }
  EXPECT_THAT(column.read("{\"a\":nul}"), StartsWith("malformed_record"));
  EXPECT_THAT(column.read("[1,,2]"), StartsWith("malformed_record"));
  EXPECT_THAT(column.read(std::string(2000, '[') + std::string(2000, ']')), StartsWith("wrong_type"));
}

TEST(ColumnValues, ListsHoldTheDeclaredElements) {
  EXPECT_EQ(OneColumn(Type::list_of(TypeKind::string)).read(R"(["a", null ,"b"])"), R"(["a",null,"b"])");
  EXPECT_EQ(OneColumn(Type::list_of(TypeKind::integer)).read("[]"), "[]");
  EXPECT_EQ(OneColumn(Type::list_of(Type::list_of(TypeKind::integer))).read("[[1,2],[],[3]]"),
            "[[1,2],[],[3]]");
  EXPECT_EQ(OneColumn(Type::list_of(TypeKind::decimal)).read(R"([{"scale":1,"value":"fQ=="},0.10])"),
            R"(["12.5","0.10"])");
  EXPECT_THAT(OneColumn(Type::list_of(TypeKind::integer)).read("1"), StartsWith("wrong_type"));
}

TEST(ColumnValues, AListIsRefusedForAnItemThatIsNamed) {
  const OneColumn column(Type::list_of(TypeKind::integer));
  EXPECT_THAT(column.read(R"([1,"a"])"),
              StartsWith("wrong_type: column \"x\" is declared list<int> and its item 2 came as the string \"a\""));
  EXPECT_THAT(column.read(R"([1,[2]])"), HasSubstr("its item 2 came as an array"));
  EXPECT_THAT(OneColumn(Type::list_of(Type::list_of(TypeKind::integer))).read(R"([[1,2],[],[3,4.5]])"),
              HasSubstr("its item 2 of item 3 came as the number 4.5"));
  EXPECT_THAT(OneColumn(Type::list_of(TypeKind::string)).read(R"(["a",null,"\ud800"])"),
              AllOf(HasSubstr("its item 3 came as"), HasSubstr("half a character")));
  EXPECT_THAT(OneColumn(Type::list_of(TypeKind::integer)).sensitive().read(R"(["secret"])"),
              AllOf(HasSubstr("its item 1 came as"), testing::Not(HasSubstr("secret"))));
}

TEST(ColumnValues, TheItemsOfAListAreInTheUnitOfTheSchema) {
  OneColumn column(Type::list_of(TypeKind::timestamp));
  column.schema(R"("type":"array","items":{"type":"int64","name":"io.debezium.time.Timestamp"})");
  EXPECT_EQ(column.read("[1000]"), R"(["1970-01-01T00:00:01.000000Z"])");
}

TEST(ColumnValues, ThePlaceholderIsKnownInAllItsForms) {
  constexpr std::string_view text = "\"__debezium_unavailable_value\"";
  constexpr std::string_view base64 = "\"X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==\"";
  constexpr std::string_view hex = "\"5F5f646562657a69756d5f756e617661696c61626c655f76616c7565\"";
  for (const TypeKind kind : {TypeKind::string, TypeKind::json, TypeKind::decimal, TypeKind::bytes,
                              TypeKind::integer, TypeKind::timestamp, TypeKind::uuid}) {
    EXPECT_EQ(OneColumn(kind).read(text), "unavailable") << Type(kind).text();
  }
  EXPECT_EQ(OneColumn(TypeKind::bytes).read(base64), "unavailable");
  EXPECT_EQ(OneColumn(TypeKind::bytes).read(hex), "unavailable");
  EXPECT_EQ(OneColumn(TypeKind::decimal).read(R"({"scale":0,"value":)" + std::string(base64) + "}"),
            "unavailable");
  EXPECT_EQ(OneColumn(Type::list_of(TypeKind::string)).read("[" + std::string(text) + "]"), "unavailable");
  EXPECT_EQ(OneColumn(Type::list_of(TypeKind::uuid)).read(R"(["b68a35a7-17ad-35b3-af2a-ae46edb4545a"])"),
            "unavailable");
  std::string codes;
  for (const char c : std::string_view("__debezium_unavailable_value")) codes += std::to_string(int{c}) + ",";
  codes.pop_back();
  EXPECT_EQ(OneColumn(Type::list_of(TypeKind::integer)).read("[" + codes + "]"), "unavailable");
}

TEST(ColumnValues, ThePlaceholderOfTheConnectorsSettingIsKnownWhereItMayStand) {
  constexpr std::string_view own = "__toasted__";
  const auto read = [&](topology::Type type, std::string_view json) {
    return OneColumn(std::move(type)).placeholder(own).read(json);
  };
  for (const TypeKind kind : {TypeKind::string, TypeKind::json, TypeKind::decimal, TypeKind::bytes,
                              TypeKind::integer, TypeKind::timestamp, TypeKind::uuid, TypeKind::duration}) {
    EXPECT_EQ(read(kind, "\"__toasted__\""), "unavailable") << Type(kind).text();
    EXPECT_EQ(read(kind, "\"__debezium_unavailable_value\""), "unavailable") << "of before the setting";
  }
  EXPECT_EQ(read(TypeKind::bytes, "\"X190b2FzdGVkX18=\""), "unavailable");
  EXPECT_EQ(read(TypeKind::bytes, "\"5f5f746f61737465645f5f\""), "unavailable");
  EXPECT_EQ(read(TypeKind::decimal, R"({"scale":0,"value":"X190b2FzdGVkX18="})"), "unavailable");
  EXPECT_EQ(read(Type::list_of(TypeKind::string), R"(["__toasted__"])"), "unavailable");
  EXPECT_EQ(read(Type::list_of(TypeKind::uuid), R"(["c04e9c05-54d7-3edc-996a-1ce7bc7fc20c"])"),
      "unavailable");
  EXPECT_EQ(read(Type::list_of(TypeKind::integer), "[95,95,116,111,97,115,116,101,100,95,95]"),
      "unavailable");
  EXPECT_EQ(read(TypeKind::string, "\"5f5f746f61737465645f5f\""), "\"5f5f746f61737465645f5f\"")
      << "its digits are a text like another";
  EXPECT_EQ(OneColumn(TypeKind::string).placeholder("hex:5F5f746f61737465645f5f").read("\"__toasted__\""),
      "unavailable");
}

TEST(ColumnValues, ATextThatLooksLikeAPlaceholderIsSuspectedUntilOneIsDeclared) {
  const OneColumn column(TypeKind::string);
  for (const char* json : {"\"__toasted__\"", "\"__UNAVAILABLE\"", "\"__unchanged_toast_datum\""}) {
    EXPECT_THAT(column.read(json), AllOf(StartsWith("unavailable_value"),
        HasSubstr("`unavailable_value`"))) << json;
  }
  EXPECT_EQ(column.read("\"__init__\""), "\"__init__\"");
  EXPECT_EQ(column.read("\"toasted bread\""), "\"toasted bread\"");
  EXPECT_EQ(OneColumn(TypeKind::string).placeholder("<none>").read("\"__toasted__\""), "\"__toasted__\"");
}

TEST(ColumnErrors, AUnionOfAvroIsNamed) {
  EXPECT_THAT(OneColumn(TypeKind::string).read(R"({"string":"ann"})"), StartsWith("foreign_envelope"));
  EXPECT_THAT(OneColumn(TypeKind::decimal).read(R"({"bytes":"BOI="})"), StartsWith("foreign_envelope"));
  EXPECT_THAT(OneColumn(TypeKind::string).read(R"({"name":"ann"})"), StartsWith("wrong_type"));
}

TEST(ColumnErrors, NameTheColumnAndWhatCame) {
  EXPECT_THAT(OneColumn(TypeKind::integer).read("\"twelve\""),
              AllOf(StartsWith("wrong_type: column \"x\" is declared int and came as the string \"twelve\""),
                    HasSubstr("(declare the column with the type that the connector sends")));
}

TEST(ColumnErrors, CutLongValuesBetweenCharacters) {
  const std::string message = OneColumn(TypeKind::integer).read("\"" + std::string(38, 'a') + "éééé" + "\"");
  EXPECT_THAT(message, HasSubstr("the string \"" + std::string(38, 'a') + "..."));
}

TEST(ColumnErrors, HideTheValueOfASensitiveColumn) {
  EXPECT_THAT(OneColumn(TypeKind::decimal).sensitive().read("\"4111 1111\""),
              AllOf(HasSubstr("hidden: the column is sensitive"), Not(HasSubstr("4111"))));
  EXPECT_THAT(OneColumn(TypeKind::integer).sensitive().read("41111111.5"), Not(HasSubstr("4111")));
}

}  // namespace
}  // namespace tallymill::tests
