#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "processor/engine_settings.h"
#include "processor/io.h"
#include "processor/runtime/fate_totals.h"
#include "topology/plan/plan.h"

namespace tallymill::processor {

/// A sub-topology and one partition of its input. `input` counts the partitions of the source's topics on
/// from topic to topic; of a repartition topic it is the partition.
struct TaskId {
  topology::SubTopologyIndex sub_topology;
  std::uint32_t input = 0;
  friend auto operator<=>(const TaskId&, const TaskId&) = default;
};

/// Whether tasks write what they change into changelogs. Without, state ends with the process: for `pipe`.
enum class Durability : std::uint8_t { changelogs, process };

/// How many partitions everything has: fixed when the application first starts, the same for all its members.
class PartitionLayout {
 public:
  /// Asks for the source topics' partition counts. Errors: topic_missing (a source topic that does not
  /// exist), and what the broker answers.
  static topology::Result<PartitionLayout> make(const topology::Plan& plan, Topics& topics,
                                                Durability durability);
  /// Creates repartition, changelog, output, late and dead-letter topics that do not exist yet, or with
  /// `create` off says which are missing. A topic that exists with another number of partitions than the
  /// layout needs is an error.
  topology::Status create_topics(const topology::Plan& plan, Topics& topics,
                                 const InternalTopicSettings& settings) const;

  /// Adds "topic partitions" of every topic that create_topics would create. Error: a topic that exists has
  /// another number of partitions than the layout needs.
  topology::Status find_missing_topics(const topology::Plan& plan, Topics& topics,
                                       std::vector<std::string>& missing) const;

  /// The topic partitions that feed tasks, sources first; all of them.
  const std::vector<TopicPartition>& inputs() const { return inputs_; }
  /// Of a topic partition that feeds a task.
  std::optional<TaskId> task_of(const TopicPartition& partition) const;
  const TopicPartition& input_of(TaskId task) const;
  /// Where the task's changes go; null without changelogs.
  const TopicPartition* changelog_of(TaskId task) const;
  /// Topics whose partitions feed tasks: what a consumer subscribes to.
  std::vector<std::string> input_topics() const;
  /// Tasks of a sub-topology; a repartition topic has as many partitions.
  std::uint32_t task_count(topology::SubTopologyIndex sub_topology) const;
  /// Of the application's output, late and dead-letter topics.
  std::int32_t partition_count(std::string_view topic) const;
  /// Where the application counts images.
  const CountedPlaces& counted_places() const { return counted_places_; }

 private:
  struct WantedTopic {
    std::string topic;
    std::int32_t partitions;
    TopicConfig config;
  };
  std::vector<WantedTopic> internal_topics(const topology::Plan& plan) const;
  /// Error: it exists with another number of partitions.
  static topology::Result<bool> exists(Topics& topics, const WantedTopic& wanted);
  topology::Status create_outputs(const topology::Plan& plan, Topics& topics,
                                  const InternalTopicSettings& settings) const;
  void add_inputs(const topology::Plan& plan, topology::SubTopologyIndex sub_topology,
                  const std::vector<TopicPartition>& partitions, Durability durability);
  topology::Status add_outputs(const topology::Plan& plan, Topics& topics, std::int32_t largest);

  std::vector<TopicPartition> inputs_;
  std::map<TopicPartition, TaskId> tasks_;
  std::map<TaskId, TopicPartition> partitions_by_task_;
  std::map<TaskId, TopicPartition> changelogs_;
  std::vector<std::uint32_t> task_counts_;
  std::map<std::string, std::int32_t, std::less<>> output_partitions_;
  CountedPlaces counted_places_;
};

}  // namespace tallymill::processor
