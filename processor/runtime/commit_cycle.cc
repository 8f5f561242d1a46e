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

/// Kafka takes offsets of no member at all without any check, and those of a member of the right epoch for
/// partitions that it lost: what must never be sent is caught here.
Status check_membership(const GroupMetadata& group, std::string_view member) {
  const auto refuse = [](std::string what) {
    return topology::Error{topology::ErrorCode::fenced, "nothing is committed: " + std::move(what), ""};
  };
  if (group.assignment_lost) return refuse("the group goes on without this member");
  if (group.member.empty() || group.generation <= 0) return refuse("this consumer is no member of the group");
  if (group.member != member) {
    return refuse("the member is \"" + group.member + "\", and \"" + std::string(member) +
                  "\" was given the partitions");
  }
  return {};
}

enum class Settled : std::uint8_t { counted, not_counted, unclear };

/// Whether the transaction of unknown outcome counted: then the group stands where it would have put it. A
/// partition that went to another member meanwhile can stand anywhere.
Result<Settled> settle(Tasks tasks, const CommitPorts& ports) {
  std::vector<TopicPartition> partitions;
  std::vector<const Task*> dirty;
  for (const auto& task : tasks) {
    if (!task->is_dirty()) continue;
    dirty.push_back(task.get());
    partitions.push_back(ports.layout.input_of(task->id()));
  }
  const auto committed = ports.source.committed(partitions);
  if (!committed) return committed.error();
  std::size_t counted = 0;
  std::size_t not_counted = 0;
  for (std::size_t i = 0; i < dirty.size(); ++i) {
    const std::optional<topology::Offset> stands_at = (*committed)[i];
    // Before a task's first commit the group has no offset.
    const bool is_before = stands_at ? *stands_at == dirty[i]->committed_offset()
                                     : dirty[i]->committed_state().progress.commit_number == 0;
    if (is_before) {
      ++not_counted;
    } else if (stands_at == dirty[i]->next_offset()) {
      ++counted;
    }
  }
  if (counted == dirty.size()) return Settled::counted;
  return not_counted == dirty.size() ? Settled::not_counted : Settled::unclear;
}

void drop_all(Tasks tasks) {
  for (const auto& task : tasks) task->drop();
}

/// Undoes the cycle after a failure before the commit.
Result<CycleResult> undo(Tasks tasks, const CommitPorts& ports, topology::Error cause) {
  // Only when nothing is under way any more may the overlays go: the producer reads out of them.
  if (!ports.sink.abort()) {
    if (auto status = ports.sink.recreate(); !status) return status.error();
  }
  drop_all(tasks);
  return CycleResult{CycleOutcome::aborted, std::move(cause)};
}

Result<CycleResult> conclude(Tasks tasks, const CommitPorts& ports, CommitOutcome outcome) {
  Settled settled = outcome == CommitOutcome::committed ? Settled::counted : Settled::not_counted;
  if (outcome == CommitOutcome::unknown) {
    // Only a new producer fences what the old one may still have under way; never abort after a commit that
    // timed out.
    if (auto status = ports.sink.recreate(); !status) return status.error();
    const auto answer = settle(tasks, ports);
    if (!answer) return answer.error();
    settled = *answer;
  }
  if (settled != Settled::counted) {
    drop_all(tasks);
    return CycleResult{settled == Settled::unclear ? CycleOutcome::unclear : CycleOutcome::aborted, {}};
  }
  if (ports.probe != nullptr && ports.probe->stops_at(CommitStep::apply))
    return CycleResult{CycleOutcome::stopped, {}};
  // Before they are applied: that forgets the outgoing records.
  if (ports.samples != nullptr) {
    for (const auto& task : tasks) ports.samples->take(task->id(), task->outputs(), tasks.size());
  }
  for (const auto& task : tasks) task->apply();
  return CycleResult{CycleOutcome::committed, {}};
}

}  // namespace

Result<CycleResult> commit_cycle(Tasks tasks, const CommitPorts& ports) {
  const auto stopped = [&](CommitStep step) { return ports.probe != nullptr && ports.probe->stops_at(step); };
  const CycleResult stop{CycleOutcome::stopped, {}};
  const Offsets offsets = offsets_of(tasks, ports.layout);
  if (offsets.empty()) return CycleResult{};

  if (stopped(CommitStep::flush)) return stop;
  for (const auto& task : tasks) {
    if (task->is_dirty()) task->flush();
  }
  if (stopped(CommitStep::begin)) return stop;
  if (const Status status = ports.sink.begin(); !status) return undo(tasks, ports, status.error());
  if (stopped(CommitStep::produce)) return stop;
  if (const Status status = produce_all(tasks, ports.sink); !status)
    return undo(tasks, ports, status.error());
  if (stopped(CommitStep::send_offsets)) return stop;
  const GroupMetadata group = ports.source.group_metadata();
  Status status = check_membership(group, ports.member);
  if (status) status = ports.sink.send_offsets(offsets, group);
  if (!status) return undo(tasks, ports, status.error());
  if (stopped(CommitStep::commit)) return stop;
  return conclude(tasks, ports, ports.sink.commit());
}

}  // namespace tallymill::processor
