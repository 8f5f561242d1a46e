#include "processor/runtime/commit_cycle.h"

#include <array>

namespace tallymill::processor {

using topology::Result;
using topology::Status;

std::string_view name_of(CommitStep step) {
  constexpr std::array<std::string_view, 6> names = {"flush",        "begin",  "produce",
                                                     "send_offsets", "commit", "apply"};
  return names[static_cast<std::size_t>(step)];
}

namespace {

using Tasks = std::span<const std::unique_ptr<Task>>;

Offsets offsets_of(Tasks tasks, const PartitionLayout& layout) {
  Offsets offsets;
  for (const auto& task : tasks) {
    if (task->is_dirty()) offsets.emplace_back(layout.input_of(task->id()), task->next_offset());
  }
  return offsets;
}

Status produce_all(Tasks tasks, TransactionalSink& sink) {
  for (const auto& task : tasks) {
    for (const OutputRecord& record : task->outputs()) {
      if (auto status = sink.produce(record); !status) return status;
    }
  }
  return {};
}

/// Whether the transaction of unknown outcome counted: then the group stands where it would have put it.
Result<bool> was_committed(const Offsets& offsets, RecordSource& source) {
  std::vector<TopicPartition> partitions;
  for (const auto& [partition, offset] : offsets) partitions.push_back(partition);
  const auto committed = source.committed(partitions);
  if (!committed) return committed.error();
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    if ((*committed)[i] != offsets[i].second) return false;
  }
  return true;
}

/// Undoes the cycle after a failure before the commit.
Result<CycleOutcome> undo(Tasks tasks, CommitPorts ports) {
  if (!ports.sink.abort()) {
    if (auto status = ports.sink.recreate(); !status) return status.error();
  }
  if (auto status = rewind(tasks, ports); !status) return status.error();
  return CycleOutcome::aborted;
}

Result<CycleOutcome> conclude(Tasks tasks, CommitPorts ports, const Offsets& offsets, CommitOutcome outcome) {
  bool counted = outcome == CommitOutcome::committed;
  if (outcome == CommitOutcome::unknown) {
    // Only a new producer fences what the old one may still have under way; never abort after a commit that
    // timed out.
    if (auto status = ports.sink.recreate(); !status) return status.error();
    const auto settled = was_committed(offsets, ports.source);
    if (!settled) return settled.error();
    counted = *settled;
  }
  if (!counted) {
    if (auto status = rewind(tasks, ports); !status) return status.error();
    return CycleOutcome::aborted;
  }
  if (ports.probe != nullptr && ports.probe->stops_at(CommitStep::apply)) return CycleOutcome::stopped;
  for (const auto& task : tasks) task->apply();
  return CycleOutcome::committed;
}

}  // namespace

Status rewind(Tasks tasks, CommitPorts ports) {
  for (const auto& task : tasks) {
    task->drop();
    if (auto status = ports.source.seek(ports.layout.input_of(task->id()), task->committed_offset());
        !status) {
      return status;
    }
  }
  return {};
}

Result<CycleOutcome> commit_cycle(Tasks tasks, CommitPorts ports) {
  const auto stopped = [&](CommitStep step) { return ports.probe != nullptr && ports.probe->stops_at(step); };
  const Offsets offsets = offsets_of(tasks, ports.layout);
  if (offsets.empty()) return CycleOutcome::idle;

  if (stopped(CommitStep::flush)) return CycleOutcome::stopped;
  for (const auto& task : tasks) {
    if (task->is_dirty()) task->flush();
  }
  if (stopped(CommitStep::begin)) return CycleOutcome::stopped;
  if (!ports.sink.begin()) return undo(tasks, ports);
  if (stopped(CommitStep::produce)) return CycleOutcome::stopped;
  if (!produce_all(tasks, ports.sink)) return undo(tasks, ports);
  if (stopped(CommitStep::send_offsets)) return CycleOutcome::stopped;
  if (!ports.sink.send_offsets(offsets, ports.source.group_metadata())) return undo(tasks, ports);
  if (stopped(CommitStep::commit)) return CycleOutcome::stopped;
  return conclude(tasks, ports, offsets, ports.sink.commit());
}

}  // namespace tallymill::processor
