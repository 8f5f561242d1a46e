#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/codec/fixture_records.h"
#include "tests/unit/codec/one_column.h"

namespace tallymill::tests {
namespace {

using processor::DebeziumDecoder;
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
       {""sv, " "sv, "x"sv, "[]"sv, "1"sv, "\"text\""sv, "{"sv, "}"sv, "{}}"sv, "nul"sv,
        "\xef\xbb\xbf{\"x\":\"1\"}"sv, "\0"sv, "{\"x\":\"1\"}\0"sv, "{\"x\":\"a\0b\"}"sv}) {
    EXPECT_THAT(read(value), StartsWith("malformed_record: the value is no change record")) << value;
  }
}

TEST(MalformedRecords, BrokenTextInStringsThatAreRead) {
  EXPECT_THAT(read("{\"x\":\"\xff\"}"), StartsWith("malformed_record")) << "no UTF-8";
  EXPECT_THAT(read(R"({"x":"\ud800"})"), StartsWith("malformed_record")) << "half of a surrogate pair";
  EXPECT_THAT(read(R"({"x":"\q"})"), StartsWith("malformed_record"));
  EXPECT_THAT(read("{\"x\":\"a\nb\"}"), StartsWith("malformed_record")) << "a bare control character";
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
