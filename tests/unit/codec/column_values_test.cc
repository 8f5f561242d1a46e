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
  for (const char* json : {"9223372036854775808", "1.0", "1e3", "\"1\"", "true"}) {
    EXPECT_THAT(column.read(json), StartsWith("wrong_type")) << json;
  }
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

TEST(ColumnValues, BooleansBytesUuidAndJson) {
  EXPECT_EQ(OneColumn(TypeKind::boolean).read("true"), "true");
  EXPECT_EQ(OneColumn(TypeKind::boolean).read("false"), "false");
  EXPECT_THAT(OneColumn(TypeKind::boolean).read("0"), StartsWith("wrong_type"));
  EXPECT_EQ(OneColumn(TypeKind::bytes).read("\"3q2+7w==\""), "\"3q2+7w==\"");
  EXPECT_THAT(OneColumn(TypeKind::bytes).read("\"3q2+7w=\""), StartsWith("wrong_type"));
  EXPECT_THAT(OneColumn(TypeKind::bytes).read("\"3q2+7x==\""), StartsWith("wrong_type"))
      << "bits that no byte takes";
  EXPECT_EQ(OneColumn(TypeKind::uuid).read("\"b68a35a7-17ad-35b3-af2a-000000000000\""),
            "\"b68a35a7-17ad-35b3-af2a-000000000000\"");
  EXPECT_EQ(OneColumn(TypeKind::json).read(R"("{\"a\": [1]}")"), R"("{\"a\": [1]}")") << "kept as it is";
}

TEST(ColumnValues, ListsHoldTheDeclaredElements) {
  EXPECT_EQ(OneColumn(Type::list_of(TypeKind::string)).read(R"(["a", null ,"b"])"), R"(["a",null,"b"])");
  EXPECT_EQ(OneColumn(Type::list_of(TypeKind::integer)).read("[]"), "[]");
  EXPECT_EQ(OneColumn(Type::list_of(Type::list_of(TypeKind::integer))).read("[[1,2],[],[3]]"),
            "[[1,2],[],[3]]");
  EXPECT_EQ(OneColumn(Type::list_of(TypeKind::decimal)).read(R"([{"scale":1,"value":"fQ=="},0.10])"),
            R"(["12.5","0.10"])");
  EXPECT_THAT(OneColumn(Type::list_of(TypeKind::integer)).read(R"([1,"a"])"), StartsWith("wrong_type"));
  EXPECT_THAT(OneColumn(Type::list_of(TypeKind::integer)).read("1"), StartsWith("wrong_type"));
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
