#include "topology/spec/document_tables.h"

#include "topology/spec/document.h"

namespace tallymill::topology {
namespace {

constexpr auto planned = Availability::planned;

constexpr Choice version_choices[] = {{"1", "This version of the language."}};
constexpr Choice format_choices[] = {
    {"debezium_json", "Debezium's envelope or its flattened form, as JSON with or without schemas."},
    {"debezium_avro", "The same in Avro with a schema registry.", planned,
     "let the connector write JSON: value.converter=org.apache.kafka.connect.json.JsonConverter"},
    {"json", "Plain JSON objects.", planned,
     "plain objects are read as Debezium's flattened form: leave `format` out"},
};
constexpr Choice mode_choices[] = {
    {"table", "Rows change, and totals are corrected."},
    {"events", "Every change is a fact of its own, deletes too."},
    {"changelog", "A table without a key: the before image (REPLICA IDENTITY FULL) is retracted."},
};
constexpr Choice snapshot_choices[] = {
    {"include", "Records of the initial snapshot are facts as well."},
    {"skip", "Records of the initial snapshot are left out."},
};
constexpr Choice truncate_choices[] = {
    {"fail", "The engine stops."},
    {"ignore", "The rows stay as they are."},
};
constexpr Choice regression_choices[] = {
    {"fail", "The engine stops."},
    {"new_epoch", "The log positions begin anew, as after a restored database."},
};
constexpr Choice resnapshot_choices[] = {
    {"merge", "Rows of the new snapshot update those that are known."},
    {"replace", "Rows that the new snapshot does not have are deleted.", planned,
     "with `merge` they stay, and are counted"},
};
constexpr Choice record_error_choices[] = {
    {"dead_letter", "The record goes to the dead-letter topic, and the stream goes on."},
    {"fail", "The engine stops."},
};
constexpr Choice unit_choices[] = {
    {"s", "Seconds."},
    {"ms", "Milliseconds, as of timestamp(3) and of time.precision.mode=connect."},
    {"us", "Microseconds, as of columns without a declared precision."},
    {"ns", "Nanoseconds."},
};
constexpr Choice wire_choices[] = {
    {"text", "The number as people write it: decimal.handling.mode=string."},
    {"base64", "The digits as base64, with `scale` of them after the point: decimal.handling.mode=precise."},
};
constexpr Choice encoding_choices[] = {
    {"base64", "binary.handling.mode=bytes or base64."},
    {"hex", "binary.handling.mode=hex."},
};
constexpr Choice absent_choices[] = {
    {"keep", "The stored value stays: a generated column, which PostgreSQL leaves out of its changes."},
    {"null", "The value is null: the column was dropped, or was not there yet."},
};
constexpr Choice key_format_choices[] = {
    {"json", "A JSON object of the key columns."},
    {"string", "The text of the one key column."},
};
constexpr Choice value_format_choices[] = {
    {"json", "A JSON object of the row's columns."},
    {"json_with_schema", "The same in Kafka Connect's envelope with its schema.", planned,
     "`json` writes plain objects: leave `format` out"},
    {"debezium_json", "A Debezium envelope.", planned, "`json` writes plain objects: leave `format` out"},
    {"avro", "Avro with a schema registry.", planned, "`json` writes plain objects: leave `format` out"},
};
constexpr Choice payload_choices[] = {
    {"raw", "Key and value as they came, with what no column declares: for feeding them in again."},
    {"full", "The declared columns that could be read, as JSON, and the primary key."},
    {"keys", "The primary key alone."},
    {"none", "Neither."},
};

constexpr FieldSpec watermark_specs[] = {
    {.name = "out_of_orderness",
     .type = FieldType::duration,
     .default_text = "0s",
     .doc = "How far behind the highest event time rows may still come."},
    {.name = "max_ahead",
     .type = FieldType::duration,
     .default_text = "1h",
     .doc = "A row whose event time is further ahead of source.ts_ms moves the watermark only that far."},
    {.name = "idle_timeout",
     .type = FieldType::duration,
     .doc = "After this long without rows a partition holds the watermark back no more.",
     .availability = planned,
     .today = "a partition without rows holds windows of a finite grace open"},
};

constexpr FieldSpec column_specs[] = {
    {.name = "type",
     .type = FieldType::text,
     .required = true,
     .doc = "The column's type, such as string or decimal."},
    {.name = "from", .type = FieldType::text, .doc = "The column's name on the wire, if it is another."},
    {.name = "optional",
     .type = FieldType::boolean,
     .default_text = "false",
     .doc = "A record without the column is no error: it is null."},
    {.name = "sensitive",
     .type = FieldType::boolean,
     .default_text = "false",
     .doc = "The value never appears in logs, errors, pages or dead letters."},
    {.name = "currency",
     .type = FieldType::subtree,
     .doc = "The column that says this amount's currency, or in quotes the currency itself: `currency: "
            "\"GBP\"`."},
    {.name = "zone",
     .type = FieldType::text,
     .doc = "The zone of timestamps that come without one.",
     .availability = planned,
     .today = "they are read as UTC; a column of type timestamptz says its instant itself"},
    {.name = "digits",
     .type = FieldType::integer,
     .doc = "Of a decimal: what prints with more digits (1000) is a dead letter, as it would slow all that touch it."},
    {.name = "scale",
     .type = FieldType::integer,
     .doc = "Digits after the point of base64 decimals that come without a schema; with `wire: base64`."},
    {.name = "wire",
     .type = FieldType::choice,
     .doc = "How decimals come that are text in a record without a schema.",
     .choices = wire_choices},
    {.name = "unit",
     .type = FieldType::choice,
     .doc = "The unit of a timestamp, time or duration that comes as a number without a schema.",
     .choices = unit_choices},
    {.name = "encoding",
     .type = FieldType::choice,
     .doc = "How bytes come that are text in a record without a schema.",
     .choices = encoding_choices},
    {.name = "absent",
     .type = FieldType::choice,
     .doc = "What it means that a change of a row lacks the column; without it the record is a dead letter.",
     .choices = absent_choices},
};

constexpr FieldSpec source_specs[] = {
    {.name = "topic", .type = FieldType::text, .doc = "The topic to read."},
    {.name = "topics", .type = FieldType::text_list, .doc = "Several topics with the same columns."},
    {.name = "topic_pattern",
     .type = FieldType::text,
     .doc = "Topics by regular expression.",
     .availability = planned,
     .today = "list them: `topics: [..]`"},
    {.name = "format",
     .type = FieldType::choice,
     .default_text = "debezium_json",
     .doc = "What a record looks like.",
     .choices = format_choices},
    {.name = "mode",
     .type = FieldType::choice,
     .doc = "table where there is a primary key; without one it must be said.",
     .choices = mode_choices},
    {.name = "operations",
     .type = FieldType::names,
     .doc = "The changes that are facts (mode events only), of create, update and delete; default: all of "
            "them."},
    {.name = "snapshot",
     .type = FieldType::choice,
     .doc = "Whether snapshot records are facts (mode events only).",
     .choices = snapshot_choices},
    {.name = "start",
     .type = FieldType::text,
     .default_text = "earliest",
     .doc = "Where to begin if the group has no position yet."},
    {.name = "primary_key",
     .type = FieldType::names,
     .doc = "The columns that identify a row.",
     .also = "key keys pk id primary"},
    {.name = "event_time",
     .type = FieldType::text,
     .doc = "The column that says when a row happened, or meta.source_time for the commit time."},
    {.name = "watermark",
     .type = FieldType::object,
     .doc = "How far event time is believed.",
     .fields = watermark_specs},
    {.name = "columns",
     .type = FieldType::subtree,
     .required = true,
     .doc = "Declare the columns to decode, as `name: type` or `name: { type: .. }`.",
     .fields = column_specs},
    {.name = "one_table",
     .type = FieldType::boolean,
     .default_text = "false",
     .doc = "The physical tables on the topic are partitions of one, among which rows move."},
    {.name = "repartition",
     .type = FieldType::boolean,
     .default_text = "false",
     .doc = "Sends changes by primary key through a topic of its own first, where the Kafka key is another."},
    {.name = "origin", .type = FieldType::name, .doc = "A column to add that holds the topic's prefix."},
    {.name = "unavailable_value",
     .type = FieldType::text,
     .doc = "The connector's unavailable.value.placeholder, where it is not Debezium's own."},
    {.name = "operation",
     .type = FieldType::text,
     .doc = "The field of a flattened record that holds c, u, d or r, where it is not `__op`."},
    {.name = "deleted",
     .type = FieldType::text,
     .doc = "The field of a flattened record that is true for a delete, where it is not `__deleted`."},
    {.name = "keep_rows",
     .type = FieldType::text,
     .doc = "How long rows are kept for corrections.",
     .availability = planned,
     .today = "rows are kept for as long as they exist"},
    {.name = "on_truncate",
     .type = FieldType::choice,
     .default_text = "fail",
     .doc = "What a truncated table does.",
     .choices = truncate_choices},
    {.name = "on_lsn_regression",
     .type = FieldType::choice,
     .default_text = "fail",
     .doc = "What a log position that goes back does.",
     .choices = regression_choices},
    {.name = "on_resnapshot",
     .type = FieldType::choice,
     .default_text = "merge",
     .doc = "What another snapshot does.",
     .choices = resnapshot_choices},
    {.name = "on_error",
     .type = FieldType::choice,
     .default_text = "dead_letter",
     .doc = "What a malformed record does.",
     .choices = record_error_choices},
    {.name = "versions",
     .type = FieldType::subtree,
     .doc = "Keeps old versions of rows for lookups by event time.",
     .availability = planned,
     .today = "the newest version of a row is kept"},
};

constexpr FieldSpec sink_specs[] = {
    {.name = "topic",
     .type = FieldType::text,
     .required = true,
     .doc = "The topic to write, as `topic: name`.",
     .also = "topics name to"},
    {.name = "key", .type = FieldType::names, .doc = "Key columns; default: what identifies a row."},
    {.name = "partition_by",
     .type = FieldType::names,
     .doc = "Columns that choose the partition; default: the key without window columns."},
    {.name = "key_format",
     .type = FieldType::choice,
     .default_text = "json",
     .doc = "What a key looks like.",
     .choices = key_format_choices},
    {.name = "format",
     .type = FieldType::choice,
     .default_text = "json",
     .doc = "What a value looks like.",
     .choices = value_format_choices},
    {.name = "headers",
     .type = FieldType::expressions,
     .doc = "Record headers.",
     .availability = planned,
     .today = "a column of the value can say it"},
    {.name = "partitions", .type = FieldType::integer, .doc = "Partitions, if the topic must be created."},
    {.name = "replication_factor",
     .type = FieldType::integer,
     .doc = "Replicas, if the topic must be created."},
    {.name = "config", .type = FieldType::texts, .doc = "Topic configuration, if the topic must be created."},
    {.name = "when", .type = FieldType::expression, .doc = "In a list: the rows that go here."},
    {.name = "otherwise",
     .type = FieldType::boolean,
     .doc = "In a list, `true` in its last entry: the other rows."},
};

constexpr FieldSpec dead_letter_specs[] = {
    {.name = "topic", .type = FieldType::text, .doc = "Default: NAME.dead-letter."},
    {.name = "payload",
     .type = FieldType::choice,
     .doc = "What a dead letter shows. Default: full, or keys if a column is sensitive. A primary key with a "
            "sensitive column is shown as a keyed hash, but in raw.",
     .choices = payload_choices},
    {.name = "retention",
     .type = FieldType::duration,
     .doc = "How long dead letters are kept.",
     .availability = planned,
     .today = "set retention.ms of the topic itself"},
};

constexpr FieldSpec late_specs[] = {
    {.name = "topic", .type = FieldType::text, .doc = "Default: NAME.late."},
};

constexpr FieldSpec pipeline_specs[] = {
    {.name = "from",
     .type = FieldType::names,
     .required = true,
     .doc = "Name a source or another pipeline, or several with the same columns."},
    {.name = "steps",
     .type = FieldType::subtree,
     .doc = "What is done to the rows, in order.",
     .also = "step do"},
    {.name = "to",
     .type = FieldType::objects,
     .doc = "The output topic, or a list with `when`; without it: internal.",
     .fields = sink_specs,
     .also = "sink sinks output into"},
};

constexpr FieldSpec topology_specs[] = {
    {.name = "version",
     .type = FieldType::choice,
     .required = true,
     .doc = "Begin the file with `version: 1`.",
     .choices = version_choices},
    {.name = "name",
     .type = FieldType::text,
     .required = true,
     .doc = "Name the application: its consumer group, and the prefix of its internal topics."},
    {.name = "include", .type = FieldType::text_list, .doc = "Files with further `sources`."},
    {.name = "sources",
     .type = FieldType::subtree,
     .doc = "The topics to read, by name.",
     .fields = source_specs},
    {.name = "pipelines",
     .type = FieldType::subtree,
     .required = true,
     .doc = "Say what is done with the sources.",
     .fields = pipeline_specs},
    {.name = "dead_letter",
     .type = FieldType::object,
     .doc = "Where malformed records go.",
     .fields = dead_letter_specs},
    {.name = "late",
     .type = FieldType::object,
     .doc = "Where rows go that come after their window's grace.",
     .fields = late_specs},
    {.name = "internal_topics",
     .type = FieldType::subtree,
     .doc = "How internal topics are created.",
     .availability = Availability::elsewhere,
     .today = "it is a setting of the engine, in a file of its own: `tallymill run --config engine.yaml`"},
    {.name = "kafka",
     .type = FieldType::subtree,
     .doc = "How the brokers are reached.",
     .availability = Availability::elsewhere,
     .today = "it is a setting of the engine, in a file of its own: `tallymill run --config engine.yaml`"},
};

constexpr FieldSpec included_specs[] = {
    {.name = "sources",
     .type = FieldType::subtree,
     .required = true,
     .doc = "An included file holds sources.",
     .fields = source_specs},
};

}  // namespace

std::span<const FieldSpec> topology_fields() { return topology_specs; }
std::span<const FieldSpec> source_fields() { return source_specs; }
std::span<const FieldSpec> column_fields() { return column_specs; }
std::span<const FieldSpec> sink_fields() { return sink_specs; }
std::span<const FieldSpec> pipeline_fields() { return pipeline_specs; }
std::span<const FieldSpec> included_fields() { return included_specs; }

}  // namespace tallymill::topology
