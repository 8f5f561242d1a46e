#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/simulation/outcome.h"
#include "tests/simulation/process.h"
#include "tests/simulation/scene.h"

namespace tallymill::simulation {

/// What a run came to, and what was wrong with it by itself.
struct RunResult {
  Outcome outcome;
  std::vector<std::string> problems;
  std::uint64_t commits = 0;
};

/// A broker, up to three processes, and everything that happens to them, by chance. One run of one scene.
class World final : public Interlude {
 public:
  /// `faults` holds the chance that decides everything; all must outlive the world.
  World(const Scene& scene, const topology::Plan& plan, Faults& faults);

  /// All input at once, one process, nothing goes wrong.
  RunResult run_calmly();
  /// Input bit by bit, `steps` steps of anything that can happen, then everybody works until nothing is left.
  RunResult run_with_faults(std::size_t steps);

  void between_calls(ProcessLife& life) override;

 private:
  struct Inflow {
    processor::TopicPartition partition;
    const PartitionLog* log;
    std::size_t next = 0;  ///< piece
  };

  // The schedule.
  void step();
  void append_input();
  void let_somebody_work();
  void move_clock();
  void start_process();
  void take_over_id();
  void end_process();
  void remove_member();
  void time_out_transaction();
  void compact_changelog();
  void write_markers();
  void let_others_work(const ProcessLife& life);

  Process& start(const std::string& transactional_id);
  void work(Process& process);
  void note_turn(Process& process, const processor::Worker::Turn& turn);
  /// An error ends the process; one that no fault made is a problem.
  void stopped(Process& process, const topology::Error& error);
  void remove_member_of(Process& process);
  void bury_dead();
  Process* any_process(bool awake);
  std::size_t lasting_processes() const;
  void drain();
  /// Whether the process had nothing to do.
  bool drain_one(Process& process);
  RunResult result();

  const topology::Plan& plan_;
  Faults& faults_;
  Chance& chance_;
  processor::LocalBroker broker_;
  processor::LocalTopics topics_{broker_};
  processor::PartitionLayout layout_;
  SimulatedClock clock_;
  LateRequests late_requests_;
  processor::WorkerSettings settings_;
  std::vector<Inflow> inflows_;
  std::vector<std::unique_ptr<Process>> processes_;
  std::vector<std::unique_ptr<processor::LocalSource>> members_of_dead_;
  std::vector<std::string> transactional_ids_;  ///< by slot, the one in use
  std::vector<std::string> all_ids_;
  std::size_t step_ = 0;
  int interludes_ = 0;  ///< that are running
  std::uint64_t commits_ = 0;
  std::vector<std::string> problems_;
};

}  // namespace tallymill::simulation
