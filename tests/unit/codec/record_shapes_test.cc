// Which shape a record has, and what becomes of it: see the rule in processor/codec/record_shape.h.

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

class RecordShapes : public testing::Test {
 protected:
  static WireFormat format_of(const std::vector<std::string>& names) {
    WireFormat format;
    for (const std::string& name : names)
      format.columns.push_back({name, name, TypeKind::string, false, false, {}});
    format.row_size = names.size();
    return format;
  }

  /// What a table with these text columns makes of a value.
  std::string read(const std::vector<std::string>& columns, std::string_view value) {
    DebeziumDecoder decoder(format_of(columns));
    return text_of(decoder.decode(std::nullopt, value, arena_));
  }

  Arena arena_;
};

constexpr std::string_view row = R"({"id":"1","name":"ann"})";
constexpr std::string_view schema = R"({"type":"struct","fields":[]})";

std::string wrapped(std::string_view payload) {
  return "{\"schema\":" + std::string(schema) + ",\"payload\":" + std::string(payload) + "}";
}

TEST_F(RecordShapes, EveryOperationOfAnEnvelope) {
  const std::vector<std::string> columns = {"id", "name"};
  EXPECT_EQ(read(columns, envelope("c", "null", row)), R"(c after="1"|"ann")");
  EXPECT_EQ(read(columns, envelope("r", "null", row)), R"(r after="1"|"ann")");
  EXPECT_EQ(read(columns, envelope("u", R"({"id":"1","name":"bob"})", row)),
            R"(u before="1"|"bob" after="1"|"ann")");
  EXPECT_EQ(read(columns, envelope("d", R"({"id":"1","name":null})", "null")), R"(d before="1"|null)");
  EXPECT_EQ(read(columns, envelope("t", "null", "null")), "t");
  EXPECT_EQ(read(columns, envelope("m", "null", "null")), "ignored");
}

TEST_F(RecordShapes, TheSourceBlockComesAlong) {
  DebeziumDecoder decoder(format_of({"id"}));
  const auto change = decoder.decode(std::nullopt, envelope("c", "null", row), arena_);
  ASSERT_TRUE(change.ok());
  EXPECT_EQ(change->lsn, topology::Lsn(26779728));
  EXPECT_EQ(change->source_time_ms, 1795391561639);
  EXPECT_EQ(change->transaction_id, 746);
  EXPECT_EQ(change->snapshot, "false");
  EXPECT_EQ(change->table, "payments");
}

TEST_F(RecordShapes, SourceNumbersMayBeTextAndTheSnapshotABoolean) {
  DebeziumDecoder decoder(format_of({"id"}));
  const auto change = decoder.decode(
      std::nullopt,
      R"({"op":"c","after":{"id":"1"},"source":{"lsn":"77","ts_ms":"12","txId":null,"snapshot":true}})",
      arena_);
  ASSERT_TRUE(change.ok());
  EXPECT_EQ(change->lsn, topology::Lsn(77));
  EXPECT_EQ(change->source_time_ms, 12);
  EXPECT_EQ(change->transaction_id, std::nullopt);
  EXPECT_EQ(change->snapshot, "true");
}

TEST_F(RecordShapes, FieldOrderSpaceAndUnknownFieldsDoNotMatter) {
  EXPECT_EQ(read({"id", "name"},
                 " { \"op\" : \"c\" ,\n\"more\":[{\"op\":\"d\"},2],\t\"after\" : { \"x\":{},\"name\" : "
                 "\"ann\" , \"id\" : \"1\" } , \"before\" : null } "),
            R"(c after="1"|"ann")");
}

TEST_F(RecordShapes, NamesMayBeEscapedAndLong) {
  const std::string name(70, 'n');
  EXPECT_EQ(read({"id", "name"}, R"({"\u006fp":"c","after":{"\u0069d":"1","na\u006de":"ann"}})"),
            R"(c after="1"|"ann")");
  EXPECT_EQ(read({name}, "{\"op\":\"c\",\"after\":{\"" + name + "x\":\"0\",\"" + name + "\":\"1\"}}"),
            "c after=\"1\"");
}

TEST_F(RecordShapes, AKeyThatStandsTwiceHasItsLastValue) {
  EXPECT_EQ(read({"id"}, R"({"op":"c","after":{"id":"1","id":"2"}})"), R"(c after="2")");
  EXPECT_EQ(read({"id"}, R"({"op":"d","after":{"id":"1"},"op":"u"})"), R"(u after="1")");
}

TEST_F(RecordShapes, AnEnvelopeNeedsItsAfterAndAKnownOperation) {
  EXPECT_THAT(read({"id"}, envelope("c", "null", "null")), StartsWith("malformed_record"));
  EXPECT_THAT(read({"id"}, R"({"op":"u","source":{}})"), StartsWith("malformed_record"));
  EXPECT_THAT(read({"id"}, envelope("x", "null", row)), HasSubstr("operation \"x\""));
}

TEST_F(RecordShapes, FlattenedRowsWithAndWithoutMetadata) {
  const std::vector<std::string> columns = {"id", "name"};
  EXPECT_EQ(read(columns, row), R"(u after="1"|"ann")") << "an upsert: nothing says what it was";
  EXPECT_EQ(read(columns, R"({"__op":"c","id":"1","name":"ann","__deleted":"false"})"),
            R"(c after="1"|"ann")");
  EXPECT_EQ(read(columns, R"({"id":"1","name":"ann","__op":"r"})"), R"(r after="1"|"ann")");
  EXPECT_EQ(read(columns, R"({"id":"1","name":null,"__op":"d","__deleted":"true"})"), R"(d before="1"|null)");
  EXPECT_EQ(read(columns, R"({"id":"1","__deleted":"true"})"), R"(d before="1"|absent)");
  EXPECT_THAT(read(columns, R"({"id":"1","name":"ann","__op":"x"})"), StartsWith("malformed_record"));
}

TEST_F(RecordShapes, FlattenedMetadataFillsTheSource) {
  DebeziumDecoder decoder(format_of({"id"}));
  const auto change = decoder.decode(
      std::nullopt,
      R"({"id":"1","__lsn":77,"__source_ts_ms":12,"__txId":5,"__table":"payments","__snapshot":"last"})",
      arena_);
  ASSERT_TRUE(change.ok());
  EXPECT_EQ(change->lsn, topology::Lsn(77));
  EXPECT_EQ(change->source_time_ms, 12);
  EXPECT_EQ(change->transaction_id, 5);
  EXPECT_EQ(change->table, "payments");
  EXPECT_EQ(change->snapshot, "last");
}

TEST_F(RecordShapes, WrappedRecordsOfAllShapes) {
  EXPECT_EQ(read({"id", "name"}, wrapped(envelope("c", "null", row))), R"(c after="1"|"ann")");
  EXPECT_EQ(read({"id", "name"}, wrapped(row)), R"(u after="1"|"ann")");
  EXPECT_EQ(read({"id", "name"}, R"({"schema":null,"payload":{"id":"1","name":"ann"}})"),
            R"(u after="1"|"ann")");
  EXPECT_EQ(read({"id", "name"}, R"({"payload":{"id":"1","name":"ann"},"schema":{}})"),
            R"(u after="1"|"ann")");
}

TEST_F(RecordShapes, NullInAnyFormIsATombstone) {
  DebeziumDecoder decoder(format_of({"id"}));
  EXPECT_EQ(text_of(decoder.decode(std::nullopt, std::nullopt, arena_)), "tombstone");
  EXPECT_EQ(read({"id"}, "null"), "tombstone");
  EXPECT_EQ(read({"id"}, wrapped("null")), "tombstone");
  EXPECT_EQ(read({"id"}, R"({"schema":null,"payload":null})"), "tombstone");
}

TEST_F(RecordShapes, ATableMayHaveColumnsWithTheNamesOfAnEnvelope) {
  const std::vector<std::string> columns = {"op", "before", "after"};
  EXPECT_EQ(read(columns, R"({"op":"c","before":"x","after":"y"})"), R"(u after="c"|"x"|"y")");
  EXPECT_EQ(read(columns, R"({"op":"sell","before":null,"after":null})"), R"(u after="sell"|null|null)");
  EXPECT_EQ(read(columns, R"({"op":"c","before":null,"after":null})"), R"(u after="c"|null|null)");
  EXPECT_EQ(read({"op", "source"}, R"({"op":"c","source":"web","id":"1"})"), R"(u after="c"|"web")");
  EXPECT_EQ(read({"op"}, envelope("u", "null", R"({"op":"sell"})")), R"(u after="sell")");
}

TEST_F(RecordShapes, FlattenedMetadataRulesOutAnEnvelope) {
  EXPECT_EQ(read({"op"}, R"({"op":"c","before":{"scale":0,"value":"AQ=="},"__op":"u"})"), R"(u after="c")");
}

TEST_F(RecordShapes, ATableMayHaveColumnsNamedSchemaAndPayload) {
  const std::vector<std::string> columns = {"schema", "payload"};
  EXPECT_EQ(read(columns, R"({"schema":"public","payload":"x"})"), R"(u after="public"|"x")");
  EXPECT_EQ(read(columns, R"({"schema":null,"payload":"x"})"), R"(u after=null|"x")");
  EXPECT_EQ(read({"schema"}, R"({"schema":"public","payload":"x","id":1})"), R"(u after="public")");
  EXPECT_EQ(read(columns, wrapped(R"({"schema":"public","payload":"x"})")), R"(u after="public"|"x")");
}

TEST_F(RecordShapes, RecordsWithoutARowAreIgnored) {
  EXPECT_EQ(read({"id"}, R"({"ts_ms":1795391561639})"), "ignored") << "heartbeat";
  EXPECT_EQ(read({"id"}, wrapped(R"({"ts_ms":1795391561639})")), "ignored");
  EXPECT_EQ(
      read({"id"}, R"({"status":"BEGIN","id":"571:5","event_count":null,"data_collections":null,"ts_ms":1})"),
      "ignored");
  EXPECT_EQ(
      read({"id"}, R"({"status":"END","id":"571:5","ts_ms":1,"event_count":1,"data_collections":[{"a":1}]})"),
      "ignored");
  EXPECT_EQ(
      read({"id"},
           R"({"source":{},"ts_ms":1,"databaseName":"d","schemaName":"s","ddl":"x","tableChanges":[]})"),
      "ignored");
  EXPECT_EQ(read({"id"}, R"({"op":"m","ts_ms":1,"source":{},"message":{"prefix":"a","content":"AQ=="}})"),
            "ignored");
}

TEST_F(RecordShapes, ADeclaredColumnIsNeverTakenForAHeartbeatOrMarker) {
  EXPECT_EQ(read({"ts_ms"}, R"({"ts_ms":"12"})"), R"(u after="12")");
  EXPECT_EQ(read({"status", "event_count"},
                 R"({"status":"END","id":"1","event_count":"2","data_collections":null})"),
            R"(u after="END"|"2")");
}

TEST_F(RecordShapes, ShapesMayAlternateOnOneTopic) {
  DebeziumDecoder decoder(format_of({"id"}));
  const auto read_next = [&](std::string_view value) {
    return text_of(decoder.decode(std::nullopt, value, arena_));
  };
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(read_next(envelope("c", "null", row)), R"(c after="1")");
    EXPECT_EQ(read_next(row), R"(u after="1")");
    EXPECT_EQ(read_next(wrapped(envelope("d", row, "null"))), R"(d before="1")");
    EXPECT_EQ(read_next(R"({"ts_ms":1})"), "ignored");
  }
}

TEST_F(RecordShapes, ValuesBehindTheColumnsStayUnset) {
  WireFormat format = format_of({"id"});
  format.row_size = 3;
  DebeziumDecoder decoder(format);
  EXPECT_EQ(text_of(decoder.decode(std::nullopt, envelope("c", "null", row), arena_)),
            R"(c after="1"|absent|absent)");
}

TEST_F(RecordShapes, AnAbsentColumnIsMissingOnlyAfterTheChange) {
  EXPECT_THAT(read({"id", "city"}, envelope("c", "null", row)),
              StartsWith("missing_column: column \"city\""));
  EXPECT_THAT(read({"id", "city"}, row), StartsWith("missing_column: column \"city\""));
  EXPECT_EQ(read({"id"}, envelope("u", "{}", row)), R"(u before=absent after="1")");
  EXPECT_EQ(read({"id", "city"}, envelope("d", row, "null")), R"(d before="1"|absent)");
}

TEST_F(RecordShapes, AnOptionalColumnMayBeAbsent) {
  WireFormat format = format_of({"id", "city"});
  format.columns[1].optional = true;
  DebeziumDecoder decoder(format);
  EXPECT_EQ(text_of(decoder.decode(std::nullopt, envelope("c", "null", row), arena_)),
            R"(c after="1"|absent)");
}

TEST_F(RecordShapes, AFoldedNameIsProposed) {
  const std::string message = read({"affiliateId"}, envelope("c", "null", R"({"id":"1","affiliateid":""})"));
  EXPECT_THAT(message, HasSubstr("did you mean \"affiliateid\"?"));
  EXPECT_THAT(message, HasSubstr("affiliateId: {type: string, from: affiliateid}"));
  EXPECT_THAT(read({"affiliateId"}, R"({"id":"1","affiliateid":""})"), HasSubstr("did you mean"));
  EXPECT_THAT(read({"affiliateId"}, R"({"id":"1"})"), testing::Not(HasSubstr("did you mean")));
}

TEST_F(RecordShapes, WhatCannotBeReadInABeforeImageIsAbsent) {
  EXPECT_EQ(read({"id"}, envelope("u", R"({"id":1})", row)), R"(u before=absent after="1")");
  EXPECT_EQ(read({"id"}, envelope("d", R"({"id":1})", "null")), "d before=absent");
  EXPECT_EQ(read({"id", "name"}, R"({"id":"1","name":1,"__deleted":"true"})"), R"(d before="1"|absent)");
}

}  // namespace
}  // namespace tallymill::tests
