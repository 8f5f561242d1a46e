#include "processor/codec/record_line.h"

#include <gtest/gtest.h>

namespace tallymill::processor {
namespace {

TEST(RecordLine, TakesKeyAndValueAsTextOrAsJson) {
  RecordLineReader reader;
  const auto as_text = reader.read(
      R"({"topic":"t","partition":3,"offset":7,"timestamp":9,"key":"{\"id\":1}","value":"{\"op\":\"c\"}"})");
  ASSERT_TRUE(as_text);
  EXPECT_EQ(as_text->topic, "t");
  EXPECT_EQ(as_text->partition, 3);
  EXPECT_EQ(as_text->offset, 7);
  EXPECT_EQ(as_text->timestamp_ms, 9);
  EXPECT_EQ(as_text->key, R"({"id":1})");
  EXPECT_EQ(as_text->value, R"({"op":"c"})");
  const auto as_json =
      reader.read(R"({"value": {"op": "c", "n": [1, 2]}, "key": {"id":1}, "headers": [["a","b"]]})");
  ASSERT_TRUE(as_json);
  EXPECT_EQ(as_json->key, R"({"id":1})");
  EXPECT_EQ(as_json->value, R"({"op": "c", "n": [1, 2]})");
}

TEST(RecordLine, ANullValueIsATombstone) {
  RecordLineReader reader;
  const auto line = reader.read(R"({"key":"k","value":null})");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->key, "k");
  EXPECT_FALSE(line->value.has_value());
}

TEST(RecordLine, AnythingElseIsABareEnvelope) {
  RecordLineReader reader;
  const std::string_view envelope = R"({"before":null,"after":{"id":1},"op":"c"})";
  const auto line = reader.read(envelope);
  ASSERT_TRUE(line);
  EXPECT_FALSE(line->topic || line->key);
  EXPECT_EQ(line->value, envelope);
}

TEST(RecordLine, RefusesWhatIsNoRecord) {
  RecordLineReader reader;
  for (const std::string_view bad :
       {"", "x", "[1]", "{\"key\":\"a\",\"value\":", R"({"key":"k","value":"v"} x)",
        R"({"key":"k","value":"v","partition":-1})", R"({"key":"k","value":"v","offset":"7"})"}) {
    EXPECT_FALSE(reader.read(bad)) << bad;
  }
}

TEST(MaskFields, ReplacesValuesAtAnyDepth) {
  const std::vector<std::string> names = {"ip"};
  EXPECT_EQ(mask_fields(R"({"ip":"1.2.3.4","n":1,"in":{"ip":{"a":1},"b":[{"ip":2},3]}})", names),
            R"({"ip":"***","n":1,"in":{"ip":"***","b":[{"ip":"***"},3]}})");
  EXPECT_EQ(mask_fields("1.2.3.4", names), "\"***\"");
}

}  // namespace
}  // namespace tallymill::processor
