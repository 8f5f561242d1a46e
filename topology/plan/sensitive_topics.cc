#include "topology/plan/sensitive_topics.h"

#include <algorithm>

namespace tallymill::topology {
namespace {

bool is_sensitive(const RowType& type) {
  return std::any_of(type.columns.begin(), type.columns.end(),
                     [](const Column& column) { return column.sensitive && !column.hidden; });
}

/// Topics in the order in which they were found, each once.
class Collector {
 public:
  void add(const std::string& topic, const char* holds) {
    const bool is_known = std::any_of(topics_.begin(), topics_.end(),
                                      [&](const SensitiveTopic& each) { return each.topic == topic; });
    if (!is_known) topics_.push_back({topic, holds});
  }
  std::vector<SensitiveTopic> take() { return std::move(topics_); }

 private:
  std::vector<SensitiveTopic> topics_;
};

template <class Visit>
void visit_nodes(const Plan& plan, const Visit& visit) {
  for (const SubTopology& sub_topology : plan.sub_topologies) {
    for (const NodePlan& node : sub_topology.nodes) visit(node);
  }
}

/// Rows are kept whole, all declared columns; aggregates keep groups and what they add up.
bool keeps_sensitive_state(const Plan& plan, const SubTopology& sub_topology) {
  if (sub_topology.source) {
    const SourcePlan& source = plan.sources[sub_topology.source->value];
    if (source.declaration.mode == SourceMode::table && is_sensitive(source.type)) return true;
  }
  return std::any_of(sub_topology.nodes.begin(), sub_topology.nodes.end(),
                     [](const NodePlan& node) { return node.holds_sensitive && !node.stores.empty(); });
}

}  // namespace

std::vector<SensitiveTopic> sensitive_topics(const Plan& plan) {
  Collector topics;
  visit_nodes(plan, [&](const NodePlan& node) {
    if (!node.sink || !is_sensitive(node.sink->type)) return;
    for (const SinkBranch& branch : node.sink->branches) topics.add(branch.topic, "rows");
  });
  visit_nodes(plan, [&](const NodePlan& node) {
    if (node.writes_late && node.holds_sensitive) topics.add(plan.late_topic, "late rows");
  });
  visit_nodes(plan, [&](const NodePlan& node) {
    if (node.exchange && node.holds_sensitive) topics.add(node.exchange->topic, "partials");
  });
  for (const SubTopology& sub_topology : plan.sub_topologies) {
    if (keeps_sensitive_state(plan, sub_topology)) topics.add(plan.changelog_topic(sub_topology), "state");
  }
  const bool shows_columns = plan.dead_letter_payload == DeadLetterPayload::raw ||
                             plan.dead_letter_payload == DeadLetterPayload::full;
  if (shows_columns && has_sensitive_columns(plan)) topics.add(plan.dead_letter_topic, "dead letters");
  return topics.take();
}

std::string sensitive_topics_text(const Plan& plan) {
  if (!has_sensitive_columns(plan)) return {};
  const auto topics = sensitive_topics(plan);
  std::string text = "sensitive values stand in clear in ";
  text += topics.empty() ? "no topic\n" : "these topics\n";
  for (const SensitiveTopic& each : topics) text += "  " + each.topic + ": " + each.holds + "\n";
  return text;
}

bool has_sensitive_columns(const Plan& plan) {
  return std::any_of(plan.sources.begin(), plan.sources.end(),
                     [](const SourcePlan& source) { return is_sensitive(source.type); });
}

}  // namespace tallymill::topology
