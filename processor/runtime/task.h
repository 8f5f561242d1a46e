#pragma once

#include <memory>
#include <optional>
#include <span>

#include "ops/change_normalizer.h"
#include "processor/codec/debezium_decoder.h"
#include "processor/runtime/operator_chain.h"

namespace tallymill::processor {

/// A sub-topology at work on one partition of its input. Everything it changes is in its overlay until
/// apply(). Not thread-safe: its worker only.
class Task {
 public:
  Task(const topology::Plan& plan, const PartitionLayout& layout, TaskId id, TaskState& state);
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  /// A state for a task that never ran.
  static TaskState make_state(const topology::Plan& plan, const PartitionLayout& layout, TaskId id);

  TaskId id() const { return context_.task; }
  /// Processes one record. An error stops the worker: a malformed record that may not be dead-lettered, a
  /// database log that went back, a frame that is missing or doubled.
  topology::Status process(const InputRecord& record);
  /// Frees what the batch's records were decoded into.
  void end_batch() { batch_arena_.reset(); }

  /// Ends the cycle's work: flushes operators and advances the watermark. Outgoing records stand in outputs()
  /// then.
  void flush();
  const std::vector<OutputRecord>& outputs() { return overlay_.outputs(); }
  /// Whether the cycle read anything.
  bool is_dirty() const { return overlay_.progress().next_offset != state_.progress.next_offset; }
  topology::Offset next_offset() const { return overlay_.progress().next_offset; }
  topology::Offset committed_offset() const { return state_.progress.next_offset; }
  /// Bytes that the open cycle holds.
  std::size_t cycle_bytes() { return overlay_.arena().used_bytes(); }

  /// The commit is known: the overlay becomes the committed state.
  void apply() { overlay_.apply(); }
  /// Undoes the cycle.
  void drop() { overlay_.drop(); }

 private:
  topology::Status process_source(const InputRecord& record);
  topology::Status process_frame(const InputRecord& record);
  void finish(const ops::NormalizedRecord& normalized);
  topology::Status refuse(const topology::Error& error);
  topology::EventTime source_watermark() const;
  topology::EventTime upstream_watermark() const;
  std::size_t upstream_lane_count() const;

  const topology::Plan& plan_;
  const topology::SubTopology& sub_topology_;
  const topology::SourcePlan* source_;  ///< null behind a repartition topic
  TaskState& state_;
  TaskOverlay overlay_;
  TaskContext context_;
  OperatorChain chain_;
  topology::Arena batch_arena_;
  std::optional<DebeziumDecoder> decoder_;
  std::optional<ops::ChangeNormalizer> normalizer_;
};

}  // namespace tallymill::processor
