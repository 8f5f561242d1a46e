#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "processor/event_log.h"
#include "processor/runtime/commit_cycle.h"
#include "processor/runtime/task_restorer.h"
#include "processor/runtime/worker_meter.h"

namespace tallymill::processor {

struct WorkerSettings {
  std::uint32_t number = 0;  ///< of the worker in its process
  std::size_t poll_records_max = 500;
  topology::Duration poll_timeout{100'000};
  topology::Duration commit_interval{100'000};
  std::size_t commit_records_max = 50'000;
  std::size_t commit_bytes_max = 64 << 20;
  /// Between two deletions of what was consumed from repartition topics.
  topology::Duration purge_interval{30'000'000};
  topology::Duration report_interval{1'000'000};
};

struct WorkerPorts {
  RecordSource& source;
  TransactionalSink& sink;
  Topics& topics;
  ChangelogReader& changelogs;
  const topology::Clock& clock;
  EventLog& log;
  WorkerReportSlot* reports = nullptr;
  CommitProbe* probe = nullptr;
  Pulse* pulse = nullptr;
};

/// One thread with one consumer, one transactional producer and the tasks of its partitions. All calls from
/// that thread.
///
/// A partition's way through a worker:
///
///            assigned                 restored                 revoked (after a commit), lost
///   (none) ───────────► restoring ───────────────► running ───────────────────────────────► (none)
///                           ▲  │ revoked, lost         │
///                           │  └──────────► (none)     │ a commit whose outcome is unclear
///                           └──────────────────────────┘
///
/// Restoring partitions are paused; running ones have a Task.
class Worker final : public AssignmentListener {
 public:
  Worker(const topology::Plan& plan, const PartitionLayout& layout, WorkerPorts ports,
         WorkerSettings settings);
  ~Worker() override;

  struct Turn {
    std::size_t records = 0;
    bool is_restoring = false;
    CycleOutcome commit = CycleOutcome::idle;
  };
  /// One turn of the loop: restore -> poll -> process -> commit when due. Error: the worker must stop;
  /// nothing of the open cycle becomes visible.
  topology::Result<Turn> turn();
  /// Commits now, whether due or not.
  topology::Result<CycleOutcome> commit();
  /// Commits, gives all partitions up and leaves the group.
  topology::Status close();
  /// After an error: leaves the group without committing, so that others need not wait for a session to end.
  /// The sink must be gone already, since it may read out of the tasks' memory.
  void abandon();

  void assigned(std::span<const TopicPartition> partitions) override;
  void revoked(std::span<const TopicPartition> partitions, bool lost) override;

  /// Totals of the tasks it has now, as committed.
  FateTotals fates() const;
  /// Adds the partitions whose tasks are here, stand at or behind their target, and have nothing uncommitted.
  /// False if a task of a target that is here does not, or is being restored.
  bool collect_reached(const std::map<TopicPartition, topology::Offset>& targets,
                       std::set<TopicPartition>& reached);

 private:
  topology::Status advance_restores();
  /// Says which changelogs are waited for if nothing of any could be read for long.
  void watch_restores();
  topology::Status process(std::span<const InputRecord> batch);
  topology::Duration poll_timeout() const;
  topology::Duration since(topology::Duration moment) const;
  bool is_commit_due() const;
  topology::Result<CycleResult> run_commit_cycle();
  void adapt_cycle(const CycleResult& result, std::size_t cycle_records);
  void forget_refused();
  topology::Status rewind();
  topology::Status start_restores(std::span<const TopicPartition> partitions);
  topology::Status restore_all_again();
  void add_task(TaskRestorer::Restored restored);
  void index_tasks();
  void release(std::span<const TopicPartition> partitions);
  /// The task leaves: its counts stay, and what it wrote is no longer this worker's to show.
  void retire(const Task& task);
  void purge_consumed_frames();
  /// Looks for the answer, at most once a second.
  void follow_purge();
  /// At most once per interval, unless it is the worker's last.
  void publish_report(bool is_last = false);

  const topology::Plan& plan_;
  const PartitionLayout& layout_;
  WorkerPorts ports_;
  WorkerSettings settings_;
  TaskRestorer restorer_;
  WorkerMeter meter_;
  std::optional<OutputSamples> samples_;      ///< nothing where nobody reads reports
  std::vector<std::unique_ptr<Task>> tasks_;  ///< that run; upstream sub-topologies first
  std::map<TopicPartition, Task*> tasks_by_input_;
  std::string member_;  ///< the group's id of the consumer when partitions were last handed over
  std::size_t cycle_records_ = 0;
  // Moments are those of the clock that never steps.
  std::optional<topology::Duration> cycle_began_;  ///< nothing while the cycle is empty
  std::optional<topology::Error> callback_error_;   ///< of assigned or revoked, which have nobody to tell
  /// How many records a cycle may have: settings_.commit_records_max, or less after an abort, as little as one.
  std::size_t cycle_limit_;
  /// How many of the next records have one among them that cannot be produced; it is looked for by halves.
  std::size_t suspects_ = 0;
  std::pair<TopicPartition, topology::Offset> last_record_;  ///< of the cycle
  /// Records that could not be produced in a cycle of their own: each comes again, and becomes a dead letter.
  std::map<std::pair<TopicPartition, topology::Offset>, topology::Error> refused_;
  std::int64_t restores_read_ = 0;  ///< sum of the positions of all changelogs that are being read
  /// When that last changed, or it was last said that it does not.
  std::optional<topology::Duration> restores_moved_at_;
  std::optional<topology::Duration> purged_at_;
  std::optional<topology::Duration> purge_followed_at_;
  std::optional<topology::Duration> reported_at_;
};

}  // namespace tallymill::processor
