#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/codec/one_column.h"

namespace tallymill::tests {
namespace {

using processor::DebeziumDecoder;
using processor::WireFormat;
using testing::HasSubstr;
using testing::StartsWith;
using topology::Arena;
using topology::TypeKind;

WireFormat keyed_format() {
  WireFormat format;
  format.columns = {{"amount", "amount", TypeKind::decimal, true, false, {}},
                    {"id", "id", TypeKind::integer, true, false, {}},
                    {"shop", "Shop", TypeKind::string, true, false, {}}};
  format.row_size = 3;
  format.primary_key = {2, 1};
  return format;
}

std::string key_of(std::optional<std::string_view> key) {
  DebeziumDecoder decoder(keyed_format());
  Arena arena;
  return text_of(decoder.decode(key, std::nullopt, arena));
}

TEST(Keys, AreReadInTheOrderOfThePrimaryKey) {
  EXPECT_EQ(key_of(R"({"id":7,"Shop":"acme"})"), R"(tombstone key="acme"|7)");
  EXPECT_EQ(key_of(R"({"schema":{"type":"struct"},"payload":{"id":7,"more":1,"Shop":null}})"),
            "tombstone key=null|7");
}

TEST(Keys, ThatDoNotHoldThePrimaryKeyAreAbsent) {
  for (const char* key : {R"({"id":7})", R"({"serverName":"cdc"})", "{}", "Struct{id=7}", "7", "", "null",
                          R"({"schema":{"type":"int32"},"payload":7})"}) {
    EXPECT_EQ(key_of(key), "tombstone") << key;
  }
  EXPECT_EQ(key_of(std::nullopt), "tombstone");
}

TEST(Keys, ThatAreBrokenOrOfAnotherTypeAreRefused) {
  EXPECT_THAT(key_of(R"({"id":7,"Shop":"ac)"), StartsWith("malformed_record: the Kafka key"));
  EXPECT_THAT(key_of(R"({"id":"7","Shop":"acme"})"),
              StartsWith("wrong_type: in the Kafka key, column \"id\""));
}

TEST(Keys, AreNotLookedAtWhereNoneIsDeclared) {
  WireFormat format = keyed_format();
  format.primary_key.clear();
  DebeziumDecoder decoder(format);
  Arena arena;
  EXPECT_EQ(text_of(decoder.decode("{broken", std::nullopt, arena)), "tombstone");
}

TEST(Keys, TruncatesHaveNone) {
  DebeziumDecoder decoder(keyed_format());
  Arena arena;
  EXPECT_EQ(text_of(decoder.decode(std::nullopt, envelope("t", "null", "null"), arena)), "t");
}

constexpr std::string_view decimal_schema =
    R"({"type":"struct","fields":[{"type":"struct","fields":[{"type":"bytes","optional":false,)"
    R"("name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"SCALE"},"field":"amount"}],)"
    R"("field":"after"}]})";

std::string with_schema(std::string_view scale, std::string_view payload) {
  std::string schema(decimal_schema);
  schema.replace(schema.find("SCALE"), 5, scale);
  return "{\"schema\":" + schema + ",\"payload\":" + std::string(payload) + "}";
}

class SchemaPrefixes : public testing::Test {
 protected:
  std::string read(const std::string& value) {
    const auto change = decoder_.decode(std::nullopt, value, arena_);
    return change.ok() ? text_of((*change->after)[0]) : text_of(change);
  }

  const std::string payload_ = envelope("c", "null", R"({"amount":"BOI="})");
  DebeziumDecoder decoder_{keyed_format()};
  Arena arena_;
};

TEST_F(SchemaPrefixes, AreParsedOnce) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(read(with_schema("2", payload_)), "\"12.50\"");
  EXPECT_EQ(decoder_.statistics().schema_prefix_misses, 1u);
  EXPECT_EQ(decoder_.statistics().schema_prefix_hits, 4u);
}

TEST_F(SchemaPrefixes, SeveralAreRememberedAndNeverMixedUp) {
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(read(with_schema("2", payload_)), "\"12.50\"");
    EXPECT_EQ(read(with_schema("1", payload_)), "\"125.0\"");
    EXPECT_THAT(read(payload_), StartsWith("scale_unknown")) << "no schema, and none is remembered for it";
  }
  EXPECT_EQ(decoder_.statistics().schema_prefix_misses, 2u);
}

TEST_F(SchemaPrefixes, MoreThanAreRememberedAreStillRead) {
  for (int round = 0; round < 2; ++round) {
    for (int scale = 0; scale < 20; ++scale) {
      std::string record = with_schema(std::to_string(scale), envelope("c", "null", R"({"amount":"AQ=="})"));
      const std::string expected =
          scale == 0 ? "\"1\"" : "\"0." + std::string(static_cast<std::size_t>(scale - 1), '0') + "1\"";
      EXPECT_EQ(read(record), expected);
    }
  }
  EXPECT_EQ(decoder_.statistics().schema_prefix_misses, 40u);
}

TEST_F(SchemaPrefixes, ARecordThatIsNotCompactIsReadToo) {
  std::string record = with_schema("2", payload_);
  record.insert(1, " ");
  EXPECT_EQ(read(record), "\"12.50\"");
  EXPECT_EQ(read(with_schema("2", payload_) + "\n"), "\"12.50\"");
}

TEST_F(SchemaPrefixes, AKnownPrefixWithARestThatIsNoPayloadIsNoWrapper) {
  ASSERT_EQ(read(with_schema("2", payload_)), "\"12.50\"");
  std::string three_fields = with_schema("2", payload_);
  three_fields.insert(three_fields.size() - 1, ",\"amount\":\"1.5\"");
  EXPECT_EQ(read(three_fields), "\"1.5\"") << "a flattened row with columns named schema and payload";
  EXPECT_THAT(read(with_schema("2", payload_) + "}"), StartsWith("malformed_record"));
  EXPECT_THAT(read(with_schema("2", "")), StartsWith("malformed_record"));
  EXPECT_THAT(read(with_schema("2", "7")), StartsWith("malformed_record"));
}

TEST_F(SchemaPrefixes, ABrokenSchemaIsRefused) {
  EXPECT_THAT(read("{\"schema\":{\"type\":struct},\"payload\":" + payload_ + "}"),
              HasSubstr("its schema is broken JSON"));
}

}  // namespace
}  // namespace tallymill::tests
