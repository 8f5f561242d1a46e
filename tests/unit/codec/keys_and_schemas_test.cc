#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/codec/one_column.h"

namespace tallymill::tests {
namespace {

using processor::DebeziumDecoder;
using processor::WireFormat;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;
using topology::Arena;
using topology::RecordKey;
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

std::string key_of(const WireFormat& format, std::optional<std::string_view> key) {
  DebeziumDecoder decoder(format);
  Arena arena;
  const auto change = decoder.decode(key, std::nullopt, arena);
  if (!change.ok()) return text_of(change);
  std::string text = change->error ? text_of(*change->error) + " " : "";
  switch (change->key.form) {
    case RecordKey::Form::absent:
      text += "absent";
      break;
    case RecordKey::Form::identity:
      text += "identity ";
      break;
    case RecordKey::Form::exceeds:
      text += "exceeds ";
      break;
    case RecordKey::Form::lacks:
      text += "lacks ";
      break;
    case RecordKey::Form::opaque:
      text += "opaque";
      break;
  }
  text += text_of(change->key.values);
  return change->key.canonical ? text : text + " not canonical";
}

std::string key_of(std::optional<std::string_view> key) { return key_of(keyed_format(), key); }

/// Of a table whose primary key is one column.
std::string scalar_of(TypeKind kind, std::string_view key) {
  return key_of({{{"id", "id", kind, false, false, {}}}, 1, {0}}, key);
}

TEST(Keys, AreReadInTheOrderOfThePrimaryKey) {
  EXPECT_EQ(key_of(R"({"id":7,"Shop":"acme"})"), R"(identity "acme"|7)");
  EXPECT_EQ(key_of(R"({"schema":{"type":"struct"},"payload":{"id":7,"Shop":null}})"), "identity null|7");
  EXPECT_EQ(key_of(std::nullopt), "absent");
}

TEST(Keys, SayWhetherTheyHoldMoreOrLessThanThePrimaryKey) {
  EXPECT_EQ(key_of(R"({"id":7,"more":1,"Shop":"acme"})"), R"(exceeds "acme"|7)");
  EXPECT_EQ(key_of(R"({"schema":{"type":"struct"},"payload":{"id":7,"more":1,"Shop":"acme"}})"),
      R"(exceeds "acme"|7)");
  EXPECT_EQ(key_of(R"({"id":7})"), "lacks absent|7");
  EXPECT_EQ(key_of(R"({"user":7,"id":7})"), "lacks absent|7");
  EXPECT_EQ(key_of(R"({"serverName":"cdc"})"), "lacks absent|absent");
  EXPECT_EQ(key_of("{}"), "lacks absent|absent");
}

TEST(Keys, ThatAreNoObjectsSayNothingOfSeveralColumns) {
  for (const char* key : {"7", "", "\"acme\"", "acme", "[7]", R"({"schema":{"type":"int32"},"payload":7})"}) {
    EXPECT_EQ(key_of(key), "opaque") << key;
  }
}

TEST(Keys, ThatAreBrokenOrOfAnotherTypeAreRefused) {
  EXPECT_THAT(key_of(R"({"id":7,"Shop":"ac)"), AllOf(StartsWith("malformed_record: the Kafka key"),
      EndsWith("opaque")));
  EXPECT_THAT(key_of(R"({"id":"seven","Shop":"acme"})"),
              AllOf(StartsWith("wrong_type: in the Kafka key, column \"id\""), EndsWith("opaque")));
}

TEST(Keys, OfOneColumnMayBeScalars) {
  EXPECT_EQ(scalar_of(TypeKind::integer, "7"), "identity 7");
  EXPECT_EQ(scalar_of(TypeKind::integer, " -7\n"), "identity -7");
  EXPECT_EQ(scalar_of(TypeKind::integer, "\"9007199254740993\""), "identity 9007199254740993");
  EXPECT_EQ(scalar_of(TypeKind::integer, R"({"schema":{"type":"int32","optional":false},"payload":7})"),
      "identity 7");
  EXPECT_EQ(scalar_of(TypeKind::string, "\"a\\u0062c\""), R"(identity "abc")");
  EXPECT_EQ(scalar_of(TypeKind::string, "abc"), R"(identity "abc")") << "StringConverter's";
  EXPECT_EQ(scalar_of(TypeKind::string, "id1 "), R"(identity "id1 ")") << "of a CHAR column";
  EXPECT_EQ(scalar_of(TypeKind::string, "7"), R"(identity "7")");
  EXPECT_EQ(scalar_of(TypeKind::string, R"({"schema":{"type":"string"},"payload":"abc"})"),
      R"(identity "abc")");
  EXPECT_EQ(scalar_of(TypeKind::uuid, "b68a35a7-17ad-35b3-af2a-000000000000"),
            R"(identity "b68a35a7-17ad-35b3-af2a-000000000000")");
  EXPECT_EQ(scalar_of(TypeKind::decimal, "12.5"), R"(identity "12.5")");
  EXPECT_EQ(scalar_of(TypeKind::boolean, "true"), "identity true");
  EXPECT_EQ(scalar_of(TypeKind::timestamp, "2026-01-01T00:00:00Z"),
      R"(identity "2026-01-01T00:00:00.000000Z")");
}

TEST(Keys, ScalarsThatCannotBeTheColumnAreOpaque) {
  for (const char* key : {"abc", "1.5", "true", "", "\"", "7 8", "\"7\"x", "[7]", "9223372036854775808"}) {
    EXPECT_EQ(scalar_of(TypeKind::integer, key), "opaque") << key;
  }
  EXPECT_EQ(scalar_of(TypeKind::string, ""), "opaque");
  EXPECT_EQ(scalar_of(TypeKind::string, "\"abc"), "opaque") << "a broken JSON text";
  EXPECT_EQ(scalar_of(TypeKind::string, "null"), "absent");
  EXPECT_EQ(scalar_of(TypeKind::string, R"({"schema":{"type":"int32"},"payload":7})"), "opaque");
  EXPECT_EQ(scalar_of(TypeKind::timestamp, "1767225605000"), "opaque") << "its unit is not known";
}

TEST(Keys, OfStringConverterAreReadWhereTheyHaveOneReading) {
  EXPECT_EQ(scalar_of(TypeKind::integer, "Struct{id=7}"), "identity 7");
  EXPECT_EQ(scalar_of(TypeKind::string, "Struct{id=a=b}"), R"(identity "a=b")");
  EXPECT_EQ(scalar_of(TypeKind::integer, "Struct{id=7,shop=acme}"), "exceeds 7");
  EXPECT_EQ(scalar_of(TypeKind::integer, "Struct{shop=acme}"), "lacks absent");
  EXPECT_EQ(key_of("Struct{Shop=acme,id=7}"), R"(identity "acme"|7)");
  EXPECT_EQ(scalar_of(TypeKind::string, "Struct{id=7,shop=acme}"), "opaque") << "may be the one text";
  for (const char* key : {"Struct{id=seven}", "Struct{id=7", "Struct{id=7,8}", "Struct{id=7,}",
      "Struct{id=7,id=8}",
                          "Struct{inner=Struct{id=7}}", "Struct{=7}"}) {
    EXPECT_EQ(scalar_of(TypeKind::integer, key), "opaque") << key;
  }
}

TEST(Keys, HaveNoColumnsFromMetadata) {
  WireFormat format = keyed_format();
  format.columns[2].from_metadata = true;
  EXPECT_EQ(key_of(format, R"({"id":7})"), "identity absent|7");
  EXPECT_EQ(key_of(format, "7"), "identity absent|7");
  EXPECT_EQ(key_of(format, R"({"id":7,"Shop":"acme"})"), "exceeds absent|7");
}

TEST(Keys, OfDecimalsAreCanonicalWhereTheNumberHasOneText) {
  EXPECT_EQ(scalar_of(TypeKind::decimal, R"({"id":"12.5"})"), R"(identity "12.5")");
  EXPECT_EQ(scalar_of(TypeKind::decimal, R"({"id":"100"})"), R"(identity "100")");
  EXPECT_EQ(scalar_of(TypeKind::decimal, R"({"id":"12.50"})"), R"(identity "12.50" not canonical)");
  EXPECT_EQ(scalar_of(TypeKind::decimal, R"({"id":{"scale":1,"value":"Cg=="}})"),
      R"(identity "1.0" not canonical)");
  EXPECT_EQ(scalar_of(TypeKind::decimal, "1.0"), R"(identity "1.0" not canonical)");
  EXPECT_EQ(scalar_of(TypeKind::decimal,
                      R"({"schema":{"type":"struct","fields":[{"type":"bytes","field":"id",)"
                      R"("name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"2"}}]},)"
                      R"("payload":{"id":"ZA=="}})"),
            R"(identity "1.00")")
      << "of a fixed scale";
}

TEST(Keys, MayHoldAColumnOfThePrimaryKeyThatTheRowLacks) {
  WireFormat format = keyed_format();
  for (auto& column : format.columns) column.optional = false;
  DebeziumDecoder decoder(format);
  Arena arena;
  const std::string value = envelope("c", "null", R"({"id":7,"amount":"1"})");
  EXPECT_EQ(text_of(decoder.decode(R"({"id":7,"Shop":"acme"})", value, arena)),
      R"(c after="1"|7|absent key="acme"|7)");
  EXPECT_THAT(text_of(decoder.decode(R"({"id":7})", value, arena)),
      StartsWith("missing_column: column \"shop\""));
  EXPECT_THAT(text_of(decoder.decode(std::nullopt, value, arena)),
      StartsWith("missing_column: column \"shop\""));
}

TEST(Keys, TellWhoseRowAnUnreadableValueIsOf) {
  DebeziumDecoder decoder({{{"id", "id", TypeKind::integer, false, false, {}}}, 1, {0}});
  Arena arena;
  for (const char* value : {"{broken", "", R"({"specversion":"1.0","id":"a","source":"b","type":"c"})"}) {
    const auto change = decoder.decode(R"({"id":7})", value, arena);
    ASSERT_TRUE(change.ok()) << value;
    EXPECT_EQ(change->operation, topology::ChangeOperation::unknown);
    ASSERT_NE(change->error, nullptr);
    EXPECT_EQ(change->key.values[0].as_integer(), 7);
    EXPECT_FALSE(change->after || change->before);
    EXPECT_FALSE(decoder.decode(R"({"user":7})", value, arena).ok());
    EXPECT_FALSE(decoder.decode(std::nullopt, value, arena).ok());
  }
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
    return change.ok() && !change->error ? text_of((*change->after)[0]) : text_of(change);
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
