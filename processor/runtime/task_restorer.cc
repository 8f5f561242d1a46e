#include "processor/runtime/task_restorer.h"

#include "processor/runtime/task.h"
#include "processor/runtime/task_metadata.h"
#include "processor/state/changelog.h"
#include "topology/base/invariant.h"

namespace tallymill::processor {

using topology::Error;
using topology::ErrorCode;
using topology::Offset;
using topology::Result;
using topology::Status;

namespace {

/// How much is read before the tasks that run get their turn again.
constexpr std::size_t records_per_poll = 10'000;

std::string name_of(const TopicPartition& partition) {
  return partition.topic + "/" + std::to_string(partition.partition.value);
}

}  // namespace

Status TaskRestorer::start(TaskId task, std::optional<Offset> group_offset) {
  Restore restore;
  restore.group_offset = group_offset;
  restore.state = Task::make_state(plan_, layout_, task);
  if (const TopicPartition* changelog = layout_.changelog_of(task)) {
    if (auto status = changelogs_.start(*changelog); !status) return status;
  }
  restores_.insert_or_assign(task, std::move(restore));
  return {};
}

void TaskRestorer::cancel(TaskId task) {
  if (restores_.erase(task) == 0) return;
  if (const TopicPartition* changelog = layout_.changelog_of(task)) changelogs_.stop(*changelog);
}

Result<std::vector<TaskRestorer::Restored>> TaskRestorer::poll(topology::Duration timeout) {
  std::vector<Restored> restored;
  if (restores_.empty()) return restored;
  const auto records = changelogs_.poll(records_per_poll, timeout);
  if (!records) return records.error();
  const TopicPartition* from = nullptr;
  Restore* restore = nullptr;
  for (const InputRecord& record : *records) {
    if (record.from != from) restore = restore_of(*(from = record.from));
    INVARIANT(restore != nullptr, "a changelog was read of which no task is being restored");
    if (const Status status = take(record, *restore); !status) return status.error();
  }
  for (auto entry = restores_.begin(); entry != restores_.end();) {
    const TaskId task = entry->first;
    const TopicPartition* changelog = layout_.changelog_of(task);
    if (changelog != nullptr && !changelogs_.progress(*changelog).done()) {
      ++entry;
      continue;
    }
    if (const Status status = settle(task, entry->second); !status) {
      if (status.error().code != ErrorCode::state_disagrees) return status.error();
      const auto is_again = restore_again_if_group_moved(task);
      if (!is_again) return is_again.error();
      if (!*is_again) return status.error();
      ++entry;
      continue;
    }
    if (changelog != nullptr) changelogs_.stop(*changelog);
    restored.push_back({task, std::move(entry->second.state)});
    entry = restores_.erase(entry);
  }
  return restored;
}

TaskRestorer::Restore* TaskRestorer::restore_of(const TopicPartition& changelog) {
  for (auto& [task, restore] : restores_) {
    if (*layout_.changelog_of(task) == changelog) return &restore;
  }
  return nullptr;
}

Status TaskRestorer::take(const InputRecord& record, Restore& restore) {
  const auto of_another_topology = [&](const std::string& what) {
    return Error{ErrorCode::changelog_damaged,
                 "changelog " + name_of(*record.from) + " offset " + std::to_string(record.offset.value) +
                     " is of another topology: " + what,
                 "run the topology that wrote it, or reset the application"};
  };
  ++restore.records;
  const auto key = read_changelog_key(record.key.value_or(std::string_view()));
  if (!key) return key.error();
  if (key->store) {
    if (*key->store >= restore.state->stores.size()) return of_another_topology("it has more stores");
    MemoryStore& store = restore.state->stores[*key->store];
    record.value ? store.put(key->key, *record.value) : store.erase(key->key);
    return {};
  }
  auto progress = read_task_metadata(record.value.value_or(std::string_view()), layout_.counted_places());
  if (!progress) return progress.error();
  if (progress->hops.size() != restore.state->progress.hops.size()) {
    return of_another_topology("it has another number of exchanges");
  }
  restore.state->progress = std::move(*progress);
  restore.has_metadata = true;
  return {};
}

Status TaskRestorer::settle(TaskId task, Restore& restore) {
  TaskProgress& progress = restore.state->progress;
  const std::optional<Offset> group = restore.group_offset;
  if (restore.has_metadata) {
    // A group that was deleted, or whose offsets expired, has none: the metadata knows.
    if (!group || *group == progress.next_offset) return {};
    return disagreement(task, "the state stands at " + std::to_string(progress.next_offset.value) +
                                  ", the group at " + std::to_string(group->value));
  }
  if (layout_.changelog_of(task) != nullptr && group) {
    return disagreement(
        task, "the group stands at " + std::to_string(group->value) + ", and the changelog has no state");
  }
  const auto begin = topics_.offsets(std::span(&layout_.input_of(task), 1), {LogPlace::Kind::begin});
  if (!begin) return begin.error();
  progress.next_offset = begin->front();
  return {};
}

Result<bool> TaskRestorer::restore_again_if_group_moved(TaskId task) {
  const auto group = source_.committed(std::span(&layout_.input_of(task), 1));
  if (!group) return group.error();
  Restore& restore = restores_.at(task);
  if (group->front() == restore.group_offset) return false;
  if (const TopicPartition* changelog = layout_.changelog_of(task)) changelogs_.stop(*changelog);
  if (const Status status = start(task, group->front()); !status) return status.error();
  return true;
}

Error TaskRestorer::disagreement(TaskId task, const std::string& what) const {
  return {ErrorCode::state_disagrees,
          "state and offsets of " + name_of(layout_.input_of(task)) + " disagree: " + what +
              ": someone reset the group, a changelog was deleted, or a transaction was torn",
          "reset the application, state and offsets together"};
}

std::vector<std::pair<TaskId, TaskRestorer::Progress>> TaskRestorer::progress() const {
  std::vector<std::pair<TaskId, Progress>> all;
  for (const auto& [task, restore] : restores_) {
    Progress progress{restore.records, {}, {}};
    if (const TopicPartition* changelog = layout_.changelog_of(task)) {
      const auto reader = changelogs_.progress(*changelog);
      progress.position = reader.position;
      progress.end = reader.end;
    }
    all.emplace_back(task, progress);
  }
  return all;
}

}  // namespace tallymill::processor
