#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/spec/topology_sample.h"

namespace tallymill::topology {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* columns = "    columns: { id: string, day: date, at: timestamp, amount: decimal }\n";

/// The message of the only finding about a source with these fields beside some columns; of mode events
/// unless they say otherwise.
std::string refusal(const std::string& fields) {
  const bool says_mode =
      fields.find("primary_key") != std::string::npos || fields.find("mode") != std::string::npos;
  const ReadTopology read =
      read_topology(with_source(fields + (says_mode ? "" : "    mode: events\n") + columns));
  if (read.found.size() != 1) return std::to_string(read.found.size()) + " findings";
  return std::string(name_of(read.found[0].code)) + ": " + read.found[0].message + " / " + read.found[0].hint;
}

TEST(SourceTest, DefaultsAreFilledIn) {
  const ReadTopology read =
      read_topology(with_source(std::string("    topic: t\n    mode: events\n") + columns));
  ASSERT_THAT(read.places(), IsEmpty());
  const SourceDeclaration& source = read.document.sources.at(0);
  EXPECT_EQ(source.name, "payments");
  EXPECT_EQ(source.range.begin, (Position{4, 3}));
  EXPECT_THAT(source.topics, ElementsAre("t"));
  EXPECT_EQ(source.mode, SourceMode::events);
  EXPECT_FALSE(source.include_snapshot);
  EXPECT_THAT(source.primary_key, IsEmpty());
  EXPECT_EQ(source.event_time.name, "");
  EXPECT_EQ(source.watermark.out_of_orderness, Duration{0});
  EXPECT_EQ(source.watermark.max_ahead, Duration{3'600'000'000});
  EXPECT_EQ(source.on_truncate, TruncateReaction::fail);
  EXPECT_EQ(source.on_lsn_regression, RegressionReaction::fail);
  EXPECT_EQ(source.on_error, RecordErrorReaction::dead_letter);
}

TEST(SourceTest, EveryFieldIsRead) {
  const ReadTopology read = read_topology(with_source(R"(    topics: [a.t, b.t]
    format: debezium_json
    mode: events
    snapshot: include
    start: earliest
    primary_key: id
    event_time: meta.source_time
    watermark: { out_of_orderness: 5s, max_ahead: 1m }
    origin: region
    on_truncate: ignore
    on_lsn_regression: new_epoch
    on_resnapshot: merge
    on_error: fail
    columns:
      id: { type: uuid, from: ID }
      currency: { type: string, optional: true }
      card: { type: string, sensitive: true }
      amount: { type: decimal, currency: currency, scale: 2 }
      tags: list<string>
)"));
  ASSERT_THAT(read.places(), IsEmpty());
  const SourceDeclaration& source = read.document.sources.at(0);
  EXPECT_THAT(source.topics, ElementsAre("a.t", "b.t"));
  EXPECT_EQ(source.mode, SourceMode::events);
  EXPECT_TRUE(source.include_snapshot);
  EXPECT_EQ(source.primary_key.at(0).name, "id");
  EXPECT_EQ(source.event_time.name, "meta.source_time");
  EXPECT_EQ(source.watermark.out_of_orderness, Duration{5'000'000});
  EXPECT_EQ(source.watermark.max_ahead, Duration{60'000'000});
  EXPECT_EQ(source.origin_column, "region");
  EXPECT_EQ(source.on_truncate, TruncateReaction::ignore);
  EXPECT_EQ(source.on_lsn_regression, RegressionReaction::new_epoch);
  EXPECT_EQ(source.on_error, RecordErrorReaction::fail);
  ASSERT_EQ(source.columns.size(), 5u);
  EXPECT_EQ(source.columns[0].wire_name, "ID");
  EXPECT_EQ(source.columns[0].type.kind, TypeKind::uuid);
  EXPECT_TRUE(source.columns[1].optional);
  EXPECT_EQ(source.columns[1].wire_name, "currency");
  EXPECT_TRUE(source.columns[2].sensitive);
  EXPECT_EQ(source.columns[3].currency, (Currency{Currency::Kind::column, "currency"}));
  EXPECT_EQ(source.columns[3].scale, 2);
  EXPECT_EQ(source.columns[4].type.text(), "list<string>");
  EXPECT_EQ(read.document.dead_letter_payload, DeadLetterPayload::keys) << "a column is sensitive";
}

TEST(SourceTest, APrimaryKeyMakesATable) {
  const ReadTopology read =
      read_topology(with_source(std::string("    topic: t\n    primary_key: [id]\n") + columns));
  ASSERT_THAT(read.places(), IsEmpty());
  EXPECT_EQ(read.document.sources.at(0).mode, SourceMode::table);
}

TEST(SourceTest, NamedColumnsMustExistAndFit) {
  EXPECT_EQ(refusal("    topic: t\n    primary_key: [idd]\n"),
            "unknown_column: source \"payments\" has no column \"idd\" / did you mean \"id\"?");
  EXPECT_EQ(refusal("    topic: t\n    event_time: timestamp\n"),
            "unknown_column: source \"payments\" has no column \"timestamp\" / declare it under `columns`");
  EXPECT_THAT(refusal("    topic: t\n    event_time: amount\n"),
              HasSubstr("is decimal, and an event time is"));
  EXPECT_THAT(refusal("    topic: t\n    event_time: meta.lsn\n"), HasSubstr("cannot be the event time"));
  EXPECT_EQ(refusal("    topic: t\n    event_time: day\n"), "0 findings");
  EXPECT_EQ(refusal("    topic: t\n    event_time: at\n"), "0 findings");
  EXPECT_THAT(refusal("    topic: t\n    origin: id\n"), HasSubstr("has a column \"id\" already"));
}

TEST(SourceTest, TheModesHaveTheirRules) {
  EXPECT_THAT(refusal("    topic: t\n    mode: table\n"),
              HasSubstr("missing_field: source \"payments\" is a table"));
  EXPECT_THAT(refusal("    topic: t\n    primary_key: [id]\n    snapshot: skip\n"),
              HasSubstr("is for mode events"));
  EXPECT_THAT(refusal("    topic: t\n    primary_key: [id]\n    mode: changelog\n"),
              HasSubstr("has a primary key"));
  EXPECT_THAT(refusal("    topic: t\n    mode: changelog\n    snapshot: skip\n"), HasSubstr("always takes"));
  EXPECT_EQ(refusal("    topic: t\n    mode: changelog\n"), "0 findings");
}

TEST(SourceTest, WithoutAPrimaryKeyTheModeIsWritten) {
  const ReadTopology read = read_topology(with_source(std::string("    topic: t\n") + columns));
  ASSERT_THAT(read.places(), ElementsAre("4:3 missing_field"));
  for (const char* way : {"primary_key: [column]", "mode: events", "mode: changelog"}) {
    EXPECT_THAT(read.found[0].hint, HasSubstr(way));
  }
  // A key that is misspelt is one mistake.
  EXPECT_THAT(
      read_topology(with_source(std::string("    topic: t\n    primarykey: [id]\n") + columns)).places(),
      ElementsAre("6:5 unknown_field"));
}

TEST(SourceTest, OperationsNarrowTheFacts) {
  const ReadTopology read = read_topology(with_source(
      std::string("    topic: t\n    mode: events\n    operations: [create, delete]\n") + columns));
  ASSERT_THAT(read.places(), IsEmpty());
  const FactOperations operations = read.document.sources.at(0).operations;
  EXPECT_TRUE(operations.create && !operations.update && operations.remove);
  EXPECT_THAT(refusal("    topic: t\n    mode: events\n    operations: [insert]\n"),
              HasSubstr("write create"));
  EXPECT_THAT(refusal("    topic: t\n    primary_key: [id]\n    operations: [create]\n"),
              HasSubstr("is for mode events"));
}

TEST(SourceTest, TheConnectorsWordsAreTaken) {
  const ReadTopology read = read_topology(with_source(
      "    topic: t\n    mode: events\n    unavailable_value: __gone__\n    operation: META_OP\n"
      "    deleted: META_DELETED\n    columns:\n"
      "      id: int\n      code: string\n"));
  ASSERT_TRUE(read.found.empty());
  const SourceDeclaration& source = read.document.sources[0];
  EXPECT_EQ(source.unavailable_value, "__gone__");
  EXPECT_EQ(source.operation_field, "META_OP");
  EXPECT_EQ(source.deleted_field, "META_DELETED");
  EXPECT_THAT(refusal("    topic: t\n    operation: ''\n"), HasSubstr("\"operation\" of source \"payments\" is empty"));
  EXPECT_THAT(refusal("    topic: t\n    operation: x\n    deleted: x\n"), HasSubstr("name one field"));
}

TEST(SourceTest, TopicsAreGivenOnceAndLegal) {
  EXPECT_THAT(refusal(""), HasSubstr("missing_field: source \"payments\" lacks the field \"topic\""));
  EXPECT_THAT(refusal("    topic: t\n    topics: [u]\n"), HasSubstr("both `topic` and `topics`"));
  EXPECT_THAT(refusal("    topics: []\n"), HasSubstr("empty list"));
  EXPECT_THAT(refusal("    topics: [a, a]\n"), HasSubstr("twice"));
  EXPECT_THAT(refusal("    topic: a b\n"), HasSubstr("no name for a Kafka topic"));
  EXPECT_THAT(refusal("    topic: ..\n"), HasSubstr("no name for a Kafka topic"));
  EXPECT_THAT(refusal("    topic: ''\n"), HasSubstr("no name for a Kafka topic"));
  EXPECT_THAT(refusal("    topic: " + std::string(250, 'a') + "\n"), HasSubstr("no name for a Kafka topic"));
  EXPECT_EQ(refusal("    topic: " + std::string(249, 'a') + "\n"), "0 findings");
}

TEST(SourceTest, PlannedPartsSayNotYet) {
  for (const char* field : {"format: debezium_avro", "format: json", "start: latest",
                            "start: 2026-01-01T00:00:00Z", "keep_rows: forever", "on_resnapshot: replace",
                            "watermark: { idle_timeout: 10s }", "versions: { by: at }"}) {
    EXPECT_THAT(refusal("    topic: t\n    " + std::string(field) + "\n"), HasSubstr("not_yet: ")) << field;
  }
  EXPECT_THAT(refusal("    topic_pattern: x.*\n"), HasSubstr("not_yet: \"topic_pattern\""));
  EXPECT_THAT(refusal("    topic: t\n    start: soon\n"), HasSubstr("takes earliest, latest or a time"));
}

/// The message of the only finding about a source with this column after `id` and `code`.
std::string column_refusal(const std::string& column) {
  const ReadTopology read = read_topology(
      with_source("    topic: t\n    mode: events\n    columns:\n      id: int\n      code: string\n      " +
                  column + "\n"));
  if (read.found.size() != 1) return std::to_string(read.found.size()) + " findings";
  return std::string(name_of(read.found[0].code)) + ": " + read.found[0].message + " / " + read.found[0].hint;
}

TEST(SourceTest, ColumnsAreChecked) {
  EXPECT_EQ(column_refusal("a: { type: decimal, currency: code }"), "0 findings");
  EXPECT_EQ(column_refusal("a: { type: decimal, currency: id }"),
            "invalid_value: the currency column \"id\" is int, and a currency is a string / ");
  EXPECT_EQ(column_refusal("a: { type: decimal, currency: \"GBP\" }"), "0 findings");
  EXPECT_THAT(column_refusal("a: { type: decimal, currency: \"code\" }"), HasSubstr("`currency: code`"));
  EXPECT_THAT(column_refusal("a: { type: decimal, currency: GBP }"), HasSubstr("`currency: \"GBP\"`"));
  EXPECT_THAT(column_refusal("a: numeric(12,2)"), HasSubstr("write decimal"));
  EXPECT_THAT(column_refusal("a: { type: decimal, currency: cod }"), HasSubstr("did you mean \"code\"?"));
  EXPECT_EQ(column_refusal("a: strnig"),
            "invalid_value: there is no type \"strnig\" / did you mean \"string\"?");
  EXPECT_THAT(column_refusal("a: { from: b }"),
              HasSubstr("missing_field: column \"a\" of source \"payments\" lacks"));
  EXPECT_THAT(column_refusal("a: { type: int, scale: 2 }"), HasSubstr("only a decimal has a scale"));
  EXPECT_THAT(column_refusal("a: { type: decimal, scale: -1 }"), HasSubstr("between 0 and 1000"));
  EXPECT_THAT(column_refusal("a: { type: decimal, scale: 1001 }"), HasSubstr("between 0 and 1000"));
  EXPECT_THAT(column_refusal("a: { type: timestamp, zone: Europe/London }"), HasSubstr("not_yet: \"zone\""));
  EXPECT_THAT(column_refusal("a: { type: int, optional: NO }"), HasSubstr("true or false"));
  EXPECT_THAT(column_refusal("\"a b\": int"), HasSubstr("no name for a column"));
  EXPECT_THAT(column_refusal("meta: int"), HasSubstr("no name for a column"));
}

TEST(SourceTest, WordsOfTheWireFitTheirTypes) {
  for (const char* column :
       {"a: { type: timestamp, unit: ms }", "a: { type: time, unit: s }", "a: { type: duration, unit: us }",
        "a: { type: list<timestamp>, unit: ns }", "a: { type: decimal, wire: text }",
        "a: { type: list<decimal>, scale: 2 }", "a: { type: bytes, encoding: hex }",
        "a: { type: list<bytes>, encoding: base64 }", "a: { type: int, absent: keep }",
        "a: { type: int, absent: null }"}) {
    EXPECT_EQ(column_refusal(column), "0 findings") << column;
  }
  EXPECT_THAT(column_refusal("a: { type: date, unit: ms }"), HasSubstr("a date that comes as a number is in days"));
  EXPECT_THAT(column_refusal("a: { type: int, unit: ms }"),
              HasSubstr("only a timestamp, a time or a duration has a unit"));
  EXPECT_THAT(column_refusal("a: { type: timestamp, unit: minutes }"), HasSubstr("\"minutes\""));
  EXPECT_THAT(column_refusal("a: { type: int, wire: text }"), HasSubstr("`wire` says how a decimal comes"));
  EXPECT_THAT(column_refusal("a: { type: decimal, wire: base64 }"), HasSubstr("`wire: base64` needs `scale`"));
  EXPECT_THAT(column_refusal("a: { type: decimal, wire: base64, scale: 2 }"), HasSubstr("ALTER COLUMN")) << "a warning";
  EXPECT_THAT(column_refusal("a: { type: string, encoding: hex }"), HasSubstr("`encoding` says how bytes come"));
  EXPECT_THAT(column_refusal("a: { type: int, absent: refuse }"), HasSubstr("\"refuse\""));
}

TEST(SourceTest, ColumnsAreRequired) {
  EXPECT_THAT(read_topology(with_source("    topic: t\n    mode: events\n")).places(),
              ElementsAre("4:3 missing_field"));
  EXPECT_THAT(read_topology(with_source("    topic: t\n    columns: {}\n    primary_key: [a]\n")).places(),
              ElementsAre("6:14 invalid_value"));
}

}  // namespace
}  // namespace tallymill::topology
