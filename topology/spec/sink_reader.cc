#include "topology/spec/sink_reader.h"

#include <limits>

#include "topology/spec/topic_name.h"

namespace tallymill::topology {
namespace {

/// A number of partitions or replicas, which Kafka keeps in 32 and 16 bits.
std::optional<std::int64_t> read_count(const FieldSet& fields, std::string_view name, std::int64_t most,
                                       Diagnostics& diagnostics) {
  const auto count = fields.integer(name);
  if (!count || (*count >= 1 && *count <= most)) return count;
  diagnostics.error(ErrorCode::invalid_value, fields.range(name),
                    "\"" + std::string(name) + "\" is between 1 and " + std::to_string(most));
  return std::nullopt;
}

SinkDeclaration read_sink(const FieldSet& fields, Diagnostics& diagnostics) {
  SinkDeclaration sink;
  sink.range = fields.range();
  sink.topic = fields.text("topic").value_or("");
  sink.topic_range = fields.range("topic");
  if (fields.text("topic")) check_topic_name(sink.topic, sink.topic_range, diagnostics);
  const auto key = fields.names("key");
  sink.key.assign(key.begin(), key.end());
  sink.key_range = fields.range("key");
  const auto partition_by = fields.names("partition_by");
  sink.partition_by.assign(partition_by.begin(), partition_by.end());
  sink.key_as_string = fields.text("key_format") == "string";
  if (const ExpressionText* when = fields.expression("when")) sink.when = *when;
  sink.otherwise = fields.boolean("otherwise").value_or(false);
  sink.partitions = read_count(fields, "partitions", std::numeric_limits<std::int32_t>::max(), diagnostics);
  sink.replication_factor =
      read_count(fields, "replication_factor", std::numeric_limits<std::int16_t>::max(), diagnostics);
  for (const NamedExpression& setting : fields.named_expressions("config")) {
    sink.config.emplace_back(setting.name, setting.expression.text);
  }
  return sink;
}

void check_only(const FieldSet& fields, const std::string& owner, Diagnostics& diagnostics) {
  for (const std::string_view name : {"when", "otherwise"}) {
    if (!fields.has(name)) continue;
    diagnostics.error(ErrorCode::invalid_value, fields.range(name),
                      "`" + std::string(name) + "` chooses between several sinks, and " + owner + " has one",
                      "to write some of the rows only, add a `filter` step");
  }
}

void check_branch(const FieldSet& fields, bool is_last, Diagnostics& diagnostics) {
  if (is_last) {
    if (fields.has("when") || fields.boolean("otherwise") != true) {
      diagnostics.error(
          ErrorCode::invalid_value, fields.has("when") ? fields.range("when") : fields.range(),
          "the last sink of a list has no `when` but `otherwise: true`: every row goes somewhere",
          "drop rows with a `filter` step instead");
    }
  } else if (fields.has("otherwise")) {
    diagnostics.error(ErrorCode::invalid_value, fields.range("otherwise"),
                      "only the last sink of a list has `otherwise`", "move this entry to the end");
  } else if (!fields.has("when")) {
    diagnostics.error(ErrorCode::missing_field, fields.range(), "a sink in a list lacks the field \"when\"",
                      "write which rows go here, such as `when: amount > 100`");
  }
}

}  // namespace

std::vector<SinkDeclaration> read_sinks(std::span<const FieldSet> entries, const std::string& owner,
                                        Diagnostics& diagnostics) {
  std::vector<SinkDeclaration> sinks;
  for (const FieldSet& fields : entries) {
    sinks.push_back(read_sink(fields, diagnostics));
    if (entries.size() == 1) {
      check_only(fields, owner, diagnostics);
    } else {
      check_branch(fields, &fields == &entries.back(), diagnostics);
    }
  }
  return sinks;
}

}  // namespace tallymill::topology
