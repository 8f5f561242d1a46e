#include "topology/data/row.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "topology/data/envelope.h"

namespace tallymill::topology {
namespace {

RowType row_type(const std::vector<std::string>& names) {
  RowType type;
  for (const std::string& name : names) type.columns.push_back({.name = name});
  return type;
}

TEST(TypeTest, EveryColumnTypeIsReadAsItPrints) {
  for (const char* text : {"string", "int", "decimal", "double", "bool", "date", "time", "timestamp",
                           "duration", "bytes", "uuid", "json", "list<string>", "list<list<decimal>>"}) {
    const auto type = parse_type(text);
    ASSERT_TRUE(type.has_value()) << text;
    EXPECT_EQ(type->text(), text);
  }
}

TEST(TypeTest, ReadsNothingThatIsNoColumnType) {
  for (const char* text : {"", "text", "String", "dyn", "null", "uint", "map<string, int>", "list", "list<",
                           "list<>", "list<dyn>", "list<int", "int>", " int", "list< int>"}) {
    EXPECT_FALSE(parse_type(text).has_value()) << text;
  }
}

TEST(TypeTest, DeepNestingIsRefusedAndNotFollowed) {
  std::string text = "int";
  for (int i = 0; i < 100'000; ++i) text = "list<" + text;
  text.append(100'000, '>');
  EXPECT_FALSE(parse_type(text).has_value());
}

TEST(TypeTest, PrintsTypesThatOnlyExpressionsHave) {
  EXPECT_EQ(Type().text(), "dyn");
  EXPECT_EQ(Type(TypeKind::unsigned_integer).text(), "uint");
  EXPECT_EQ(Type::map_of(TypeKind::string, Type::list_of(TypeKind::integer)).text(),
            "map<string, list<int>>");
  EXPECT_EQ(Type(TypeKind::list).text(), "list<dyn>");
}

TEST(TypeTest, EqualsByStructure) {
  EXPECT_EQ(Type::list_of(TypeKind::integer), Type::list_of(TypeKind::integer));
  EXPECT_NE(Type::list_of(TypeKind::integer), Type::list_of(TypeKind::string));
  EXPECT_NE(Type(TypeKind::string), Type(TypeKind::uuid));
  EXPECT_EQ(Type(TypeKind::list), Type::list_of(TypeKind::dynamic));
  EXPECT_NE(Type::map_of(TypeKind::string, TypeKind::integer),
            Type::map_of(TypeKind::integer, TypeKind::integer));
}

TEST(TypeTest, UuidAndJsonHoldStrings) {
  EXPECT_EQ(value_kind_of(TypeKind::uuid), ValueKind::string);
  EXPECT_EQ(value_kind_of(TypeKind::json), ValueKind::string);
  EXPECT_EQ(value_kind_of(TypeKind::decimal), ValueKind::decimal);
  EXPECT_EQ(value_kind_of(TypeKind::list), ValueKind::list);
}

TEST(RowTypeTest, FindsAColumnByItsExactName) {
  const RowType type = row_type({"user_id", "amount"});
  EXPECT_EQ(type.find("amount"), 1u);
  EXPECT_EQ(type.find("Amount"), std::nullopt);
}

TEST(NearestNameTest, CaseIsIgnoredFirst) {
  EXPECT_EQ(row_type({"affiliate_i", "affiliateid"}).nearest("affiliateId"), "affiliateid");
}

TEST(NearestNameTest, TwoLettersMayDiffer) {
  const RowType type = row_type({"merchant_name", "amount"});
  EXPECT_EQ(type.nearest("amuont"), "amount");
  EXPECT_EQ(type.nearest("merchant_nam"), "merchant_name");
  EXPECT_EQ(type.nearest("mrchant_nme"), "merchant_name");
  EXPECT_EQ(type.nearest("mrchnt_nme"), "");
}

TEST(NearestNameTest, HalfOfANameIsAnotherName) {
  EXPECT_EQ(row_type({"to"}).nearest("by"), "");
  EXPECT_EQ(row_type({"city"}).nearest("ciyt"), "");
  EXPECT_EQ(row_type({"city"}).nearest("cit"), "city");
  EXPECT_EQ(row_type({"a"}).nearest(""), "");
}

TEST(NearestNameTest, OfEquallyNearNamesTheFirst) {
  const std::vector<std::string> names{"amounts", "amountx"};
  EXPECT_EQ(nearest_name("amount", names), "amounts");
}

TEST(NearestNameTest, HostileLengthsAreNotCompared) {
  const std::vector<std::string> names{std::string(1'000'000, 'a')};
  EXPECT_EQ(nearest_name(std::string(1'000'000, 'b'), names), "");
}

TEST(EnvelopeTest, OperationsAreNamedAsDebeziumWritesThem) {
  EXPECT_EQ(wire_name_of(ChangeOperation::create), "c");
  EXPECT_EQ(wire_name_of(ChangeOperation::update), "u");
  EXPECT_EQ(wire_name_of(ChangeOperation::remove), "d");
  EXPECT_EQ(wire_name_of(ChangeOperation::read), "r");
  EXPECT_EQ(wire_name_of(ChangeOperation::truncate), "t");
  EXPECT_EQ(wire_name_of(ChangeOperation::tombstone), "");
  EXPECT_EQ(wire_name_of(ChangeOperation::ignored), "");
}

}  // namespace
}  // namespace tallymill::topology
