#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "processor/runtime/commit_cycle.h"

namespace tallymill::processor {

struct WorkerSettings {
  std::size_t poll_records_max = 500;
  topology::Duration poll_timeout{100'000};
  topology::Duration commit_interval{100'000};
  std::size_t commit_records_max = 50'000;
  std::size_t commit_bytes_max = 64 << 20;
};

struct WorkerPorts {
  RecordSource& source;
  TransactionalSink& sink;
  Topics& topics;
  const topology::Clock& clock;
  TaskStateRegistry& registry;
  CommitProbe* probe = nullptr;
};

/// One thread with one consumer, one transactional producer and the tasks of its partitions. All calls from
/// that thread.
class Worker final : public AssignmentListener {
 public:
  Worker(const topology::Plan& plan, const PartitionLayout& layout, WorkerPorts ports,
         WorkerSettings settings);
  ~Worker() override;

  struct Turn {
    std::size_t records = 0;
    CycleOutcome commit = CycleOutcome::idle;
  };
  /// One turn of the loop: poll -> process -> commit when due. Error: the worker must stop; nothing of the
  /// open cycle becomes visible.
  topology::Result<Turn> turn();
  /// Commits now, whether due or not.
  topology::Result<CycleOutcome> commit();

  std::vector<topology::Offset> assigned(std::span<const TopicPartition> partitions) override;
  void revoked(std::span<const TopicPartition> partitions, bool lost) override;

 private:
  topology::Status process(std::span<const InputRecord> batch);
  bool is_commit_due() const;
  void check_agreement(const TopicPartition& partition, topology::Offset state,
                       std::optional<topology::Offset> group);
  void delete_consumed_frames();

  const topology::Plan& plan_;
  const PartitionLayout& layout_;
  WorkerPorts ports_;
  WorkerSettings settings_;
  std::vector<std::unique_ptr<Task>> tasks_;  ///< upstream sub-topologies first
  std::map<TopicPartition, Task*> tasks_by_input_;
  std::size_t cycle_records_ = 0;
  std::optional<topology::EventTime> cycle_began_;  ///< by the clock; nothing while the cycle is empty
  std::optional<topology::Error> callback_error_;   ///< of assigned or revoked, which have nobody to tell
};

}  // namespace tallymill::processor
