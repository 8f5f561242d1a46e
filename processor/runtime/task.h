#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ops/change_normalizer.h"
#include "processor/codec/debezium_decoder.h"
#include "processor/runtime/operator_chain.h"

namespace tallymill::processor {

/// Records of one cycle that were committed in the database at one time (source.ts_ms).
struct SourceTimeCount {
  std::int64_t source_time_ms;
  std::uint64_t records;
};

/// What a task did since its worker has it; only what was committed.
struct TaskCounters {
  std::uint64_t consumed_records = 0;
  std::uint64_t consumed_bytes = 0;
  std::map<std::string, std::uint64_t, std::less<>> produced_records;  ///< by topic
  std::vector<NodeCounts> nodes;                                       ///< by position in SubTopology::nodes
};

/// A sub-topology at work on one partition of its input. Everything it changes is in its overlay until
/// apply(). Not thread-safe: its worker only.
class Task {
 public:
  /// `state` is what the changelog gave back, or of make_state.
  Task(const topology::Plan& plan, const PartitionLayout& layout, TaskId id,
       std::unique_ptr<TaskState> state);
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  /// A state for a task that never ran.
  static std::unique_ptr<TaskState> make_state(const topology::Plan& plan, const PartitionLayout& layout,
                                               TaskId id);

  TaskId id() const { return context_.task; }
  /// Processes one record. An error stops the worker: a malformed record that may not be dead-lettered, a
  /// database log that went back, a frame that is missing or doubled.
  topology::Status process(const InputRecord& record);
  /// Takes the record as read without working on it: whatever it leads to cannot be produced. It becomes a
  /// dead
  /// letter that only points to it. Error: it is of an internal topic, so that numbers would be lost.
  topology::Status refuse_unproducible(const InputRecord& record, const topology::Error& cause);
  /// Frees what the batch's records were decoded into.
  void end_batch() { batch_arena_.reset(); }

  /// Ends the cycle's work: flushes operators, advances the watermark and writes what changed to the
  /// changelog. Outgoing records stand in outputs() then.
  void flush();
  const std::vector<OutputRecord>& outputs() { return overlay_.outputs(); }
  /// Whether the cycle read anything.
  bool is_dirty() const { return overlay_.progress().next_offset != state_->progress.next_offset; }
  topology::Offset next_offset() const { return overlay_.progress().next_offset; }
  topology::Offset committed_offset() const { return state_->progress.next_offset; }
  const TaskState& committed_state() const { return *state_; }
  /// Of the committed state: its own of a source's task, else the minimum over its upstream lanes.
  topology::EventTime committed_watermark() const;
  /// Downstream of a repartition the lane that holds the watermark back.
  std::optional<TaskId> watermark_holder() const;
  /// Records that stood behind a gap in the log: control records and aborted data leave some.
  std::uint64_t offset_gaps() const { return offset_gaps_; }
  const TaskCounters& counters() const { return counters_; }
  /// What became of the records since the worker has the task; only what was committed.
  FateTotals fates_here() const { return state_->progress.fates.since(initial_fates_); }
  /// Of the cycle that was just committed; forgets them.
  std::vector<SourceTimeCount> take_source_times() { return std::exchange(source_times_, {}); }
  /// Bytes that the open cycle holds.
  std::size_t cycle_bytes() { return overlay_.arena().used_bytes(); }

  /// The commit is known: the overlay becomes the committed state.
  void apply();
  /// Undoes the cycle.
  void drop();

 private:
  topology::Status process_source(const InputRecord& record);
  topology::Status process_frame(const InputRecord& record);
  topology::Status finish(const ops::NormalizedRecord& normalized);
  topology::Status refuse(const topology::Error& error);
  void write_changelog();
  void note_source_time(std::int64_t source_time_ms);
  topology::EventTime source_watermark(const TaskProgress& progress) const;
  topology::EventTime upstream_watermark(const TaskProgress& progress) const;
  std::size_t upstream_lane_count() const;

  const topology::Plan& plan_;
  const topology::SubTopology& sub_topology_;
  const topology::SourcePlan* source_;  ///< null behind a repartition topic
  const std::int32_t topic_partitions_;  ///< of the topic that it reads
  std::unique_ptr<TaskState> state_;
  TaskOverlay overlay_;
  TaskContext context_;
  OperatorChain chain_;
  topology::Arena batch_arena_;
  std::optional<DebeziumDecoder> decoder_;
  std::optional<ops::ChangeNormalizer> normalizer_;
  std::uint64_t offset_gaps_ = 0;
  std::vector<SourceTimeCount> source_times_;
  FateTotals initial_fates_;
  TaskCounters counters_;
  std::uint64_t cycle_records_ = 0;
  std::uint64_t cycle_bytes_consumed_ = 0;
  std::string key_text_;  ///< scratch
};

}  // namespace tallymill::processor
