#include "processor/codec/row_key.h"

#include <gtest/gtest.h>

#include "ops/operator_catalog.h"
#include "processor/local/record_placement.h"

namespace tallymill::processor {
namespace {

topology::Plan plan_with(std::string_view source) {
  topology::Diagnostics diagnostics;
  const std::string text = R"(version: 1
name: keys
sources:
  orders: { topic: cdc.orders, )" +
                           std::string(source) + R"( }
pipelines:
  out: { from: orders, steps: [{ aggregate: { by: [place], compute: { n: count() } } }], to: { topic: out } }
)";
  auto loaded = topology::load_topology(text, "keys.yaml", "", ops::operator_catalog(), diagnostics);
  EXPECT_TRUE(loaded.plan) << diagnostics.to_text();
  return std::move(*loaded.plan);
}

const topology::Plan& keyed_plan() {
  static const topology::Plan plan = plan_with(
      "primary_key: [id, shop], columns: { id: int, place: string, shop: { type: string, from: shop_name } "
      "}");
  return plan;
}

std::string key_of(std::string_view value) {
  const auto key = RowKeyReader(keyed_plan().sources[0]).read(value);
  return key ? key->bytes : "none";
}

TEST(RowKey, HasThePrimaryKeyByItsNamesOnTheWire) {
  const std::string_view key = R"({"id":7,"shop_name":"a"})";
  EXPECT_EQ(key_of(R"({"op":"c","before":null,"after":{"place":"x","shop_name":"a","id":7}})"), key);
  EXPECT_EQ(key_of(R"({"op":"d","before":{"id":7,"shop_name":"a","place":null},"after":null})"), key);
  EXPECT_EQ(key_of(R"({"id": 7, "place": "x", "shop_name": "a", "__deleted": "false"})"), key);
  EXPECT_EQ(key_of(R"({"id":7,"place":"x","shop_name":"\u0061"})"), key) << "one value, one text";
}

TEST(RowKey, OfAValueWithSchemaHasTheSchemasOfItsColumns) {
  const std::string row =
      R"({"type":"struct","fields":[{"type":"string","optional":true,"field":"place"},)"
      R"({"type":"string","optional":false,"field":"shop_name"},)"
      R"({"type":"int32","optional":false,"field":"id"}],"optional":true,"field":"after"})";
  const auto key = RowKeyReader(keyed_plan().sources[0])
                       .read(R"({"schema":{"type":"struct","fields":[)" + row +
                             R"(]},"payload":{"before":null,"after":{"id":7,"shop_name":"a"},"op":"r"}})");
  ASSERT_TRUE(key);
  EXPECT_EQ(key->bytes, R"({"schema":{"type":"struct","optional":false,"fields":[)"
                        R"({"type":"int32","optional":false,"field":"id"},)"
                        R"({"type":"string","optional":false,"field":"shop_name"}]},)"
                        R"("payload":{"id":7,"shop_name":"a"}})");
  EXPECT_EQ(key->identity, R"({"id":7,"shop_name":"a"})")
      << "the partition is that of a row without a schema";
}

TEST(RowKey, IsNoneWhereTheValueNamesNoRow) {
  for (const std::string_view value :
       {"", "x", "null", R"({"ts_ms":1})", R"({"op":"t","before":null,"after":null,"source":{}})",
        R"({"schema":{},"payload":null})", R"({"place":"x"})"}) {
    EXPECT_EQ(key_of(value), "none") << value;
  }
  EXPECT_FALSE(RowKeyReader(plan_with("mode: events, columns: { place: string }").sources[0])
                   .read(R"({"place":"x"})"));
}

TEST(RowKey, KnowsThatAnUpdateMovesARow) {
  const RowKeyReader reader(keyed_plan().sources[0]);
  const auto key_changed =
      reader.read(R"({"op":"u","before":{"id":1,"shop_name":"a"},"after":{"id":2,"shop_name":"a"}})");
  ASSERT_TRUE(key_changed);
  EXPECT_TRUE(key_changed->moves);
  const auto other_index =
      reader.read(R"({"op":"u","before":{"id":null,"place":"x"},"after":{"id":2,"shop_name":"a"}})");
  ASSERT_TRUE(other_index);
  EXPECT_FALSE(other_index->moves) << "a before image need not have the primary key";
}

LocalRecord record(std::string_view key, std::string_view value) {
  LocalRecord record;
  if (!key.empty()) record.key = key;
  record.value = value;
  return record;
}

TEST(RecordPlacement, GivesABareValueItsRowsKeyOnSeveralPartitions) {
  constexpr std::string_view insertion = R"({"op":"c","after":{"id":7,"shop_name":"a"},"before":null})";
  constexpr std::string_view deletion = R"({"op":"d","before":{"id":7,"shop_name":"a"},"after":null})";
  const RecordPlacement several(keyed_plan().sources[0], 64);
  LocalRecord first = record("", insertion);
  LocalRecord second = record("", deletion);
  LocalRecord keyed = record(R"({"id":7,"shop_name":"a"})", insertion);
  const auto partition = several.place(first, false, std::nullopt);
  EXPECT_EQ(first.key, R"({"id":7,"shop_name":"a"})");
  EXPECT_EQ(several.place(second, false, std::nullopt), partition);
  EXPECT_EQ(several.place(keyed, true, std::nullopt), partition);
  LocalRecord keyless = record("", insertion);
  EXPECT_EQ(several.place(keyless, true, 9).value, 9);
  EXPECT_FALSE(keyless.key) << "a key that is known to be null stays null";
  LocalRecord moving =
      record("", R"({"op":"u","before":{"id":1,"shop_name":"a"},"after":{"id":2,"shop_name":"a"}})");
  several.place(moving, false, std::nullopt);
  EXPECT_FALSE(moving.key) << "no one key names two rows";

  LocalRecord alone = record("", insertion);
  EXPECT_EQ(RecordPlacement(keyed_plan().sources[0], 1).place(alone, false, std::nullopt).value, 0);
  EXPECT_FALSE(alone.key);
}

}  // namespace
}  // namespace tallymill::processor
