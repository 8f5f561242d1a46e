#include "processor/plan_json.h"

#include "topology/plan/sensitive_topics.h"

namespace tallymill::processor {
namespace {

std::vector<std::string> names_of(const topology::RowType& type, const std::vector<std::size_t>& columns) {
  std::vector<std::string> names;
  for (const std::size_t column : columns) names.push_back(type.columns[column].name);
  return names;
}

void write_source(const topology::SourcePlan& source, JsonWriter& json) {
  const topology::SourceDeclaration& declaration = source.declaration;
  json.open('{').name("name").text(declaration.name).texts("topics", declaration.topics);
  json.name("mode").text(name_of(declaration.mode));
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

}  // namespace

void write_plan(const topology::Plan& plan, JsonWriter& json) {
  json.name("name").text(plan.name).name("sources").open('[');
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
  json.name("dead_letter_topic").text(plan.dead_letter_topic);
  json.name("sensitive_topics").open('[');
  for (const topology::SensitiveTopic& each : topology::sensitive_topics(plan)) {
    json.open('{').name("topic").text(each.topic).name("holds").text(each.holds).close('}');
  }
  json.close(']');
}

std::string plan_as_json(const topology::Plan& plan) {
  JsonWriter json;
  json.open('{');
  write_plan(plan, json);
  json.close('}');
  return json.result();
}

}  // namespace tallymill::processor
