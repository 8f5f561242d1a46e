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

Status TaskRestorer::start(const std::vector<std::pair<TaskId, std::optional<Offset>>>& tasks) {
  std::vector<TopicPartition> changelogs;
  for (const auto& [task, group_offset] : tasks) {
    if (const TopicPartition* changelog = layout_.changelog_of(task)) changelogs.push_back(*changelog);
  }
  if (!changelogs.empty()) {
    if (auto status = changelogs_.start(changelogs); !status) return status;
  }
  for (const auto& [task, group_offset] : tasks) {
    Restore restore;
    restore.group_offset = group_offset;
    restore.state = Task::make_state(plan_, layout_, task);
    restores_.insert_or_assign(task, std::move(restore));
  }
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
  std::vector<TaskId> settled;
  for (const TaskId task : tasks_read_to_their_end()) {
    const Status status = check_agreement(task, restores_.at(task));
    if (status) {
      settled.push_back(task);
      continue;
    }
    const auto is_again = restore_again_if_group_moved(task);
    if (!is_again) return is_again.error();
    if (!*is_again) return status.error();
  }
  if (const Status status = place_beginners(settled); !status) return status.error();
  for (const TaskId task : settled) {
    if (const TopicPartition* changelog = layout_.changelog_of(task)) changelogs_.stop(*changelog);
    restored.push_back({task, std::move(restores_.at(task).state)});
    restores_.erase(task);
  }
  return restored;
}

std::vector<TaskId> TaskRestorer::tasks_read_to_their_end() const {
  std::vector<TaskId> tasks;
  for (const auto& [task, restore] : restores_) {
    const TopicPartition* changelog = layout_.changelog_of(task);
    if (changelog == nullptr || changelogs_.progress(*changelog).done()) tasks.push_back(task);
  }
  return tasks;
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

Status TaskRestorer::check_agreement(TaskId task, const Restore& restore) const {
  const Offset next = restore.state->progress.next_offset;
  const std::optional<Offset> group = restore.group_offset;
  if (restore.has_metadata) {
    // A group that was deleted, or whose offsets expired, has none: the metadata knows.
    if (!group || *group == next) return {};
    return disagreement(task, "the state stands at " + std::to_string(next.value) + ", the group at " +
                                  std::to_string(group->value));
  }
  if (layout_.changelog_of(task) != nullptr && group) {
    return disagreement(
        task, "the group stands at " + std::to_string(group->value) + ", and the changelog has no state");
  }
  return {};
}

Status TaskRestorer::place_beginners(const std::vector<TaskId>& tasks) {
  std::vector<TaskProgress*> beginners;
  std::vector<TopicPartition> inputs;
  for (const TaskId task : tasks) {
    Restore& restore = restores_.at(task);
    if (restore.has_metadata) continue;
    beginners.push_back(&restore.state->progress);
    inputs.push_back(layout_.input_of(task));
  }
  if (inputs.empty()) return {};
  const auto begins = topics_.offsets(inputs, {LogPlace::Kind::begin});
  if (!begins) return begins.error();
  for (std::size_t i = 0; i < beginners.size(); ++i) beginners[i]->next_offset = (*begins)[i];
  return {};
}

Result<bool> TaskRestorer::restore_again_if_group_moved(TaskId task) {
  const auto group = source_.committed(std::span(&layout_.input_of(task), 1));
  if (!group) return group.error();
  if (group->front() == restores_.at(task).group_offset) return false;
  cancel(task);  // before the start, which can fail: then nothing is left of it
  if (const Status status = start({{task, group->front()}}); !status) return status.error();
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
