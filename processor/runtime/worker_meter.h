#pragma once

#include <memory>
#include <span>
#include <vector>

#include "processor/runtime/commit_cycle.h"
#include "processor/runtime/task_restorer.h"
#include "processor/runtime/worker_report.h"

namespace tallymill::processor {

/// Keeps a worker's counters and makes its reports. What tasks did before they left is kept here, so that no
/// counter ever goes back.
class WorkerMeter {
 public:
  WorkerMeter(const topology::Plan& plan, const PartitionLayout& layout, std::uint32_t worker);

  /// `ended` by the wall clock. Asks the tasks for what the commit made final.
  void note_commit(std::span<const std::unique_ptr<Task>> tasks, topology::Duration took,
                   topology::EventTime ended);
  void note_abort() { ++report_.aborts; }
  void note_assignment() {
    ++report_.rebalances;
    report_.is_in_group = true;
  }
  void note_lost(std::size_t partitions) { report_.partitions_lost += partitions; }
  /// The task leaves the worker: what it counted stays.
  void retire(const Task& task);

  /// All but the samples.
  std::shared_ptr<WorkerReport> report(std::span<const std::unique_ptr<Task>> tasks,
                                       const TaskRestorer& restorer, RecordSource& source,
                                       const TransactionalSink& sink, std::string_view member,
                                       const topology::Clock& clock) const;

 private:
  static void add_counters(WorkerReport& report, const Task& task);
  TaskReport report_of(const Task& task, RecordSource& source) const;

  const PartitionLayout& layout_;
  WorkerReport report_;  ///< of the worker, and of tasks that left
};

}  // namespace tallymill::processor
