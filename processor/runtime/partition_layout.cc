#include "processor/runtime/partition_layout.h"

#include <algorithm>
#include <set>

#include "topology/base/invariant.h"

namespace tallymill::processor {

using topology::Partition;
using topology::Plan;

topology::Result<PartitionLayout> PartitionLayout::make(const Plan& plan, Topics& topics) {
  PartitionLayout layout;
  std::int32_t largest = 1;
  std::set<std::string> pipelines;
  const auto add_input = [&](TaskId task, const TopicPartition& partition) {
    layout.inputs_.push_back(partition);
    layout.tasks_.emplace(partition, task);
    layout.partitions_by_task_.emplace(task, partition);
  };
  // Sources come first in the plan, so the largest is known where repartition topics are laid out.
  for (std::size_t i = 0; i < plan.sub_topologies.size(); ++i) {
    const topology::SubTopology& sub_topology = plan.sub_topologies[i];
    const topology::SubTopologyIndex index(static_cast<std::uint16_t>(i));
    for (const topology::NodePlan& node : sub_topology.nodes) pipelines.insert(node.pipeline);
    std::uint32_t input = 0;
    if (!sub_topology.source) {
      for (; input < static_cast<std::uint32_t>(largest); ++input) {
        add_input({index, input},
                  {sub_topology.repartition_topic, Partition(static_cast<std::int32_t>(input))});
      }
      layout.task_counts_.push_back(input);
      continue;
    }
    for (const std::string& topic : plan.sources[sub_topology.source->value].declaration.topics) {
      const auto partitions = topics.partition_count(topic);
      if (!partitions) {
        return topology::Error{
            topology::ErrorCode::cannot_read,
            "topic \"" + topic + "\" of source \"" + sub_topology.name + "\" does not exist",
            "check the name; a connector makes the topic with its first record"};
      }
      largest = std::max(largest, *partitions);
      for (std::int32_t p = 0; p < *partitions; ++p) add_input({index, input++}, {topic, Partition(p)});
    }
    layout.task_counts_.push_back(input);
  }
  layout.pipeline_names_.assign(pipelines.begin(), pipelines.end());
  for (const topology::SubTopology& sub_topology : plan.sub_topologies) {
    for (const topology::NodePlan& node : sub_topology.nodes) {
      if (!node.sink) continue;
      for (const topology::SinkBranch& branch : node.sink->branches) {
        layout.output_partitions_[branch.topic] =
            topics.partition_count(branch.topic)
                .value_or(static_cast<std::int32_t>(branch.partitions.value_or(largest)));
      }
    }
  }
  for (const std::string& topic : {plan.dead_letter_topic, plan.late_topic}) {
    layout.output_partitions_[topic] = topics.partition_count(topic).value_or(largest);
  }
  return layout;
}

topology::Status PartitionLayout::create_topics(const Plan& plan, Topics& topics) const {
  for (std::size_t i = 0; i < plan.sub_topologies.size(); ++i) {
    const std::string& topic = plan.sub_topologies[i].repartition_topic;
    if (topic.empty() || topics.partition_count(topic)) continue;
    // Never by age: the records go when the task that reads them has committed past them.
    const auto status = topics.create(topic, static_cast<std::int32_t>(task_counts_[i]),
                                      {{"cleanup.policy", "delete"}, {"retention.ms", "-1"}});
    if (!status) return status;
  }
  for (const auto& [topic, partitions] : output_partitions_) {
    if (topics.partition_count(topic)) continue;
    if (const auto status = topics.create(topic, partitions, {}); !status) return status;
  }
  return {};
}

std::optional<TaskId> PartitionLayout::task_of(const TopicPartition& partition) const {
  const auto found = tasks_.find(partition);
  return found == tasks_.end() ? std::nullopt : std::optional(found->second);
}

TopicPartition PartitionLayout::input_of(TaskId task) const {
  const auto found = partitions_by_task_.find(task);
  INVARIANT(found != partitions_by_task_.end(), "a task outside the layout");
  return found->second;
}

std::uint32_t PartitionLayout::task_count(topology::SubTopologyIndex sub_topology) const {
  return task_counts_[sub_topology.value];
}

std::int32_t PartitionLayout::partition_count(std::string_view topic) const {
  const auto found = output_partitions_.find(topic);
  INVARIANT(found != output_partitions_.end(), "an output topic outside the layout");
  return found->second;
}

}  // namespace tallymill::processor
