#include "processor/runtime/record_payload.h"

#include <gtest/gtest.h>

#include "ops/operator_catalog.h"
#include "processor/codec/keyed_hash.h"

namespace tallymill::processor {
namespace {

using topology::DeadLetterPayload;

/// A source whose column `cents` is called amount_cents on the wire; `id_column` declares the primary key.
class RecordPayloadTest : public testing::Test {
 protected:
  void declare(const std::string& id_column) {
    topology::Diagnostics diagnostics;
    plan_ = topology::load_topology(R"(version: 1
name: payloads
sources:
  cards:
    topic: cdc.cards
    primary_key: [id]
    columns: { id: )" + id_column + R"(, cents: { type: decimal, from: amount_cents }, at: timestamp }
pipelines:
  copy: { from: cards, to: { topic: out } }
)",
                                    "payloads.yaml", ".", ops::operator_catalog(), diagnostics)
                .plan;
    ASSERT_TRUE(plan_.has_value()) << diagnostics.to_text();
    WireFormat format;
    for (const topology::ColumnDeclaration& column : plan_->sources[0].declaration.columns)
      format.columns.push_back(
          {.name = column.name, .wire_name = column.wire_name, .type = column.type, .optional = true});
    format.row_size = plan_->sources[0].type.size();
    format.primary_key = {0};
    payload_.emplace(*plan_, plan_->sources[0], format);
  }
  void SetUp() override { declare("string"); }

  RecordPayload::Shown show(std::optional<std::string_view> key, std::optional<std::string_view> value,
                            DeadLetterPayload payload) {
    InputRecord record;
    record.key = key;
    record.value = value;
    return payload_->show(record, payload, arena_);
  }

  static constexpr std::string_view key =
      R"({"schema":{"type":"struct","fields":[{"type":"string","field":"id"}]},"payload":{"id":"c1","pan":"4111"}})";
  static constexpr std::string_view value =
      R"({"op":"u","ts_ms":9,"before":null,"after":{"id":"c1","amount_cents":"12.50",)"
      R"("at":"2026-01-01T00:00:00Z","pan":"4111"},"source":{"lsn":7,"ts_ms":8,"txId":3,"table":"cards",)"
      R"("query":"4111"}})";

  std::optional<topology::Plan> plan_;
  std::optional<RecordPayload> payload_;
  topology::Arena arena_;
};

TEST_F(RecordPayloadTest, FullIsTheDeclaredColumnsUnderTheirWireNamesAndNothingElse) {
  const auto shown = show(key, value, DeadLetterPayload::full);
  EXPECT_EQ(shown.key, R"({"id":"c1"})");
  EXPECT_EQ(
      shown.value,
      R"({"op":"u","before":null,"after":{"id":"c1","amount_cents":"12.50","at":"2026-01-01T00:00:00.000000Z"},)"
      R"("source":{"lsn":7,"ts_ms":8,"txId":3,"table":"cards"}})");
}

TEST_F(RecordPayloadTest, WhatItShowsCanBeReadAgain) {
  const auto shown = show(key, value, DeadLetterPayload::full);
  const std::string first_key(*shown.key);
  const std::string first_value(*shown.value);
  const auto again = show(first_key, first_value, DeadLetterPayload::full);
  EXPECT_EQ(again.key, first_key);
  EXPECT_EQ(again.value, first_value);
}

TEST_F(RecordPayloadTest, AValueThatIsNotKnownIsLeftOut) {
  const auto shown =
      show(key, R"({"op":"u","after":{"id":"__debezium_unavailable_value","amount_cents":"1"},"source":{}})",
           DeadLetterPayload::full);
  EXPECT_EQ(shown.value, R"({"op":"u","before":null,"after":{"amount_cents":"1"},"source":{}})");
}

TEST_F(RecordPayloadTest, RawIsTheBytesAndNoneIsNothing) {
  EXPECT_EQ(show(key, value, DeadLetterPayload::raw).key, key);
  EXPECT_EQ(show(key, "not json 4111", DeadLetterPayload::raw).value, "not json 4111");
  EXPECT_FALSE(show(std::nullopt, std::nullopt, DeadLetterPayload::raw).key);
  EXPECT_FALSE(show(key, value, DeadLetterPayload::none).key);
  EXPECT_FALSE(show(key, value, DeadLetterPayload::none).value);
  EXPECT_FALSE(show(key, value, DeadLetterPayload::keys).value);
}

TEST_F(RecordPayloadTest, BytesThatNobodyCanReadAreNotShown) {
  EXPECT_EQ(show(key, "4111 is no json", DeadLetterPayload::full).key, R"({"id":"c1"})");
  EXPECT_FALSE(show(key, "4111 is no json", DeadLetterPayload::full).value);
  EXPECT_FALSE(show(R"({"pan":"4111"})", value, DeadLetterPayload::full).key)
      << "no column of the primary key";
  EXPECT_FALSE(show(R"({"id":)", value, DeadLetterPayload::full).key);
}

TEST_F(RecordPayloadTest, ASensitivePrimaryKeyIsItsKeyedHashInEveryModeButRaw) {
  declare("{ type: string, sensitive: true }");
  const std::string hash = keyed_hash("payloads", R"({"id":"c1"})");
  EXPECT_EQ(show(key, value, DeadLetterPayload::full).key, hash);
  EXPECT_EQ(show(R"({"id":"c1"})", value, DeadLetterPayload::keys).key, hash) << "with and without a schema";
  EXPECT_NE(show(R"({"id":"c2"})", value, DeadLetterPayload::keys).key, hash);
  EXPECT_EQ(show(key, value, DeadLetterPayload::raw).key, key);
  plan_->dead_letter_hash_key = "a secret of the engine's";
  EXPECT_EQ(show(key, value, DeadLetterPayload::keys).key,
            keyed_hash("a secret of the engine's", R"({"id":"c1"})"));
}

}  // namespace
}  // namespace tallymill::processor
