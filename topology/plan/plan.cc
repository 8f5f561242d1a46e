#include "topology/plan/plan.h"

#include <set>

#include "topology/plan/plan_builder.h"

namespace tallymill::topology {

std::vector<std::string> Plan::sink_topics() const {
  std::set<std::string> topics;
  for (const SubTopology& sub_topology : sub_topologies) {
    for (const NodePlan& node : sub_topology.nodes) {
      if (!node.sink) continue;
      for (const SinkBranch& branch : node.sink->branches) topics.insert(branch.topic);
    }
  }
  return {topics.begin(), topics.end()};
}

void Plan::set_internal_prefix(const std::string& prefix) {
  const std::size_t old_size = internal_prefix.size();
  const auto rename = [&](std::string& topic) { topic.replace(0, old_size, prefix); };
  for (SubTopology& sub_topology : sub_topologies) {
    if (!sub_topology.repartition_topic.empty()) rename(sub_topology.repartition_topic);
    for (NodePlan& node : sub_topology.nodes) {
      if (node.exchange) rename(node.exchange->topic);
    }
  }
  internal_prefix = prefix;
}

Plan make_plan(const Document& document, const OperatorCatalog& catalog, Diagnostics& diagnostics) {
  return PlanBuilder(document, catalog, diagnostics).build();
}

LoadedTopology load_topology(std::string_view text, std::string file_name, std::string directory,
                             const OperatorCatalog& catalog, Diagnostics& diagnostics) {
  LoadedTopology loaded;
  const auto specs = catalog.specs();
  loaded.document = read_document(text, std::move(file_name), std::move(directory), specs, diagnostics);
  Plan plan = make_plan(loaded.document, catalog, diagnostics);
  if (!diagnostics.has_errors()) loaded.plan = std::move(plan);
  return loaded;
}

}  // namespace tallymill::topology
