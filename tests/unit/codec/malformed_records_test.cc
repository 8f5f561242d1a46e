#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/codec/fixture_records.h"
#include "tests/unit/codec/one_column.h"

namespace tallymill::tests {
namespace {

using processor::DebeziumDecoder;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;
using topology::Arena;
using topology::ErrorCode;
using topology::TypeKind;

std::string read(std::string_view value) {
  DebeziumDecoder decoder({{{"x", "x", TypeKind::string, false, false, {}}}, 1, {}});
  Arena arena;
  return text_of(decoder.decode(std::nullopt, value, arena));
}

TEST(MalformedRecords, WhatIsNoJsonObject) {
  using namespace std::string_view_literals;
  for (const std::string_view value :
       {""sv, " "sv, "x"sv, "[]"sv, "1"sv, "{"sv, "}"sv, "{}}"sv, "nul"sv,
        "\xef\xbb\xbf{\"x\":\"1\"}"sv, "\0"sv, "{\"x\":\"1\"}\0"sv, "{\"x\":\"a\0b\"}"sv}) {
    EXPECT_THAT(read(value), StartsWith("malformed_record: the value is no change record")) << value;
  }
}

TEST(MalformedRecords, NeverShowTheParsersOwnText) {
  for (const char* value : {"", "{", "x", "[]", R"({"x":"\q"})", R"({"x":tru})", R"({"x":"1"}{})",
      "{\"x\":\"\xff\"}", R"({"x":"1")"}) {
    EXPECT_THAT(read(value), testing::Not(testing::AnyOf(HasSubstr("superfluous"),
        HasSubstr("JSON document"), HasSubstr("JSON element"),
                                                         HasSubstr("simdjson"))))
        << value;
  }
}

/// Forms of other tools and converters; a table has columns that are called as their attributes.
std::string read_foreign(std::string_view value) {
  processor::WireFormat format;
  for (const char* name : {"id", "type", "time", "ts", "schema", "table"}) {
    format.columns.push_back({name, name, TypeKind::string, true, false, {}});
  }
  format.row_size = format.columns.size();
  DebeziumDecoder decoder(format);
  Arena arena;
  return text_of(decoder.decode(std::nullopt, value, arena));
}

TEST(ForeignEnvelopes, AreNamed) {
  using namespace std::string_view_literals;
  const std::pair<std::string_view, std::string_view> envelopes[] = {
      {R"({"specversion":"1.0","id":"1","source":"/debezium","type":"t","time":"2026","data":{"after":{"id":"7"}}})",
       "CloudEvents"},
      {R"({"database":"d","table":"t","type":"insert","ts":"1","xid":1,"data":{"id":"1"}})", "Maxwell"},
      {R"({"data":[{"id":"1"}],"database":"d","es":1,"id":"2","isDdl":false,"old":null,"type":"INSERT"})",
          "Canal"},
      {R"({"action":"I","schema":"public","table":"t","columns":[{"name":"id","value":1}]})", "wal2json"},
      {R"({"change":[{"kind":"insert","table":"t"}]})", "wal2json"},
      {R"({"before":null,"after":"{\"_id\":1}","source":{"connector":"mongodb"},"op":"c"})", "MongoDB"},
      {R"({"op":"u","patch":"{}","source":{"connector":"mongodb"},"after":null})", "MongoDB"},
      {R"({"data":{"id":"1"},"metadata":{"operation":"insert"}})", "AWS DMS"},
      {R"({"table":"t","op_type":"I","op_ts":"2026","pos":"1","after":{"id":"1"}})", "GoldenGate"},
      {R"({"after":{"id":"1"},"updated":"1532377312562986715.0"})", "CockroachDB"},
      {R"({"op":"c","after":{"cdc.public.orders.Value":{"id":{"string":"1"}}},"source":{}})", "Avro's JSON"},
      {R"({"topic":"t","partition":0,"offset":1,"tstype":"create","ts":1,"key":"1","payload":"{}"})", "kcat"},
      {R"({"eventType":"OrderCreated","id":"1","payload":"{}"})", "outbox"},
      {R"("{\"id\":1}")", "a JSON text that holds JSON"},
      {R"({"schema":{"type":"string"},"payload":"{\"id\":1}"})", "a JSON text that holds JSON"},
      {R"("text")", "a JSON text and no object"},
      {"Struct{id=1,op=c}", "begins with \"Struct{\""},
      {"{id=1, op=c}", "as Java prints a map"},
      {"\0\0\0\0\1{\"id\":1}"sv, "JSON behind the five bytes of a schema registry"},
      {"\0\0\0\0\1\x02\x04"sv, "Avro or Protobuf behind the five bytes of a schema registry"},
      {R"({"payload":{"op":"c","after":{"id":"1"}}})", "a `payload` and nothing else"}};
  for (const auto& [value, name] : envelopes) {
    EXPECT_THAT(read_foreign(value), AllOf(StartsWith("foreign_envelope"), HasSubstr(name),
        testing::Not(HasSubstr("()")))) << value;
  }
}

TEST(ForeignEnvelopes, ARowThatLooksALittleLikeOneIsARow) {
  EXPECT_EQ(read_foreign(R"({"id":"1","type":"t","data":"x"})"),
      R"(u after="1"|"t"|absent|absent|absent|absent)");
  EXPECT_EQ(read_foreign(R"({"id":"1","type":"t","data":{"hstore":"x"}})"),
      R"(u after="1"|"t"|absent|absent|absent|absent)");
  EXPECT_EQ(read_foreign(R"({"id":"1","eventType":"t"})"),
      R"(u after="1"|absent|absent|absent|absent|absent)");
  EXPECT_EQ(read_foreign(R"({"id":"1","schema":"s","table":"t","action":"I"})"),
      R"(u after="1"|absent|absent|absent|"s"|"t")");
}

TEST(MalformedRecords, BrokenTextInStringsThatAreRead) {
  EXPECT_THAT(read("{\"x\":\"\xff\"}"), StartsWith("malformed_record")) << "no UTF-8";
  EXPECT_THAT(read(R"({"x":"\q"})"), StartsWith("malformed_record"));
  EXPECT_THAT(read("{\"x\":\"a\nb\"}"), StartsWith("malformed_record")) << "a bare control character";
}

TEST(MalformedRecords, JsonWhoseValueCannotBeHeldIsTheColumnsError) {
  for (const char* text : {R"("\ud800")", R"("\udc00")", R"("a\ud800\u0041")", R"("\ud800\ud800\"")"}) {
    EXPECT_THAT(read("{\"x\":" + std::string(text) + '}'),
                AllOf(HasSubstr("wrong_type: column \"x\""), HasSubstr("half a character"))) << text;
  }
  EXPECT_THAT(read(R"({"x":"\ud800\q"})"), StartsWith("malformed_record"));
  EXPECT_THAT(read(R"({"x":"\ud800\u12g4"})"), StartsWith("malformed_record"));
}

TEST(MalformedRecords, JsonWhoseValueCannotBeHeldIsPassedOver) {
  for (const char* value :
       {R"("\ud800")", "1e999", "-123456789012345678901234567890", R"([1e999,{"\udfff":"\ud800"}])"}) {
    EXPECT_EQ(read("{\"y\":" + std::string(value) + R"(,"\ud800":1,"x":"1"})"), "u after=\"1\"") << value;
    EXPECT_EQ(read(R"({"schema":{"default":)" + std::string(value) + R"(},"payload":{"x":"1"}})"), "u after=\"1\"")
        << value;
  }
}

TEST(MalformedRecords, BrokenStructureAlsoInWhatIsSkipped) {
  for (const char* value :
       {R"({"x":"1","y":})", R"({"x":"1","y":nul})", R"({"x":"1" "y":2})", R"({"x":"1",})",
        R"({"x":"1"}{"x":"2"})", R"({"x":"1"} x)", R"({"x":"1","y":{"z":1})", R"({"x":"1","y":[1})",
        R"({"x":007})", R"({"x":"1","y":tru})", R"({"x" "1"})", R"({1:"1"})"}) {
    EXPECT_THAT(read(value), StartsWith("malformed_record")) << value;
  }
}

TEST(MalformedRecords, DeepNestingIsPassedOverInBoundedTime) {
  constexpr int depth = 100'000;
  const std::string deep = std::string(depth, '[') + std::string(depth, ']');
  EXPECT_EQ(read("{\"y\":" + deep + ",\"x\":\"1\"}"), "u after=\"1\"");
  EXPECT_THAT(read("{\"y\":" + std::string(depth, '[') + ",\"x\":\"1\"}"), StartsWith("malformed_record"));
  EXPECT_THAT(read("{\"schema\":{\"a\":" + deep + "},\"payload\":{\"x\":\"1\"}}"),
              StartsWith("malformed_record"));
}

/// Every proper prefix of a real record must be refused: a cut record is never a smaller record.
void expect_every_cut_is_refused(const std::string& file_name) {
  const std::vector<FixtureRecord> records = read_fixture(file_name);
  if (records.empty()) GTEST_SKIP() << "the shared fixture " << file_name << " is not there";
  DebeziumDecoder decoder(transactions_format());
  Arena arena;
  const std::string& value = *records.front().value;
  ASSERT_TRUE(decoder.decode(std::nullopt, value, arena).ok());
  for (std::size_t size = 0; size < value.size(); ++size) {
    arena.reset();
    const auto cut = decoder.decode(std::nullopt, std::string_view(value).substr(0, size), arena);
    ASSERT_FALSE(cut.ok()) << "cut to " << size << " of " << value.size() << " bytes";
    ASSERT_EQ(cut.error().code, ErrorCode::malformed_record) << size;
  }
}

TEST(MalformedRecords, EveryCutEnvelopeIsRefused) { expect_every_cut_is_refused("no_schemas.jsonl"); }

TEST(MalformedRecords, EveryCutEnvelopeWithAKnownSchemaIsRefused) {
  expect_every_cut_is_refused("schemas.jsonl");
}

TEST(MalformedRecords, EveryCutFlattenedRowIsRefused) {
  expect_every_cut_is_refused("flattened_with_schemas.jsonl");
}

}  // namespace
}  // namespace tallymill::tests
