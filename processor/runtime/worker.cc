#include "processor/runtime/worker.h"

#include <algorithm>

#include "topology/base/invariant.h"

namespace tallymill::processor {

using topology::Result;
using topology::Status;

Worker::Worker(const topology::Plan& plan, const PartitionLayout& layout, WorkerPorts ports,
               WorkerSettings settings)
    : plan_(plan), layout_(layout), ports_(ports), settings_(settings) {}

Worker::~Worker() = default;

Result<Worker::Turn> Worker::turn() {
  Turn turn;
  const auto batch = ports_.source.poll(settings_.poll_records_max, settings_.poll_timeout);
  if (callback_error_) return *callback_error_;
  turn.records = batch.size();
  if (const Status status = process(batch); !status) return status.error();
  if (!is_commit_due()) return turn;
  const auto outcome = commit();
  if (!outcome) return outcome.error();
  turn.commit = *outcome;
  return turn;
}

Status Worker::process(std::span<const InputRecord> batch) {
  const TopicPartition* from = nullptr;
  Task* task = nullptr;
  for (const InputRecord& record : batch) {
    if (record.from != from) {
      from = record.from;
      const auto found = tasks_by_input_.find(*from);
      // The broker checks a member's epoch, never who owns a partition: ownership is our duty.
      task = found == tasks_by_input_.end() ? nullptr : found->second;
    }
    if (task == nullptr) continue;
    if (Status status = task->process(record); !status) return status;
    ++cycle_records_;
  }
  if (!batch.empty() && !cycle_began_) cycle_began_ = ports_.clock.now();
  for (const auto& each : tasks_) each->end_batch();
  return {};
}

bool Worker::is_commit_due() const {
  if (!cycle_began_) return false;
  if (cycle_records_ >= settings_.commit_records_max) return true;
  if (ports_.clock.now() >= saturating_add(*cycle_began_, settings_.commit_interval)) return true;
  std::size_t bytes = 0;
  for (const auto& task : tasks_) bytes += task->cycle_bytes();
  return bytes >= settings_.commit_bytes_max;
}

Result<CycleOutcome> Worker::commit() {
  const auto outcome = commit_cycle(tasks_, {ports_.source, ports_.sink, layout_, ports_.probe});
  cycle_records_ = 0;
  cycle_began_.reset();
  if (outcome && *outcome == CycleOutcome::committed) delete_consumed_frames();
  return outcome;
}

void Worker::delete_consumed_frames() {
  for (const auto& task : tasks_) {
    if (plan_.sub_topologies[task->id().sub_topology.value].source) continue;
    // It only saves space: a broker that refuses is asked again after the next commit.
    (void)ports_.topics.delete_records(layout_.input_of(task->id()), task->committed_offset());
  }
}

std::vector<topology::Offset> Worker::assigned(std::span<const TopicPartition> partitions) {
  std::vector<topology::Offset> offsets;
  const auto committed = ports_.source.committed(partitions);
  if (!committed) callback_error_ = committed.error();
  for (const TopicPartition& partition : partitions) {
    const auto id = layout_.task_of(partition);
    INVARIANT(id.has_value(), "a partition was assigned that feeds no task");
    TaskState& state = ports_.registry.acquire(*id, [&] { return Task::make_state(plan_, layout_, *id); });
    tasks_.push_back(std::make_unique<Task>(plan_, layout_, *id, state));
    const topology::Offset start = state.progress.next_offset;
    if (committed) check_agreement(partition, start, (*committed)[offsets.size()]);
    offsets.push_back(start);
  }
  std::sort(tasks_.begin(), tasks_.end(), [](const auto& a, const auto& b) { return a->id() < b->id(); });
  tasks_by_input_.clear();
  for (const auto& task : tasks_) tasks_by_input_[layout_.input_of(task->id())] = task.get();
  return offsets;
}

void Worker::check_agreement(const TopicPartition& partition, topology::Offset state,
                             std::optional<topology::Offset> group) {
  if (group.value_or(topology::Offset(0)) == state) return;
  callback_error_ = topology::Error{
      topology::ErrorCode::state_disagrees,
      "state and offsets of " + partition.topic + "/" + std::to_string(partition.partition.value) +
          " disagree: the state stands at " + std::to_string(state.value) + ", the group at " +
          (group ? std::to_string(group->value) : std::string("nothing")) +
          ": someone reset the group, or a transaction was torn",
      "reset the application, state and offsets together"};
}

void Worker::revoked(std::span<const TopicPartition> partitions, bool lost) {
  if (!lost) {
    if (const auto outcome = commit(); !outcome) callback_error_ = outcome.error();
  }
  for (const TopicPartition& partition : partitions) {
    tasks_by_input_.erase(partition);
    std::erase_if(tasks_, [&](const auto& task) { return layout_.input_of(task->id()) == partition; });
  }
  if (!lost) return;
  // Somebody else goes on from the last commit: the cycle must not become visible, for any task of the
  // worker. What is lost cannot be rewound, and need not be.
  (void)ports_.sink.abort();
  if (const Status status = rewind(tasks_, {ports_.source, ports_.sink, layout_, ports_.probe}); !status) {
    callback_error_ = status.error();
  }
}

}  // namespace tallymill::processor
