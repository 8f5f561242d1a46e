#include "processor/runtime/partition_layout.h"

#include <algorithm>
#include <set>

#include "topology/base/invariant.h"

namespace tallymill::processor {

using topology::Partition;
using topology::Plan;

namespace {

/// Partitions of `topic`, `otherwise` if there is none yet.
topology::Result<std::int32_t> count_or(Topics& topics, const std::string& topic, std::int32_t otherwise) {
  const auto count = topics.partition_count(topic);
  if (!count) return count.error();
  return count->value_or(otherwise);
}

std::map<std::string, const topology::SinkBranch*> branches_by_topic(const Plan& plan) {
  std::map<std::string, const topology::SinkBranch*> branches;
  for (const topology::SubTopology& sub_topology : plan.sub_topologies) {
    for (const topology::NodePlan& node : sub_topology.nodes) {
      if (!node.sink) continue;
      for (const topology::SinkBranch& branch : node.sink->branches) branches.emplace(branch.topic, &branch);
    }
  }
  return branches;
}

/// The partitions of a source's topics, which must exist.
topology::Result<std::vector<TopicPartition>> source_partitions(const topology::SourceDeclaration& source,
                                                                Topics& topics) {
  std::vector<TopicPartition> partitions;
  for (const std::string& topic : source.topics) {
    const auto count = topics.partition_count(topic);
    if (!count) return count.error();
    if (!*count) {
      return topology::Error{topology::ErrorCode::topic_missing,
                             "topic \"" + topic + "\" of source \"" + source.name + "\" does not exist",
                             "check the name; a connector makes the topic with its first record"};
    }
    for (std::int32_t p = 0; p < **count; ++p) partitions.push_back({topic, Partition(p)});
  }
  return partitions;
}

}  // namespace

topology::Result<PartitionLayout> PartitionLayout::make(const Plan& plan, Topics& topics,
                                                        Durability durability) {
  PartitionLayout layout;
  std::int32_t largest = 1;
  std::set<std::string> pipelines;
  // Sources come first in the plan, so the largest is known where repartition topics are laid out.
  for (std::size_t i = 0; i < plan.sub_topologies.size(); ++i) {
    const topology::SubTopology& sub_topology = plan.sub_topologies[i];
    for (const topology::NodePlan& node : sub_topology.nodes) pipelines.insert(node.pipeline);
    std::vector<TopicPartition> partitions;
    if (sub_topology.source) {
      const topology::SourceDeclaration& source = plan.sources[sub_topology.source->value].declaration;
      auto found = source_partitions(source, topics);
      if (!found) return found.error();
      partitions = std::move(*found);
      for (const TopicPartition& each : partitions) largest = std::max(largest, each.partition.value + 1);
    } else {
      for (std::int32_t p = 0; p < largest; ++p)
        partitions.push_back({sub_topology.repartition_topic, Partition(p)});
    }
    layout.add_inputs(plan, topology::SubTopologyIndex(static_cast<std::uint16_t>(i)), partitions,
                      durability);
  }
  layout.pipeline_names_.assign(pipelines.begin(), pipelines.end());
  if (const auto status = layout.add_outputs(plan, topics, largest); !status) return status.error();
  return layout;
}

void PartitionLayout::add_inputs(const Plan& plan, topology::SubTopologyIndex sub_topology,
                                 const std::vector<TopicPartition>& partitions, Durability durability) {
  for (std::uint32_t input = 0; input < partitions.size(); ++input) {
    const TaskId task{sub_topology, input};
    inputs_.push_back(partitions[input]);
    tasks_.emplace(partitions[input], task);
    partitions_by_task_.emplace(task, partitions[input]);
    if (durability == Durability::process) continue;
    const std::string& name = plan.sub_topologies[sub_topology.value].name;
    changelogs_[task] = {plan.internal_prefix + "." + name + ".changelog",
                         Partition(static_cast<std::int32_t>(input))};
  }
  task_counts_.push_back(static_cast<std::uint32_t>(partitions.size()));
}

topology::Status PartitionLayout::add_outputs(const Plan& plan, Topics& topics, std::int32_t largest) {
  const auto add = [&](const std::string& topic, std::int32_t partitions) -> topology::Status {
    const auto count = count_or(topics, topic, partitions);
    if (!count) return count.error();
    output_partitions_[topic] = *count;
    return {};
  };
  for (const topology::SubTopology& sub_topology : plan.sub_topologies) {
    for (const topology::NodePlan& node : sub_topology.nodes) {
      if (!node.sink) continue;
      for (const topology::SinkBranch& branch : node.sink->branches) {
        const auto wanted = static_cast<std::int32_t>(branch.partitions.value_or(largest));
        if (auto status = add(branch.topic, wanted); !status) return status;
      }
    }
  }
  for (const std::string& topic : {plan.dead_letter_topic, plan.late_topic}) {
    if (auto status = add(topic, largest); !status) return status;
  }
  return {};
}

topology::Status PartitionLayout::create_topics(const Plan& plan, Topics& topics,
                                                const InternalTopicSettings& settings) const {
  for (std::size_t i = 0; i < plan.sub_topologies.size(); ++i) {
    const auto partitions = static_cast<std::int32_t>(task_counts_[i]);
    const std::string& repartition = plan.sub_topologies[i].repartition_topic;
    // Never by age: the records go when the task that reads them has committed past them.
    if (!repartition.empty()) {
      const TopicConfig config = {{"cleanup.policy", "delete"}, {"retention.ms", "-1"}};
      if (auto status = create_internal(topics, repartition, partitions, settings, config); !status)
        return status;
    }
    const TaskId first{topology::SubTopologyIndex(static_cast<std::uint16_t>(i)), 0};
    const TopicPartition* changelog = changelog_of(first);
    if (changelog == nullptr) continue;
    const TopicConfig config = {{"cleanup.policy", "compact"}};
    if (auto status = create_internal(topics, changelog->topic, partitions, settings, config); !status)
      return status;
  }
  const auto branches = branches_by_topic(plan);
  for (const auto& [topic, partitions] : output_partitions_) {
    const auto branch = branches.find(topic);
    std::optional<std::int16_t> replication_factor = settings.replication_factor;
    TopicConfig config;
    if (branch != branches.end()) {
      if (branch->second->replication_factor)
        replication_factor = static_cast<std::int16_t>(*branch->second->replication_factor);
      config = branch->second->config;
    }
    if (auto status = topics.create(topic, partitions, replication_factor, config); !status) return status;
  }
  return {};
}

topology::Status create_internal(Topics& topics, const std::string& topic, std::int32_t partitions,
                                 const InternalTopicSettings& settings, TopicConfig config) {
  const auto count = topics.partition_count(topic);
  if (!count) return count.error();
  if (*count && **count == partitions) return {};
  if (*count) {
    return topology::Error{
        topology::ErrorCode::partition_count_changed,
        "internal topic \"" + topic + "\" has " + std::to_string(**count) + " partitions and " +
            std::to_string(partitions) + " are needed",
        "the source topics' partitions changed since the first start, and keys no longer hash "
        "to where their state is: reset the application, or start it under a new name"};
  }
  if (!settings.create) {
    return topology::Error{
        topology::ErrorCode::topic_missing,
        "internal topic \"" + topic + "\" does not exist, and internal_topics.create is off",
        "create it with " + std::to_string(partitions) +
            " partitions, or set "
            "internal_topics.create: true"};
  }
  config.insert(config.end(), settings.config.begin(), settings.config.end());
  return topics.create(topic, partitions, settings.replication_factor, config);
}

std::optional<TaskId> PartitionLayout::task_of(const TopicPartition& partition) const {
  const auto found = tasks_.find(partition);
  return found == tasks_.end() ? std::nullopt : std::optional(found->second);
}

const TopicPartition& PartitionLayout::input_of(TaskId task) const {
  const auto found = partitions_by_task_.find(task);
  INVARIANT(found != partitions_by_task_.end(), "a task outside the layout");
  return found->second;
}

const TopicPartition* PartitionLayout::changelog_of(TaskId task) const {
  const auto found = changelogs_.find(task);
  return found == changelogs_.end() ? nullptr : &found->second;
}

std::vector<std::string> PartitionLayout::input_topics() const {
  std::vector<std::string> topics;
  for (const TopicPartition& input : inputs_) {
    if (topics.empty() || topics.back() != input.topic) topics.push_back(input.topic);
  }
  return topics;
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
