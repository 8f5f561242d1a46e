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

TEST(RecordLine, OfKcatTakesThePayload) {
  RecordLineReader reader;
  const auto line = reader.read(
      R"({"topic":"t","partition":2,"offset":5,"tstype":"create","ts":9,"broker":1,"headers":["h","v"],)"
      R"("key":"{\"id\":1}","payload":"{\"op\":\"c\"}"})");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->topic, "t");
  EXPECT_EQ(line->partition, 2);
  EXPECT_EQ(line->offset, 5);
  EXPECT_EQ(line->timestamp_ms, 9);
  EXPECT_EQ(line->key, R"({"id":1})");
  EXPECT_EQ(line->value, R"({"op":"c"})");
  const auto tombstone =
      reader.read(R"({"topic":"t","partition":0,"offset":6,"broker":1,"key":"k","payload":null})");
  ASSERT_TRUE(tombstone);
  EXPECT_TRUE(tombstone->has_key);
  EXPECT_EQ(tombstone->key, "k");
  EXPECT_FALSE(tombstone->value);
}

TEST(RecordLine, OfKcatIsRefusedWhereKcatCouldNotDecode) {
  RecordLineReader reader;
  EXPECT_FALSE(reader.read(
      R"({"topic":"t","partition":0,"offset":6,"broker":1,"key":"k","payload":null,"payload_error":"no schema"})"));
}

TEST(RecordLine, RowsWithColumnsNamedAsARecordsAreNotRecords) {
  const std::string_view rows[] = {
      R"({"id":1,"key":"a","payload":"b","topic":"orders","partition":0,"offset":3})",  // an outbox
      R"({"key":"a","payload":"b","topic":"orders","partition":0,"offset":3})",
      R"({"id":1,"key":"theme","value":"dark"})",     // settings
      R"({"id":1,"topic":"room/1","value":"21.5"})",  // sensors
      R"({"key":"theme","value":"dark","__op":"c"})",
      R"({"key":"theme","value":"dark","__deleted":"false"})",
      R"({"op":"u","before":null,"after":{"key":"a","value":"b"},"topic":"t","value":1})",
  };
  RecordLineReader reader({.topics = {"cdc"}, .columns = {"id", "key", "value", "topic", "payload"}});
  for (const std::string_view row : rows) {
    const auto line = reader.read(row);
    ASSERT_TRUE(line) << row;
    EXPECT_FALSE(line->has_key || line->topic) << row;
    EXPECT_EQ(line->value, row);
  }
  const auto record = reader.read(R"({"id":1,"topic":"cdc","value":"{}"})");
  ASSERT_TRUE(record);
  EXPECT_EQ(record->topic, "cdc") << "a source reads the topic, so it is a record";
}

TEST(RecordLine, OfRpkLeavesOutWhatIsNull) {
  RecordLineReader reader;
  const auto tombstone = reader.read(R"({"topic":"t","key":"k","timestamp":7,"partition":1,"offset":4})");
  ASSERT_TRUE(tombstone);
  EXPECT_EQ(tombstone->topic, "t");
  EXPECT_EQ(tombstone->key, "k");
  EXPECT_FALSE(tombstone->value);
  const auto keyless = reader.read(R"({"topic":"t","value":"{}","timestamp":7,"partition":1,"offset":5})");
  ASSERT_TRUE(keyless);
  EXPECT_TRUE(keyless->has_key) << "it shows where it stood, so its key was null";
  EXPECT_FALSE(keyless->key);
  EXPECT_FALSE(
      reader.read(R"({"topic":"t","key":"k","value_size":90,"timestamp":7,"partition":1,"offset":4})"))
      << "--meta-only is no tombstone";
}

TEST(RecordLine, OfTheConsoleConsumerIsColumns) {
  RecordLineReader reader;
  const auto alone = reader.read("null");
  ASSERT_TRUE(alone);
  EXPECT_TRUE(alone->has_key);
  EXPECT_FALSE(alone->key || alone->value);
  const auto keyed = reader.read("{\"id\":1}\t{\"op\":\"c\",\"x\":\"a\\tb\"}");
  ASSERT_TRUE(keyed);
  EXPECT_EQ(keyed->key, R"({"id":1})");
  EXPECT_EQ(keyed->value, R"({"op":"c","x":"a\tb"})");
  const auto tombstone = reader.read("k1\tnull");
  ASSERT_TRUE(tombstone);
  EXPECT_EQ(tombstone->key, "k1");
  EXPECT_FALSE(tombstone->value);
  const auto all = reader.read("CreateTime:17\tPartition:3\tOffset:8\tNO_HEADERS\tnull\t{\"op\":\"c\"}");
  ASSERT_TRUE(all);
  EXPECT_EQ(all->timestamp_ms, 17);
  EXPECT_EQ(all->partition, 3);
  EXPECT_EQ(all->offset, 8);
  EXPECT_TRUE(all->has_key);
  EXPECT_FALSE(all->key);
  EXPECT_EQ(all->value, R"({"op":"c"})");
  const auto headers = reader.read("a:1,b:2\t{\"id\":1}\t{\"op\":\"c\"}");
  ASSERT_TRUE(headers);
  EXPECT_EQ(headers->key, R"({"id":1})");
  for (const std::string_view bad : {"k\tv", "k\t{\"op\":", "\t", "k\xff\tnull"})
    EXPECT_FALSE(reader.read(bad));
}

TEST(RecordLine, AKeyThatIsJsonIsCompact) {
  RecordLineReader reader;
  const auto line = reader.read("{\"key\": {\"id\": 1,\n \"n\": \"a b\"}, \"value\": null}");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->key, R"({"id":1,"n":"a b"})");
}

TEST(RecordLine, ATimestampMayBeADate) {
  RecordLineReader reader;
  const auto line = reader.read(R"({"key":"k","value":null,"timestamp":"1970-01-01T00:00:01.5Z"})");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->timestamp_ms, 1500);
}

TEST(RecordLine, SaysWhatIsWrong) {
  RecordLineReader reader;
  EXPECT_EQ(reader.read("[{\"op\":\"c\"}]").error().message,
            "the line is a JSON array, and a line is one record");
  EXPECT_EQ(reader.read("{\"op\":\"\xff\"}").error().message, "the line is not UTF-8");
  EXPECT_EQ(reader.read("{\"op\":").error().message, "the line begins a JSON object that is broken");
}

}  // namespace
}  // namespace tallymill::processor
