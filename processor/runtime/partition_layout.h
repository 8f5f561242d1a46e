#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "processor/io.h"
#include "topology/plan/plan.h"

namespace tallymill::processor {

/// A sub-topology and one partition of its input. `input` counts the partitions of the source's topics on
/// from topic to topic; of a repartition topic it is the partition.
struct TaskId {
  topology::SubTopologyIndex sub_topology;
  std::uint32_t input = 0;
  friend auto operator<=>(const TaskId&, const TaskId&) = default;
};

/// How many partitions everything has: fixed when the application first starts, the same for all its members.
class PartitionLayout {
 public:
  /// Asks for the source topics' partition counts. Errors: cannot_read (a source topic that does not exist).
  static topology::Result<PartitionLayout> make(const topology::Plan& plan, Topics& topics);
  /// Creates repartition, output, late and dead-letter topics that do not exist yet.
  topology::Status create_topics(const topology::Plan& plan, Topics& topics) const;

  /// The topic partitions that feed tasks, sources first; all of them.
  const std::vector<TopicPartition>& inputs() const { return inputs_; }
  /// Of a topic partition that feeds a task.
  std::optional<TaskId> task_of(const TopicPartition& partition) const;
  TopicPartition input_of(TaskId task) const;
  /// Tasks of a sub-topology; a repartition topic has as many partitions.
  std::uint32_t task_count(topology::SubTopologyIndex sub_topology) const;
  /// Of the application's output, late and dead-letter topics.
  std::int32_t partition_count(std::string_view topic) const;
  /// All pipelines, sorted.
  const std::vector<std::string>& pipeline_names() const { return pipeline_names_; }

 private:
  std::vector<TopicPartition> inputs_;
  std::map<TopicPartition, TaskId> tasks_;
  std::map<TaskId, TopicPartition> partitions_by_task_;
  std::vector<std::uint32_t> task_counts_;
  std::map<std::string, std::int32_t, std::less<>> output_partitions_;
  std::vector<std::string> pipeline_names_;
};

}  // namespace tallymill::processor
