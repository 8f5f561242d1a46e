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
    changelogs_[task] = {plan.changelog_topic(plan.sub_topologies[sub_topology.value]),
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

std::vector<PartitionLayout::WantedTopic> PartitionLayout::internal_topics(const Plan& plan) const {
  std::vector<WantedTopic> wanted;
  for (std::size_t i = 0; i < plan.sub_topologies.size(); ++i) {
    const auto partitions = static_cast<std::int32_t>(task_counts_[i]);
    const std::string& repartition = plan.sub_topologies[i].repartition_topic;
    if (!repartition.empty()) {
      // Never by age: the records go when the task that reads them has committed past them.
      wanted.push_back({repartition, partitions, {{"cleanup.policy", "delete"}, {"retention.ms", "-1"}}});
    }
    const TaskId first{topology::SubTopologyIndex(static_cast<std::uint16_t>(i)), 0};
    if (const TopicPartition* changelog = changelog_of(first)) {
      wanted.push_back({changelog->topic, partitions, {{"cleanup.policy", "compact"}}});
    }
  }
  if (!changelogs_.empty()) wanted.push_back({plan.plan_topic(), 1, {{"cleanup.policy", "compact"}}});
  return wanted;
}

topology::Result<bool> PartitionLayout::exists(Topics& topics, const WantedTopic& wanted) {
  const auto count = topics.partition_count(wanted.topic);
  if (!count) return count.error();
  if (!*count) return false;
  if (**count == wanted.partitions) return true;
  return topology::Error{
      topology::ErrorCode::partition_count_changed,
      "internal topic \"" + wanted.topic + "\" has " + std::to_string(**count) + " partitions and " +
          std::to_string(wanted.partitions) + " are needed",
      "the source topics' partitions changed since the first start, and keys no longer hash to where their "
      "state is: reset the application, or start it under a new name"};
}

topology::Status PartitionLayout::find_missing_topics(const Plan& plan, Topics& topics,
                                                      std::vector<std::string>& missing) const {
  const auto add = [&](const std::string& topic, std::int32_t partitions) {
    missing.push_back(topic + " " + std::to_string(partitions));
  };
  for (const WantedTopic& wanted : internal_topics(plan)) {
    const auto found = exists(topics, wanted);
    if (!found) return found.error();
    if (!*found) add(wanted.topic, wanted.partitions);
  }
  for (const auto& [topic, partitions] : output_partitions_) {
    const auto count = topics.partition_count(topic);
    if (!count) return count.error();
    if (!*count) add(topic, partitions);
  }
  return {};
}

topology::Status PartitionLayout::create_topics(const Plan& plan, Topics& topics,
                                                const InternalTopicSettings& settings) const {
  for (WantedTopic& wanted : internal_topics(plan)) {
    const auto found = exists(topics, wanted);
    if (!found) return found.error();
    if (*found) continue;
    if (!settings.create) {
      return topology::Error{
          topology::ErrorCode::topic_missing,
          "internal topic \"" + wanted.topic + "\" does not exist, and internal_topics.create is off",
          "create it with " + std::to_string(wanted.partitions) +
              " partitions, or set internal_topics.create: true"};
    }
    wanted.config.insert(wanted.config.end(), settings.config.begin(), settings.config.end());
    if (auto status =
            topics.create(wanted.topic, wanted.partitions, settings.replication_factor, wanted.config);
        !status) {
      return status;
    }
  }
  return create_outputs(plan, topics, settings);
}

topology::Status PartitionLayout::create_outputs(const Plan& plan, Topics& topics,
                                                 const InternalTopicSettings& settings) const {
  const auto branches = branches_by_topic(plan);
  for (const auto& [topic, partitions] : output_partitions_) {
    const auto count = topics.partition_count(topic);
    if (!count) return count.error();
    if (*count) continue;
    const auto branch = branches.find(topic);
    std::optional<std::int16_t> replication_factor = settings.replication_factor;
    if (branch != branches.end() && branch->second->replication_factor) {
      replication_factor = static_cast<std::int16_t>(*branch->second->replication_factor);
    }
    const TopicConfig config = branch != branches.end() ? branch->second->config : TopicConfig();
    if (auto status = topics.create(topic, partitions, replication_factor, config); !status) return status;
  }
  return {};
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
