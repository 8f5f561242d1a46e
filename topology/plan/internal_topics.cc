#include "topology/plan/internal_topics.h"

#include <algorithm>

namespace tallymill::topology {

bool is_internal_topic(std::string_view topic, std::string_view prefix) {
  if (prefix.empty() || !topic.starts_with(std::string(prefix) + ".")) return false;
  const std::string_view rest = topic.substr(prefix.size());
  return rest == ".plan" || rest == ".ledger" || rest.ends_with(".repartition") ||
         rest.ends_with(".changelog") || rest.ends_with(".table");
}

std::vector<std::string> internal_topics(const Plan& plan) {
  std::vector<std::string> topics = {plan.plan_topic()};
  for (const SubTopology& sub_topology : plan.sub_topologies) {
    if (!sub_topology.repartition_topic.empty()) topics.push_back(sub_topology.repartition_topic);
    topics.push_back(plan.changelog_topic(sub_topology));
  }
  return topics;
}

std::string name_in_metrics(std::string_view topic) {
  std::string name(topic);
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

Status check_internal_topics(const Plan& plan) {
  std::vector<std::string> others = plan.sink_topics();
  others.push_back(plan.dead_letter_topic);
  others.push_back(plan.late_topic);
  for (const SourcePlan& source : plan.sources) {
    others.insert(others.end(), source.declaration.topics.begin(), source.declaration.topics.end());
  }
  for (const std::string& topic : internal_topics(plan)) {
    if (topic.size() > topic_name_bytes_max) {
      return Error{ErrorCode::invalid_value,
                   "the internal topic \"" + topic + "\" would have a name of " +
                       std::to_string(topic.size()) + " characters, and Kafka takes " +
                       std::to_string(topic_name_bytes_max),
                   "set a shorter internal_topics.prefix, or shorten the names of pipeline and step"};
    }
    for (const std::string& other : others) {
      if (name_in_metrics(other) != name_in_metrics(topic)) continue;
      return Error{ErrorCode::duplicate_name,
                   "topic \"" + other + "\" of the topology meets the internal topic \"" + topic + "\"",
                   "set another internal_topics.prefix, or choose another topic"};
    }
  }
  return {};
}

}  // namespace tallymill::topology
