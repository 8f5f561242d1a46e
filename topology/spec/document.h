#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "topology/base/time.h"
#include "topology/data/row.h"
#include "topology/spec/diagnostics.h"
#include "topology/spec/field_spec.h"
#include "topology/data/metadata_field.h"

namespace tallymill::topology {

/// Name, doc line, example, fields: what the reader must know of an operator. `ops` owns the list.
struct OperatorSpec {
  std::string_view name;
  std::string_view doc;
  std::string_view example;  ///< one YAML step, linted by a test
  std::span<const FieldSpec> fields;
  Availability availability = Availability::available;
  bool keeps_state = false;     ///< a step that keeps state has a name
  std::string_view today = {};  ///< of a planned one: what works instead
  std::string_view also = {};   ///< what people call it who do not know its name, words with spaces between
};

/// `unit`, `wire` and `encoding` of a column: what a record without a schema does not say.
enum class TimeUnit : std::uint8_t { seconds, milliseconds, microseconds, nanoseconds };
enum class DecimalWire : std::uint8_t { text, base64 };
enum class BytesEncoding : std::uint8_t { base64, hex };
/// `absent`: what it means that an update lacks the column of a row that has a value for it. `refuse` is the
/// default: neither is known, so the record is a dead letter.
enum class AbsentReaction : std::uint8_t { refuse, keep, null };

/// A decimal that a record brings prints with no more digits than its column's `digits`, those after the point and
/// zeros before it included. PostgreSQL's 131,072 before the point would cost every record that touches them
/// milliseconds; what is counted in money needs 30.
inline constexpr int decimal_digits_default = 1'000;
inline constexpr int decimal_digits_min = 100;
inline constexpr int decimal_digits_max = 131'072;

/// How a column is declared.
struct ColumnDeclaration {
  std::string name;
  SourceRange range;
  Type type;
  std::string wire_name;  ///< `from`, else the name
  std::optional<MetadataField> metadata;  ///< `from: meta.FIELD`
  bool optional = false;
  bool sensitive = false;
  Currency currency;  ///< of kind none, column or constant
  SourceRange currency_range;
  // What a record without a schema does not say; of a list, about its items.
  std::optional<int> scale;               ///< of decimals that come as base64
  std::optional<TimeUnit> unit;           ///< of times that come as numbers
  std::optional<DecimalWire> wire;        ///< of decimals that come as text
  int digits = decimal_digits_default;    ///< of decimals: more are a dead letter
  std::optional<BytesEncoding> encoding;  ///< of bytes that come as text
  AbsentReaction absent = AbsentReaction::refuse;
};

/// `changelog`: the rows of a table without key, each named by all its columns: the before image is what is
/// retracted.
enum class SourceMode : std::uint8_t { table, events, changelog };
std::string_view name_of(SourceMode mode);
/// `operations`: which changes of a source in mode events are facts.
struct FactOperations {
  bool create = true;
  bool update = true;
  bool remove = true;

  bool only_create() const { return !update && !remove; }
};
enum class TruncateReaction : std::uint8_t { fail, ignore };
enum class RegressionReaction : std::uint8_t { fail, new_epoch };
enum class RecordErrorReaction : std::uint8_t { dead_letter, fail };

/// `watermark`, defaults filled in.
struct WatermarkDeclaration {
  Duration out_of_orderness{0};
  Duration max_ahead{3'600'000'000};
};

struct SourceDeclaration {
  std::string name;
  SourceRange range;
  std::vector<std::string> topics;  ///< at least one
  SourceRange topics_range;
  SourceMode mode = SourceMode::events;  ///< default filled in: table if there is a primary key
  SourceRange mode_range;                ///< of the source's name if `mode` is not written
  bool include_snapshot = false;         ///< events mode: `r` records are facts
  FactOperations operations;             ///< events mode; other changes are filtered out
  std::vector<NameUse> primary_key;
  /// A column, or "meta.source_time"; empty name if not declared.
  NameUse event_time;
  WatermarkDeclaration watermark;
  std::vector<ColumnDeclaration> columns;
  std::string origin_column;  ///< `origin`; empty if not declared
  bool one_table = false;     ///< its physical tables are parts of one, among which rows move
  // Words of a connector whose settings are not Debezium's defaults; empty: the defaults alone.
  std::string unavailable_value;  ///< unavailable.value.placeholder
  std::string operation_field;    ///< the field of a flattened record that holds c, u, d or r
  std::string deleted_field;      ///< the field of a flattened record that is true for a delete
  TruncateReaction on_truncate = TruncateReaction::fail;
  RegressionReaction on_lsn_regression = RegressionReaction::fail;
  RecordErrorReaction on_error = RecordErrorReaction::dead_letter;
};

struct StepDeclaration {
  const OperatorSpec* operator_spec = nullptr;
  std::string name;   ///< given, else the operator's
  SourceRange range;  ///< of the operator's key
  SourceRange name_range;
  FieldSet fields;
};

/// One entry of `to`.
struct SinkDeclaration {
  SourceRange range;
  std::string topic;
  SourceRange topic_range;
  std::vector<NameUse> key;  ///< empty: the default key
  SourceRange key_range;
  std::vector<NameUse> partition_by;  ///< empty: the key without window columns
  bool key_as_string = false;         ///< `key_format: string`
  std::optional<ExpressionText> when;
  bool otherwise = false;
  std::optional<std::int64_t> partitions;
  std::optional<std::int64_t> replication_factor;
  std::vector<std::pair<std::string, std::string>> config;
};

struct PipelineDeclaration {
  std::string name;
  SourceRange range;
  std::vector<NameUse> from;
  std::vector<StepDeclaration> steps;
  std::vector<SinkDeclaration> sinks;  ///< several: branches in order; none: internal
};

/// What a dead letter holds of its record: the bytes as they came, or of the declared columns that could be read all,
/// those of the primary key, or none.
enum class DeadLetterPayload : std::uint8_t { raw, full, keys, none };

/// A topology as written, defaults filled in, names not yet resolved.
struct Document {
  std::string name;
  SourceRange name_range;
  std::vector<SourceDeclaration> sources;
  /// An included file, or a part of `sources`, could not be read: names that are not known may stand there.
  bool lacks_sources = false;
  std::vector<PipelineDeclaration> pipelines;
  std::string dead_letter_topic;  ///< default "<name>.dead-letter"
  DeadLetterPayload dead_letter_payload =
      DeadLetterPayload::full;  ///< default `keys` with a sensitive column
  std::string late_topic;       ///< default "<name>.late"
};

/// Reads a topology file's text. `include` files are read relative to `directory`. Everything that is wrong
/// with the form (fields, types, choices, columns that a source names) is added to `diagnostics`; names of
/// sources, pipelines and columns in steps are resolved by the plan. The result is only usable if
/// `diagnostics` has no errors.
Document read_document(std::string_view text, std::string file_name, std::string directory,
                       std::span<const OperatorSpec* const> operators, Diagnostics& diagnostics);

/// The tables of the language outside operators, for reference documentation and tests.
std::span<const FieldSpec> topology_fields();
std::span<const FieldSpec> source_fields();
std::span<const FieldSpec> column_fields();
std::span<const FieldSpec> sink_fields();

}  // namespace tallymill::topology
