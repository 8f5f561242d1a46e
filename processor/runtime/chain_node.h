#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "ops/operator.h"
#include "processor/io.h"
#include "processor/runtime/node_counts.h"
#include "processor/runtime/partition_layout.h"
#include "processor/runtime/record_payload.h"
#include "processor/runtime/task_state.h"
#include "processor/state/transaction_overlay.h"
#include "topology/data/envelope.h"
#include "topology/plan/plan.h"

namespace tallymill::processor {

/// Everything of a task that an abort undoes, in one object: stores, cycle states, progress, outgoing
/// records. drop() undoes the cycle, apply() makes it the committed state.
class TaskOverlay {
 public:
  TaskOverlay(TaskState& committed, std::vector<std::unique_ptr<ops::CycleState>> cycle_states);

  TransactionOverlay& store(std::size_t index) { return stores_[index]; }
  ops::CycleState& cycle_state(std::size_t node) { return *cycle_states_[node]; }
  template <class T>
  T& cycle_state_as(std::size_t node) {
    return static_cast<T&>(*cycle_states_[node]);
  }
  TaskProgress& progress() { return progress_; }
  const TaskProgress& progress() const { return progress_; }
  topology::Arena& arena() { return *arena_; }
  std::vector<OutputRecord>& outputs() { return outputs_; }
  /// Of the open cycle, by node.
  std::vector<NodeCounts>& node_counts() { return node_counts_; }

  void apply();
  void drop();

 private:
  void begin();

  TaskState& committed_;
  std::unique_ptr<topology::Arena> arena_;
  std::vector<TransactionOverlay> stores_;
  std::vector<std::unique_ptr<ops::CycleState>> cycle_states_;  ///< by node; null where a node has none
  TaskProgress progress_;
  std::vector<OutputRecord> outputs_;
  std::vector<NodeCounts> node_counts_;
};

/// What the nodes of one task share while a record, or a flush, goes through them.
struct TaskContext {
  const topology::Plan& plan;
  const PartitionLayout& layout;
  TaskId task;
  TaskOverlay& overlay;
  topology::Arena record_arena;

  /// The record in hand; null in a flush and downstream of a repartition.
  const InputRecord* record = nullptr;
  std::optional<RecordPayload> payload;  ///< of a source's task
  std::optional<topology::Lsn> lsn;
  topology::EventTime lateness_watermark = topology::EventTime::minus_infinity();
  /// The task's own watermark, as the exchange announces it.
  topology::EventTime watermark = topology::EventTime::minus_infinity();
};

/// 0 to 2.
inline std::uint64_t images_of(const topology::Change& change) {
  return static_cast<std::uint64_t>(change.before.has_value()) +
         static_cast<std::uint64_t>(change.after.has_value());
}

/// A node of a task's chain. Gets changes or partials from the node before it, and passes on what it makes of
/// them.
class ChainNode : public ops::Output {
 public:
  ChainNode(TaskContext& context, const topology::NodePlan& plan, std::size_t index);

  virtual void accept(const topology::Change& change) = 0;
  virtual void accept(const ops::Partial& partial);
  virtual void flush() {}
  virtual void advance(topology::EventTime) {}

  void emit(const topology::Change& change) final;
  void emit(const ops::Partial& partial) final;

  void add_downstream(ChainNode& node) { downstream_.push_back(&node); }
  // What comes to the node is counted by whoever gives it: the node before it, or the chain.
  void count_partial() { ++context_.overlay.node_counts()[index_].received; }
  void count_images(std::uint64_t images);
  /// Images that come from outside of the node's pipeline.
  void count_entered(std::uint64_t images);

 protected:
  /// What became of images at the node; `step` counts within its run of steps, and those before it let them
  /// pass.
  void count(ops::ImageFate fate, int images, std::size_t step = 0);
  /// Images that passed all of the node's steps, and of which no node behind it learns.
  void count_unchanged(int images);

  TaskContext& context_;
  const topology::NodePlan& plan_;
  const std::size_t index_;

 private:
  ImageCounts& ledger() { return context_.overlay.progress().fates.pipelines[pipeline_]; }
  ImageCounts& counts(std::size_t step) { return context_.overlay.progress().fates.steps[steps_[step]]; }

  std::size_t pipeline_;  ///< position in CountedPlaces::pipelines
  std::vector<std::size_t>
      steps_;  ///< positions in CountedPlaces::steps, one per name of NodePlan::counted_as
  std::vector<ChainNode*> downstream_;
};

std::unique_ptr<ChainNode> make_stage_node(TaskContext& context, const topology::NodePlan& plan,
                                           std::size_t index);
std::unique_ptr<ChainNode> make_sink_node(TaskContext& context, const topology::NodePlan& plan,
                                          std::size_t index);
/// `hop` is the exchange's position in TaskProgress::hops.
std::unique_ptr<ChainNode> make_exchange_node(TaskContext& context, const topology::NodePlan& plan,
                                              std::size_t index, std::size_t hop);
/// The end of a pipeline that others read.
std::unique_ptr<ChainNode> make_end_node(TaskContext& context, const topology::NodePlan& plan,
                                         std::size_t index);

/// Cycle states of the nodes that are no operators.
std::unique_ptr<ops::CycleState> make_sink_cycle_state();
std::unique_ptr<ops::CycleState> make_exchange_cycle_state();

}  // namespace tallymill::processor
