#pragma once

#include <memory>
#include <optional>
#include <string>

#include "processor/runtime/worker.h"
#include "tests/simulation/faulty_changelogs.h"
#include "tests/simulation/faulty_sink.h"
#include "tests/simulation/faulty_source.h"

namespace tallymill::simulation {

/// A clock that moves when told, and a wall clock that is also set.
class SimulatedClock final : public topology::Clock {
 public:
  topology::EventTime now() const override { return now_; }
  topology::Duration steady() const override { return steady_; }
  void move(std::int64_t microseconds) {
    now_.microseconds += microseconds;
    steady_.microseconds += microseconds;
  }
  /// Forwards or back; no time passes.
  void step(std::int64_t microseconds) { now_.microseconds += microseconds; }

 private:
  topology::EventTime now_{1'790'000'000'000'000};
  topology::Duration steady_;
};

/// Notes what a process says of itself in the schedule.
class NotingLog final : public processor::EventLog {
 public:
  explicit NotingLog(Faults& faults, std::string name) : faults_(faults), name_(std::move(name)) {}
  void write(processor::Severity severity, std::string_view event,
             std::initializer_list<processor::EventField> fields) override;

 private:
  Faults& faults_;
  std::string name_;
};

/// What all processes of a run have in common.
struct Site {
  const topology::Plan& plan;
  const processor::PartitionLayout& layout;
  processor::LocalTopics& topics;
  SimulatedClock& clock;
};

/// One process of the application: the real worker on ports that fail.
class Process {
 public:
  Process(const Site& site, const ProcessLife& life, const processor::WorkerSettings& settings);

  /// One turn of the worker, unless the process is dead. Error: the worker stopped.
  topology::Result<processor::Worker::Turn> turn();
  /// Leaves in good order.
  topology::Status close();
  void die() { life_.is_dead = true; }

  bool is_dead() const { return life_.is_dead; }
  bool is_busy() const { return is_busy_; }
  bool is_restoring() const { return is_restoring_; }
  const std::string& transactional_id() const { return life_.transactional_id; }
  /// Of the group; empty if it has been removed.
  std::string member() { return source_->group_metadata().member; }
  /// The member of the group that outlives the process until its session ends. The process is of no use
  /// after.
  std::unique_ptr<processor::LocalSource> take_member();

  // How the world lets it live.
  std::size_t sleeps_until = 0;           ///< step of the schedule; stopped by SIGSTOP, so to say
  std::optional<std::size_t> turns_left;  ///< of one whose transactional id was taken over

 private:
  class Crash final : public processor::CommitProbe {
   public:
    explicit Crash(ProcessLife& life) : life_(life) {}
    bool stops_at(processor::CommitStep step) override;

   private:
    ProcessLife& life_;
  };

  ProcessLife life_;
  NotingLog log_;
  processor::LocalSink sink_;
  std::unique_ptr<processor::LocalSource> source_;
  processor::LocalChangelogReader changelogs_;
  FaultySink faulty_sink_;
  std::unique_ptr<FaultySource> faulty_source_;
  FaultyChangelogs faulty_changelogs_;
  Crash crash_;
  processor::WorkerReportSlot reports_;
  std::unique_ptr<processor::Worker> worker_;
  bool is_busy_ = false;
  bool is_restoring_ = false;
};

}  // namespace tallymill::simulation
