#include "topology/plan/plan_printer.h"

#include "topology/plan/sensitive_topics.h"

namespace tallymill::topology {
namespace {

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

void print_source(const SourcePlan& source, std::string& out) {
  const SourceDeclaration& declaration = source.declaration;
  out += "source " + declaration.name + "\n";
  out += "  topics      " + joined(declaration.topics) + "\n";
  if (declaration.mode == SourceMode::table) {
    out += "  mode        table: rows change, totals are corrected; a row is " +
           column_list(source.type, source.primary_key) + "\n";
    if (declaration.one_table) out += "  tables      all on the topic are parts of one\n";
  } else if (declaration.mode == SourceMode::events) {
    out += "  mode        events: every change is a fact, a repeated one too, and nothing is retracted; ";
    out += declaration.include_snapshot ? "snapshot rows are facts\n" : "snapshot rows are passed over\n";
  } else {
    out +=
        "  mode        changelog: the before image is retracted, the after image added; a repeated record counts "
        "again, so totals are exact only if the connector writes exactly once\n";
  }
  if (!declaration.event_time.name.empty()) {
    out += "  event time  " + declaration.event_time.name + ", watermark " +
           format_duration(declaration.watermark.out_of_orderness) + " behind\n";
  }
  out += "  columns     ";
  for (std::size_t i = 0; i < source.type.size(); ++i) {
    const Column& column = source.type.columns[i];
    out += (i == 0 ? "" : ", ") + column.name + " " + column.type.text();
    if (column.hidden) out += " (stored metadata)";
    if (column.sensitive) out += " (sensitive)";
  }
  out += "\n";
  if (declaration.mode == SourceMode::table) {
    out +=
        "  duplicates  dropped by lsn per row, as far as the records carry source.lsn; else rows are "
        "compared\n";
  }
  out += "\n";
}

void print_sink(const SinkPlan& sink, std::string& out) {
  for (const SinkBranch& branch : sink.branches) {
    out += "         topic " + branch.topic;
    if (branch.when != nullptr) out += " when " + branch.when->canonical_text();
    out += "\n";
    if (branch.key.empty()) {
      out += "         key none: every row is a record of its own\n";
      continue;
    }
    out += "         key {" + column_list(sink.type, branch.key) + "}, partition by {" +
           column_list(sink.type, branch.partition_by) + "}";
    out += sink.insert_only
               ? "\n"
               : ", newest value per key once per commit, tombstone when a row ceases to exist\n";
  }
}

void print_node(const SubTopology& sub_topology, std::size_t index, std::string& out) {
  const NodePlan& node = sub_topology.nodes[index];
  out += "  [" + std::to_string(index) + "]    " + node.pipeline +
         (node.step.empty() ? "" : "." + node.step) + " " + node.stage + ": " + node.description + "\n";
  for (const StoreIndex store : node.stores) {
    const StorePlan& plan = sub_topology.stores[store.value];
    out += "         store " + plan.name + (plan.kind == StoreKind::point ? " (point)" : " (ordered)") + "\n";
  }
  if (node.exchange_reason) out += "         exchange before it: " + *node.exchange_reason + "\n";
  if (node.exchange) out += "         topic " + node.exchange->topic + "\n";
  if (node.sink) print_sink(*node.sink, out);
  if (node.downstream.empty()) return;
  out += "         then";
  for (const NodeIndex downstream : node.downstream) out += " [" + std::to_string(downstream.value) + "]";
  out += "\n";
}

void print_sub_topology(const Plan& plan, const SubTopology& sub_topology, std::string& out) {
  out += "sub-topology " + sub_topology.name + "\n";
  if (sub_topology.source) {
    const SourcePlan& source = plan.sources[sub_topology.source->value];
    out += "  reads  " + joined(source.declaration.topics) + ", a task per partition\n";
    if (source.declaration.mode == SourceMode::table) {
      out += "  store  " + sub_topology.name + ".rows (point)\n  store  " + sub_topology.name +
             ".tombs (ordered)\n";
    }
  } else {
    out += "  reads  " + sub_topology.repartition_topic + ", a task per partition\n";
  }
  for (std::size_t i = 0; i < sub_topology.nodes.size(); ++i) print_node(sub_topology, i, out);
  out += "\n";
}

std::string payload_text(DeadLetterPayload payload) {
  switch (payload) {
    case DeadLetterPayload::raw:
      return "raw: key and value as they came";
    case DeadLetterPayload::full:
      return "full: declared columns and the primary key";
    case DeadLetterPayload::keys:
      return "keys only";
    case DeadLetterPayload::none:
      return "none";
  }
  return {};
}

/// Nothing where no column is sensitive.
void print_sensitive(const Plan& plan, std::string& out) {
  if (!has_sensitive_columns(plan)) return;
  out += '\n' + sensitive_topics_text(plan);
  if (plan.dead_letter_payload == DeadLetterPayload::raw ||
      plan.dead_letter_payload == DeadLetterPayload::none)
    return;
  out +=
      "Dead letters show a sensitive primary key or group as its keyed hash. The key of the hash is the "
      "setting\n"
      "dead_letter.hash_key; without it the topology's name, and whoever tries values can undo the hash.\n";
}

}  // namespace

std::string column_list(const RowType& type, const std::vector<std::size_t>& columns) {
  std::string text;
  for (const std::size_t column : columns) text += (text.empty() ? "" : ", ") + type.columns[column].name;
  return text;
}

std::string print_plan(const Plan& plan) {
  std::string out = "topology " + plan.name + "\n\n";
  for (const SourcePlan& source : plan.sources) print_source(source, out);
  for (const SubTopology& sub_topology : plan.sub_topologies) print_sub_topology(plan, sub_topology, out);
  out += "late rows     " + plan.late_topic + "\n";
  out += "dead letters  " + plan.dead_letter_topic + ", payload " + payload_text(plan.dead_letter_payload) +
         "\n";
  print_sensitive(plan, out);
  out +=
      "\nReaders of the output topics must skip what was aborted:\n"
      "  Java, Kafka Streams  isolation.level=read_committed\n"
      "  Kafka Connect sink   consumer.override.isolation.level=read_committed\n"
      "  kcat                 -X isolation.level=read_committed\n"
      "  librdkafka           isolation.level=read_committed (its default)\n";
  return out;
}

}  // namespace tallymill::topology
