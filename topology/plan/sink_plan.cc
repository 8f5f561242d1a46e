#include <algorithm>

#include "topology/plan/internal_topics.h"
#include "topology/plan/plan_builder.h"

namespace tallymill::topology {
namespace {

std::string quoted_list(const StreamShape& shape, const std::vector<std::size_t>& columns) {
  std::string text;
  for (const std::size_t column : columns)
    text += (text.empty() ? "" : ", ") + shape.type.columns[column].name;
  return text;
}

bool contains(const std::vector<std::size_t>& columns, std::size_t column) {
  return std::find(columns.begin(), columns.end(), column) != columns.end();
}

}  // namespace

void PlanBuilder::add_sink(Layout& layout) {
  SinkPlan sink;
  sink.type = layout.stream.shape.type;
  sink.insert_only = layout.stream.shape.insert_only();
  for (const SinkDeclaration& declaration : layout.pipeline->sinks) {
    auto branch = make_branch(layout, declaration);
    if (!branch) continue;
    if (branch->topic == plan_.dead_letter_topic || branch->topic == plan_.late_topic) {
      diagnostics_.error(ErrorCode::duplicate_name, declaration.topic_range,
                         "topic \"" + branch->topic + "\" is where late rows or dead letters go",
                         "choose another topic, or set `late` and `dead_letter`");
      continue;
    }
    if (is_internal_topic(branch->topic, plan_.name)) {
      diagnostics_.error(
          ErrorCode::duplicate_name, declaration.topic_range,
          "topic \"" + branch->topic + "\" has a name that is kept for the application's own topics",
          "choose another topic");
      continue;
    }
    const auto [writer, is_new] = writers_.emplace(branch->topic, layout.pipeline->name);
    // Two sinks of one table would each keep their own newest value per key; facts have nothing to keep.
    const bool is_own = writer->second == layout.pipeline->name;
    if (!is_new && !(is_own && sink.insert_only)) {
      diagnostics_.error(
          ErrorCode::duplicate_name, declaration.topic_range,
          "topic \"" + branch->topic + "\" is written by " +
              (is_own ? std::string("another branch") : "pipeline \"" + writer->second + "\"") + " already",
          is_own ? "join the conditions of the two branches with `||`"
                 : "give each pipeline a topic of its own, or read both with `from: [..]` and write once");
      continue;
    }
    sink.branches.push_back(std::move(*branch));
  }
  NodePlan node;
  node.pipeline = layout.pipeline->name;
  node.stage = "sink";
  node.input = layout.stream.shape;
  node.counted_as = {"to"};
  node.ledger = layout.is_behind_aggregate ? LedgerPlace::behind : LedgerPlace::end;
  node.description = "to";
  for (const SinkBranch& branch : sink.branches) {
    node.description += (node.description == "to" ? " " : ", ") + branch.topic;
    if (branch.when != nullptr) node.description += " when " + branch.when->canonical_text();
  }
  node.sink = std::move(sink);
  // Other pipelines that read this one go on from in front of the sink, as its twin.
  const auto in_front = layout.stream.places;
  attach(layout, node);
  layout.stream.places = in_front;
}

std::optional<std::vector<std::size_t>> PlanBuilder::positions_of(const StreamShape& shape,
                                                                  const std::vector<NameUse>& names) {
  std::vector<std::size_t> result;
  for (const NameUse& use : names) {
    const auto position = shape.type.find(use.name);
    if (!position || shape.type.columns[*position].hidden) {
      const std::string nearest = shape.type.nearest(use.name);
      diagnostics_.error(ErrorCode::unknown_column, use.range,
                         "there is no column \"" + use.name + "\" at the end of this pipeline",
                         nearest.empty() ? "" : "did you mean \"" + nearest + "\"?");
      return std::nullopt;
    }
    result.push_back(*position);
  }
  return result;
}

std::optional<SinkBranch> PlanBuilder::make_branch(const Layout& layout, const SinkDeclaration& sink) {
  const StreamShape& shape = layout.stream.shape;
  SinkBranch branch;
  branch.topic = sink.topic;
  branch.key_as_string = sink.key_as_string;
  branch.partitions = sink.partitions;
  branch.replication_factor = sink.replication_factor;
  branch.config = sink.config;
  if (sink.when) {
    branch.when = compile_in_document(*sink.when, shape.type, true, diagnostics_);
    if (branch.when == nullptr) return std::nullopt;
  }
  if (!choose_key(shape, sink, branch)) return std::nullopt;
  if (branch.key_as_string && branch.key.size() != 1) {
    diagnostics_.error(ErrorCode::invalid_value, sink.key_range,
                       "`key_format: string` takes a key of one column, and this one has " +
                           std::to_string(branch.key.size()) +
                           (branch.key.empty() ? "" : " (" + quoted_list(shape, branch.key) + ")"),
                       "leave `key_format` out: the key is then a JSON object");
    return std::nullopt;
  }
  if (sink.partition_by.empty()) {
    for (const std::size_t column : branch.key) {
      if (!contains(shape.window_columns, column)) branch.partition_by.push_back(column);
    }
    return branch;
  }
  auto partition_by = positions_of(shape, sink.partition_by);
  if (!partition_by) return std::nullopt;
  for (const std::size_t column : *partition_by) {
    if (contains(branch.key, column) || shape.insert_only()) continue;
    diagnostics_.error(
        ErrorCode::invalid_value, sink.range,
        "`partition_by` names \"" + shape.type.columns[column].name + "\", which is not in the key",
        "records of one key must stay in one partition: add the column to `key`");
    return std::nullopt;
  }
  branch.partition_by = std::move(*partition_by);
  return branch;
}

bool PlanBuilder::choose_key(const StreamShape& shape, const SinkDeclaration& sink, SinkBranch& branch) {
  const auto given = positions_of(shape, sink.key);
  if (!given) return false;
  branch.key = *given;
  switch (shape.identity.kind) {
    case Identity::Kind::events:
      return true;
    case Identity::Kind::lost:
      diagnostics_.error(
          ErrorCode::key_lacks_identity, sink.range,
          "rows of this pipeline change, and no columns are left that say which row is which",
          shape.keyless
              ? "a table without a key is written behind an aggregate only; add an `aggregate` step"
              : "keep the primary key's columns (with several topics or sources declare `origin` as well)");
      return false;
    case Identity::Kind::columns:
      break;
  }
  if (sink.key.empty()) branch.key = shape.identity.columns;
  for (const std::size_t column : shape.identity.columns) {
    if (contains(branch.key, column)) continue;
    diagnostics_.error(ErrorCode::key_lacks_identity, sink.key_range,
                       "the key lacks \"" + shape.type.columns[column].name +
                           "\": two rows would overwrite each other under one key",
                       "the key must contain " + quoted_list(shape, shape.identity.columns) +
                           "; leave `key` out for just that");
    return false;
  }
  return true;
}

}  // namespace tallymill::topology
