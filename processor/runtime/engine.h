#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include "processor/engine_settings.h"
#include "processor/event_log.h"
#include "processor/io.h"
#include "processor/runtime/worker.h"
#include "processor/runtime/worker_report.h"

namespace tallymill::processor {

/// Where a run ends by itself: at the ends that the source topics had when it began, or at the first records
/// of a time or later. What the sources led to is then committed too. An instance whose own part is done
/// leaves earlier if others are in the group: what it had goes to them.
using RunUntil = std::optional<LogPlace>;

/// The running application of one process: its workers, each with a thread and connections of its own.
///
///   prepare: brokers answer -> source topics exist -> layout -> internal topics -> plan registered
///   run:     workers join the group, and work until stopped, done or failed
///
/// prepare() and run() are called by one thread, in this order; the rest is thread-safe.
class Engine {
 public:
  /// `plan`, `connector`, `clock`, `log` and `stop` must outlive the engine. Setting `stop` ends prepare()
  /// soon, and run() after a last commit.
  Engine(const topology::Plan& plan, EngineSettings settings, Connector& connector,
         const topology::Clock& clock, EventLog& log, const std::atomic<bool>& stop);
  ~Engine();

  /// Waits for brokers and source topics, telling the log once what it waits for, and tries again what a
  /// broker could not do. Errors: what nobody but the user can change: rights, partition counts, another
  /// plan.
  topology::Status prepare();
  /// What prepare() would do, without waiting and without writing: finds what is missing. `missing` gets a
  /// line for each topic that a start would create.
  topology::Status check(std::vector<std::string>& missing);
  /// Error: the first that stopped a worker for good. The others commit and leave before it returns.
  topology::Status run(const RunUntil& until);

  /// One slot per worker; their addresses stay.
  const std::vector<std::unique_ptr<WorkerReportSlot>>& reports() const { return reports_; }
  /// One per worker; their addresses stay.
  const std::vector<std::unique_ptr<Pulse>>& pulses() const { return pulses_; }
  /// Null until prepare() is done.
  const PartitionLayout* layout() const { return layout_ready_ ? &*layout_ : nullptr; }

 private:
  using Targets = std::map<TopicPartition, topology::Offset>;

  bool stopping() const { return stop_ || failed_; }
  topology::Status prepare_once();
  topology::Status wait_for_sources(Topics& topics);
  topology::Status tell_of_empty_sources(Topics& topics);

  void run_worker(std::uint32_t number);
  topology::Status run_worker_once(std::uint32_t number, WorkerConnections connections);
  void fail(const topology::Error& error);
  topology::Status follow_targets();
  void note_reached(Worker& worker, std::uint32_t number);
  /// All targets were reached here, or the rest is other instances'.
  topology::Result<bool> are_targets_reached();
  topology::Result<bool> set_targets(LogPlace place, bool of_sources);
  void wait_for(topology::Duration duration);

  const topology::Plan& plan_;
  const EngineSettings settings_;
  Connector& connector_;
  const topology::Clock& clock_;
  EventLog& log_;
  const std::atomic<bool>& stop_;
  std::vector<std::unique_ptr<WorkerReportSlot>> reports_;
  std::vector<std::unique_ptr<Pulse>> pulses_;
  std::optional<PartitionLayout> layout_;
  std::atomic<bool> layout_ready_{false};
  std::unique_ptr<Topics> topics_;
  std::optional<WorkerConnections> first_connections_;  ///< of prepare(), for the first worker

  std::atomic<bool> failed_{false};  ///< or done: workers leave
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<topology::Error> error_;  ///< guarded by mutex_
  /// What must be reached before the run is over, replaced as a whole; guarded by mutex_.
  std::shared_ptr<const Targets> targets_;
  std::set<TopicPartition> reached_;  ///< of the targets, by any worker here; guarded by mutex_
  std::set<std::uint32_t> done_;      ///< workers all of whose tasks reached theirs; guarded by mutex_
  std::size_t running_workers_ = 0;   ///< guarded by mutex_
};

}  // namespace tallymill::processor
