#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "processor/io.h"
#include "processor/runtime/partition_layout.h"
#include "processor/runtime/task_state.h"

namespace tallymill::processor {

/// Brings the states of a worker's new tasks back from their changelogs, piece by piece, so that tasks which
/// run already go on meanwhile.
///
/// The order that makes it complete: the group's stable offset was read first (nobody can commit for the
/// partition after that), then the changelog's high watermark is asked for, then it is read read_committed
/// until its position has passed that. What is then in the metadata record must be the group's offset, or
/// state and offsets are not of one transaction and the engine stops. Unless the group's offset is another
/// one by then: somebody else committed meanwhile, since this member was removed from the group and has not
/// been told yet. Then it is restored once more.
class TaskRestorer {
 public:
  /// A task that can run. `state->progress.next_offset` says where its input goes on.
  struct Restored {
    TaskId task;
    std::unique_ptr<TaskState> state;
  };
  struct Progress {
    std::uint64_t records = 0;
    topology::Offset position;
    topology::Offset end;
  };

  /// Everything must outlive the restorer.
  TaskRestorer(const topology::Plan& plan, const PartitionLayout& layout, RecordSource& source,
               ChangelogReader& changelogs, Topics& topics)
      : plan_(plan), layout_(layout), source_(source), changelogs_(changelogs), topics_(topics) {}

  /// With each task the group's stable offset of its input, nothing if it has none. Error: none was started.
  topology::Status start(const std::vector<std::pair<TaskId, std::optional<topology::Offset>>>& tasks);
  /// The task was revoked before it could run. Nothing if it is not being restored.
  void cancel(TaskId task);
  bool is_idle() const { return restores_.empty(); }
  /// Reads on, waiting up to `timeout` for something to read, and hands over what is complete. Errors:
  /// state_disagrees, changelog_damaged, and what the broker answers.
  topology::Result<std::vector<Restored>> poll(topology::Duration timeout);
  /// Tasks that are being restored, and how far.
  std::vector<std::pair<TaskId, Progress>> progress() const;

 private:
  struct Restore {
    std::optional<topology::Offset> group_offset;
    std::unique_ptr<TaskState> state;
    bool has_metadata = false;
    std::uint64_t records = 0;
  };
  Restore* restore_of(const TopicPartition& changelog);
  topology::Status take(const InputRecord& record, Restore& restore);
  std::vector<TaskId> tasks_read_to_their_end() const;
  /// Error: state_disagrees.
  topology::Status check_agreement(TaskId task, const Restore& restore) const;
  /// Those without any state begin where their input does.
  topology::Status place_beginners(const std::vector<TaskId>& tasks);
  /// Starts once more if the group's offset is not the one that `task` was restored for. False: it still is.
  topology::Result<bool> restore_again_if_group_moved(TaskId task);
  topology::Error disagreement(TaskId task, const std::string& what) const;

  const topology::Plan& plan_;
  const PartitionLayout& layout_;
  RecordSource& source_;
  ChangelogReader& changelogs_;
  Topics& topics_;
  std::map<TaskId, Restore> restores_;
};

}  // namespace tallymill::processor
