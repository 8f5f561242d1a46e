#include <iostream>

#include "processor/codec/json_encoder.h"
#include "processor/commands/commands.h"
#include "processor/commands/topology_file.h"
#include "topology/plan/plan_printer.h"

namespace tallymill::processor {
namespace {

/// Writes JSON objects and lists, compact.
class JsonWriter {
 public:
  JsonWriter& open(char bracket) {
    separate();
    text_ += bracket;
    return *this;
  }
  JsonWriter& close(char bracket) {
    text_ += bracket;
    return *this;
  }
  JsonWriter& name(std::string_view name) {
    separate();
    append_json_string(text_, name);
    text_ += ':';
    return *this;
  }
  JsonWriter& text(std::string_view value) {
    separate();
    append_json_string(text_, value);
    return *this;
  }
  JsonWriter& number(std::size_t value) {
    separate();
    text_ += std::to_string(value);
    return *this;
  }
  JsonWriter& boolean(bool value) {
    separate();
    text_ += value ? "true" : "false";
    return *this;
  }
  JsonWriter& texts(std::string_view field, const std::vector<std::string>& values) {
    name(field).open('[');
    for (const std::string& value : values) text(value);
    return close(']');
  }
  const std::string& result() const { return text_; }

 private:
  void separate() {
    if (!text_.empty() && text_.back() != '{' && text_.back() != '[' && text_.back() != ':') text_ += ',';
  }
  std::string text_;
};

std::vector<std::string> names_of(const topology::RowType& type, const std::vector<std::size_t>& columns) {
  std::vector<std::string> names;
  for (const std::size_t column : columns) names.push_back(type.columns[column].name);
  return names;
}

void write_source(const topology::SourcePlan& source, JsonWriter& json) {
  const topology::SourceDeclaration& declaration = source.declaration;
  json.open('{').name("name").text(declaration.name).texts("topics", declaration.topics);
  json.name("mode").text(declaration.mode == topology::SourceMode::table ? "table" : "events");
  json.texts("primary_key", names_of(source.type, source.primary_key));
  json.name("event_time").text(declaration.event_time.name);
  json.name("out_of_orderness").text(format_duration(declaration.watermark.out_of_orderness));
  json.name("columns").open('[');
  for (const topology::Column& column : source.type.columns) {
    json.open('{').name("name").text(column.name).name("type").text(column.type.text());
    json.name("stored_metadata")
        .boolean(column.hidden)
        .name("sensitive")
        .boolean(column.sensitive)
        .close('}');
  }
  json.close(']').close('}');
}

void write_sink(const topology::SinkPlan& sink, JsonWriter& json) {
  json.name("topics").open('[');
  for (const topology::SinkBranch& branch : sink.branches) {
    json.open('{').name("topic").text(branch.topic);
    json.texts("key", names_of(sink.type, branch.key));
    json.texts("partition_by", names_of(sink.type, branch.partition_by));
    if (branch.when != nullptr) json.name("when").text(branch.when->canonical_text());
    json.close('}');
  }
  json.close(']');
}

void write_node(const topology::SubTopology& sub_topology, std::size_t index, JsonWriter& json) {
  const topology::NodePlan& node = sub_topology.nodes[index];
  json.open('{').name("index").number(index).name("pipeline").text(node.pipeline);
  json.name("step").text(node.step).name("stage").text(node.stage).name("description").text(node.description);
  json.name("stores").open('[');
  for (const topology::StoreIndex store : node.stores) json.text(sub_topology.stores[store.value].name);
  json.close(']');
  if (node.exchange_reason) json.name("exchange_before").text(*node.exchange_reason);
  if (node.exchange) json.name("repartition_topic").text(node.exchange->topic);
  if (node.sink) write_sink(*node.sink, json);
  json.name("downstream").open('[');
  for (const topology::NodeIndex downstream : node.downstream) json.number(downstream.value);
  json.close(']').close('}');
}

std::string plan_as_json(const topology::Plan& plan) {
  JsonWriter json;
  json.open('{').name("name").text(plan.name).name("sources").open('[');
  for (const topology::SourcePlan& source : plan.sources) write_source(source, json);
  json.close(']').name("sub_topologies").open('[');
  for (const topology::SubTopology& sub_topology : plan.sub_topologies) {
    json.open('{').name("name").text(sub_topology.name);
    json.texts("reads", sub_topology.source ? plan.sources[sub_topology.source->value].declaration.topics
                                            : std::vector<std::string>{sub_topology.repartition_topic});
    json.name("stores").open('[');
    if (sub_topology.source &&
        plan.sources[sub_topology.source->value].declaration.mode == topology::SourceMode::table) {
      json.text(sub_topology.name + ".rows").text(sub_topology.name + ".tombs");
    }
    for (const topology::StorePlan& store : sub_topology.stores) json.text(store.name);
    json.close(']').name("nodes").open('[');
    for (std::size_t i = 0; i < sub_topology.nodes.size(); ++i) write_node(sub_topology, i, json);
    json.close(']').close('}');
  }
  json.close(']').name("late_topic").text(plan.late_topic);
  json.name("dead_letter_topic").text(plan.dead_letter_topic).close('}');
  return json.result();
}

}  // namespace

int run_explain(const ExplainOptions& options) {
  int exit_code = 0;
  const auto plan = load_plan(options.file, exit_code);
  if (!plan) return exit_code;
  if (options.format == "json") {
    std::cout << plan_as_json(*plan) << "\n";
  } else {
    std::cout << print_plan(*plan);
  }
  return 0;
}

}  // namespace tallymill::processor
