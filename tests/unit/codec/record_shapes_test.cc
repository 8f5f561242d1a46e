// Which shape a record has, and what becomes of it: see the rule in processor/codec/record_shape.h.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/codec/one_column.h"

namespace tallymill::tests {
namespace {

using processor::DebeziumDecoder;
using processor::WireFormat;
using testing::AllOf;
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

TEST_F(RecordShapes, ThePhysicalTableComesAlong) {
  DebeziumDecoder decoder(format_of({"id"}));
  const auto check = [&](std::string_view value) {
    const auto change = decoder.decode(std::nullopt, value, arena_);
    ASSERT_TRUE(change.ok());
    EXPECT_EQ(change->server, "cdc");
    EXPECT_EQ(change->database, "shop");
    EXPECT_EQ(change->schema, "tenant_a");
    EXPECT_EQ(change->table, "orders");
  };
  check(R"({"op":"c","after":{"id":"1"},"source":{"name":"cdc","db":"shop","schema":"tenant_a","table":"orders"}})");
  check(R"({"id":"1","__name":"cdc","__db":"shop","__schema":"tenant_a","__table":"orders"})");
  check(R"({"id":"1","__source_name":"cdc","__source_db":"shop",)"
        R"("__source_schema":"tenant_a","__source_table":"orders"})");
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

/// "lsn ts_ms" of a source block with these values.
std::string position_of(DebeziumDecoder& decoder, Arena& arena, std::string_view lsn,
    std::string_view ts_ms) {
  const std::string value = R"({"op":"c","after":{"id":"1"},"source":{"lsn":)" + std::string(lsn) +
      ",\"ts_ms\":" +
                            std::string(ts_ms) + ",\"table\":\"t\"}}";
  const auto change = decoder.decode(std::nullopt, value, arena);
  if (!change.ok() || change->error) return text_of(change);
  EXPECT_EQ(change->table, "t");
  std::string text = change->lsn ? std::to_string(change->lsn->value) : change->lsn_unreadable ? "unreadable" : "none";
  return text + ' ' + (change->source_time_ms ? std::to_string(*change->source_time_ms) : "none");
}

TEST_F(RecordShapes, PositionsMayHaveOtherForms) {
  DebeziumDecoder decoder(format_of({"id"}));
  const auto position = [&](std::string_view lsn, std::string_view ts_ms) {
    return position_of(decoder, arena_, lsn, ts_ms);
  };
  EXPECT_EQ(position("\"0/16B374D8\"", "12"), "380859608 12");
  EXPECT_EQ(position("\"2A/ff\"", "12"), "180388626687 12");
  EXPECT_EQ(position("{\"long\":77}", "{\"long\":12}"), "77 12");
  EXPECT_EQ(position("{\"string\":\"0/A\"}", "\"12\""), "10 12");
  EXPECT_EQ(position("18446744073709551615", "-1"), "18446744073709551615 -1");
  EXPECT_EQ(position("null", "null"), "none none");
  EXPECT_EQ(position("5", "\"2026-01-01T00:00:05.123Z\""), "5 1767225605123");
  EXPECT_EQ(position("5", "\"1969-12-31T23:59:59.9999Z\""), "5 -1");
}

TEST_F(RecordShapes, APositionThatCannotBeReadCostsNoRow) {
  DebeziumDecoder decoder(format_of({"id"}));
  for (const char* lsn : {"-9223372036854776000", "\"1:338::0:0\"", "1.5", "true", "[1]", "{}", "\"\"",
      "\"0/\"", "\"/1\"",
                          "\"0/1FFFFFFFF\"", "{\"long\":null}", "99999999999999999999"}) {
    EXPECT_EQ(position_of(decoder, arena_, lsn, "12"), "unreadable 12") << lsn;
  }
  for (const char* ts_ms : {"\"yesterday\"", "1.5", "true", "[1]", "{}", "\"infinity\"",
      "99999999999999999999"}) {
    EXPECT_EQ(position_of(decoder, arena_, "5", ts_ms), "5 none") << ts_ms;
  }
  EXPECT_THAT(position_of(decoder, arena_, "nul", "12"), StartsWith("malformed_record"));
  EXPECT_THAT(position_of(decoder, arena_, "{\"long\":nul}", "12"), StartsWith("malformed_record"));
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
  EXPECT_THAT(read({"id"}, envelope("x", "null", row)),
      StartsWith("operation_unknown: \"op\" came as \"x\""));
}

TEST_F(RecordShapes, AnEnvelopeOfAnUnknownOperationIsReadAllTheSame) {
  DebeziumDecoder decoder(format_of({"id"}));
  for (const char* value : {R"({"op":"insert","before":{"id":"1"},"after":{"id":"2"},"source":{"lsn":5,"ts_ms":12}})",
                            R"({"op":1,"before":{"id":"1"},"after":{"id":"2"},"source":{"lsn":5,"ts_ms":12}})",
                            R"({"op":"x","before":{"id":"1"},"after":{"id":"2"},"source":{"lsn":5,"ts_ms":12}})",
                            R"({"op":null,"before":{"id":"1"},"after":{"id":"2"},"source":{"lsn":5,"ts_ms":12}})",
                            R"({"before":{"id":"1"},"after":{"id":"2"},"source":{"lsn":5,"ts_ms":12}})"}) {
    const auto change = decoder.decode(std::nullopt, value, arena_);
    ASSERT_TRUE(change.ok()) << value;
    EXPECT_EQ(change->operation, topology::ChangeOperation::unknown);
    ASSERT_NE(change->error, nullptr);
    EXPECT_EQ(change->error->code, topology::ErrorCode::operation_unknown);
    EXPECT_EQ(text_of(*change->before) + text_of(*change->after), R"("1""2")");
    EXPECT_EQ(change->lsn, topology::Lsn(5));
  }
}

TEST_F(RecordShapes, ARecordThatCannotBeAppliedHasAllElse) {
  DebeziumDecoder decoder(format_of({"id", "name"}));
  for (const char* value : {R"({"op":"u","after":{"id":"1","name":7},"source":{"lsn":5,"table":"t"}})",
                            R"({"op":"u","after":{"id":"1"},"source":{"lsn":5,"table":"t"}})",
                            R"({"id":"1","name":7,"__op":"u","__lsn":5,"__table":"t"})",
                            R"({"id":"1","__op":"u","__lsn":5,"__table":"t"})"}) {
    const auto change = decoder.decode(std::nullopt, value, arena_);
    ASSERT_TRUE(change.ok()) << value;
    EXPECT_EQ(change->operation, topology::ChangeOperation::update);
    ASSERT_NE(change->error, nullptr);
    EXPECT_EQ(text_of(*change->after), R"("1"|absent)");
    EXPECT_EQ(change->lsn, topology::Lsn(5));
    EXPECT_EQ(change->table, "t");
  }
}

TEST_F(RecordShapes, FlattenedRowsWithAndWithoutMetadata) {
  const std::vector<std::string> columns = {"id", "name"};
  EXPECT_EQ(read(columns, row), R"(u after="1"|"ann")") << "an upsert: nothing says what it was";
  EXPECT_EQ(read(columns, R"({"__op":"c","id":"1","name":"ann","__deleted":"false"})"),
            R"(c after="1"|"ann")");
  EXPECT_EQ(read(columns, R"({"id":"1","name":"ann","__op":"r"})"), R"(r after="1"|"ann")");
  EXPECT_EQ(read(columns, R"({"id":"1","name":null,"__op":"d","__deleted":"true"})"), R"(d before="1"|null)");
  EXPECT_EQ(read(columns, R"({"id":"1","__deleted":"true"})"), R"(d before="1"|absent)");
  EXPECT_THAT(read(columns, R"({"id":"1","name":"ann","__op":"x"})"), StartsWith("operation_unknown"));
}

TEST_F(RecordShapes, AReservedFieldOfAnotherKindOrWordIsNoUpsert) {
  for (const char* field : {R"("__op":1)", R"("__op":"DELETE")", R"("__op":"insert")", R"("__op":"I")",
      R"("__op":"")",
                            R"("__op":null)", R"("__op":{"string":"d"})", R"("__deleted":1)",
                                R"("__deleted":"TRUE")",
                            R"("__deleted":"yes")", R"("__deleted":null)", R"("__deleted":"")",
                                R"("op":"DELETE")",
                            R"("op":"insert")", R"("op":"I")", R"("op":1)", R"("op":"d")"}) {
    EXPECT_THAT(read({"id"}, "{\"id\":\"1\"," + std::string(field) + "}"), StartsWith("operation_unknown"))
        << field;
  }
  EXPECT_EQ(read({"id"}, R"({"id":"1","op":null})"), R"(u after="1")") << "a column that nobody declared";
  EXPECT_EQ(read({"id"}, R"({"id":"1","op":"sell","__op":"u"})"), R"(u after="1")");
}

TEST_F(RecordShapes, AFieldThatMaySayDeleteIsNamedUntilItIsDeclared) {
  for (const char* name : {"META_OP", "__operate", "__operation", "cdc_operation", "Op", "op_type", "_op"}) {
    for (const char* letter : {"c", "u", "d", "r"}) {
      EXPECT_THAT(read({"id"}, "{\"id\":\"1\",\"" + std::string(name) + "\":\"" + letter + "\"}"),
                  AllOf(StartsWith("operation_unknown"), HasSubstr("`operation: " + std::string(name) +
                      "`")));
    }
    // With `operation` named these words would not be read either.
    for (const char* word : {"DELETE", "deleted"}) {
      EXPECT_THAT(read({"id"}, "{\"id\":\"1\",\"" + std::string(name) + "\":\"" + word + "\"}"),
                  AllOf(StartsWith("operation_unknown"), HasSubstr("add.fields=op")));
    }
  }
  EXPECT_EQ(read({"id", "shop"}, R"({"id":"1","shop":"d"})"), R"(u after="1"|"d")") << "a declared column";
  EXPECT_EQ(read({"id"}, R"({"id":"1","shop":"acme"})"), R"(u after="1")");
  EXPECT_EQ(read({"id"}, R"({"id":"1","operation":"INSERT"})"), R"(u after="1")") << "an upsert is what that means";
  EXPECT_EQ(read({"id"}, R"({"id":"1","shop":"d","__op":"u"})"), R"(u after="1")");
  for (const char* field : {R"("deleted":"true")", R"("deleted":true)", R"("META_DELETED":"true")"}) {
    EXPECT_THAT(read({"id"}, "{\"id\":\"1\"," + std::string(field) + "}"),
                AllOf(StartsWith("operation_unknown"), HasSubstr("`deleted: ")))
        << field;
  }
  EXPECT_EQ(read({"id"}, R"({"id":"1","deleted":false})"), R"(u after="1")");
  EXPECT_EQ(read({"id"}, R"({"id":"1","deleted":true,"__op":"u"})"), R"(u after="1")");
  EXPECT_EQ(read({"id"}, R"({"id":"1","deleted":true,"__deleted":"false"})"), R"(u after="1")");
}

TEST_F(RecordShapes, AFieldInDoubtMayHaveAnEscapedName) {
  EXPECT_THAT(read({"id"}, R"({"id":"1","META_\u004fP":"d"})"), StartsWith("operation_unknown"));
  EXPECT_EQ(read({"id"}, R"({"id":"1","__\u006fp":"d"})"), R"(d before="1")");
}

TEST_F(RecordShapes, EventsAreNotUpsertsSoThatNothingIsSuspected) {
  WireFormat format = format_of({"id"});
  format.mode = topology::SourceMode::events;
  DebeziumDecoder decoder(format);
  EXPECT_EQ(text_of(decoder.decode(std::nullopt, R"({"id":"1","op":"sell"})", arena_)), R"(u after="1")");
  EXPECT_THAT(text_of(decoder.decode(std::nullopt, R"({"id":"1","__op":"sell"})", arena_)),
      StartsWith("operation_unknown"));
}

TEST_F(RecordShapes, TheDeclaredFieldsOfAnUnwrapTransformCount) {
  WireFormat format = format_of({"id"});
  format.operation_field = "META_OP";
  format.deleted_field = "gone";
  DebeziumDecoder decoder(format);
  const auto read_next = [&](std::string_view value) { return text_of(decoder.decode(std::nullopt, value,
      arena_)); };
  EXPECT_EQ(read_next(R"({"id":"1","META_OP":"c"})"), R"(c after="1")");
  EXPECT_EQ(read_next(R"({"id":"1","META_OP":"d"})"), R"(d before="1")");
  EXPECT_EQ(read_next(R"({"id":"1","META_OP":"u","gone":"true"})"), R"(d before="1")");
  EXPECT_EQ(read_next(R"({"id":"1","gone":"false"})"), R"(u after="1")");
  EXPECT_EQ(read_next(R"({"id":"1","__op":"d"})"), R"(d before="1")") << "Debezium's own are known too";
  EXPECT_EQ(read_next(envelope("c", "null", row)), R"(c after="1")");
  EXPECT_THAT(read_next(R"({"id":"1","META_OP":"D"})"),
      StartsWith("operation_unknown: \"META_OP\" came as \"D\""));
  EXPECT_THAT(read_next(R"({"id":"1"})"), AllOf(StartsWith("operation_unknown"), HasSubstr("\"META_OP\"")));
}

TEST_F(RecordShapes, TheDeclaredOperationMayBeCalledAsAnEnvelopes) {
  WireFormat format = format_of({"id"});
  format.operation_field = "op";
  DebeziumDecoder decoder(format);
  EXPECT_EQ(text_of(decoder.decode(std::nullopt, R"({"id":"1","op":"d","lsn":7})", arena_)),
      R"(d before="1")");
  EXPECT_EQ(text_of(decoder.decode(std::nullopt, envelope("c", "null", row), arena_)), R"(c after="1")");
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

TEST_F(RecordShapes, OfAnAbsentColumnTheHintNamesGeneratedOnes) {
  EXPECT_THAT(read({"id", "city"}, envelope("u", "null", R"({"id":"1"})")),
              AllOf(HasSubstr("`absent: keep`"), HasSubstr("`absent: null`"), HasSubstr("generated"),
                    testing::Not(HasSubstr("optional"))));
}

TEST_F(RecordShapes, ABeforeImageThatCountsMustBeWhole) {
  WireFormat format = format_of({"id", "name"});
  format.mode = topology::SourceMode::events;
  DebeziumDecoder decoder(format);
  const auto before_error = [&](std::string_view value) {
    const auto change = decoder.decode(std::nullopt, value, arena_);
    if (!change.ok() || change->error) return text_of(change);
    return change->before_error ? text_of(*change->before_error) : std::string("none");
  };
  EXPECT_EQ(before_error(envelope("d", row, "null")), "none");
  EXPECT_THAT(before_error(envelope("d", R"({"id":"1"})", "null")), StartsWith("missing_column"));
  EXPECT_THAT(before_error(envelope("d", R"({"id":"1","name":7})", "null")), StartsWith("wrong_type"));
  EXPECT_THAT(before_error(envelope("u", R"({"id":"1"})", row)), StartsWith("missing_column"));
  EXPECT_THAT(before_error(R"({"id":"1","__deleted":"true"})"), StartsWith("missing_column"));
}

TEST_F(RecordShapes, ARowWithoutOneDeclaredColumnIsNoRow) {
  WireFormat format = format_of({"id", "city"});
  for (auto& column : format.columns) column.optional = true;
  format.primary_key = {0};
  DebeziumDecoder decoder(format);
  for (const std::string& value : {std::string(R"({"foo":1})"), envelope("c", "null", R"({"foo":1})"),
      std::string("{}")}) {
    EXPECT_THAT(text_of(decoder.decode(R"({"id":"1"})", value, arena_)), StartsWith("malformed_record"))
        << value;
  }
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
  EXPECT_THAT(read({"customer"}, envelope("c", "null", R"({"ID":"1","CUSTOMER":"ann"})")),
              AllOf(HasSubstr("did you mean \"CUSTOMER\"?"), HasSubstr("from: CUSTOMER")))
                  << "as Oracle writes names";
}

TEST_F(RecordShapes, WhatCannotBeReadInABeforeImageIsAbsent) {
  EXPECT_EQ(read({"id"}, envelope("u", R"({"id":1})", row)), R"(u before=absent after="1")");
  EXPECT_EQ(read({"id"}, envelope("d", R"({"id":1})", "null")), "d before=absent");
  EXPECT_EQ(read({"id", "name"}, R"({"id":"1","name":1,"__deleted":"true"})"), R"(d before="1"|absent)");
}

}  // namespace
}  // namespace tallymill::tests
