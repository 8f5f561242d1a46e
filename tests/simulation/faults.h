#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "processor/local/broker.h"
#include "processor/runtime/commit_cycle.h"
#include "tests/simulation/chance.h"

namespace tallymill::simulation {

/// Every kind of fault, in the order of the printed table: FAULT(name, what happened when it is counted).
#define TALLYMILL_SIMULATION_FAULTS(FAULT)                                                      \
  FAULT(crash_flush, "the process died before the flush")                                       \
  FAULT(crash_begin, "the process died before the transaction began")                           \
  FAULT(crash_produce, "the process died before the first record")                              \
  FAULT(crash_within_produce, "the process died between two records")                           \
  FAULT(crash_send_offsets, "the process died before the offsets were sent")                    \
  FAULT(crash_commit, "the process died before the commit was asked for")                       \
  FAULT(crash_apply, "the process died after the commit, before it was applied")                \
  FAULT(crash_between_turns, "the process died with a cycle open or not")                       \
  FAULT(crash_restoring, "the process died while tasks were being restored")                    \
  FAULT(begin_failed, "begin failed")                                                           \
  FAULT(produce_failed, "a record was refused")                                                 \
  FAULT(send_offsets_failed, "the offsets were refused")                                        \
  FAULT(send_offsets_lost_answer, "the offsets were taken, and the answer said otherwise")      \
  FAULT(abort_failed, "an abort failed, with or without effect")                                \
  FAULT(recreate_failed, "a new producer could not be made")                                    \
  FAULT(commit_aborted, "the commit answered: aborted")                                         \
  FAULT(commit_unknown_counted, "nobody knew, and the commit had counted")                      \
  FAULT(commit_unknown_lost, "nobody knew, and the commit had not arrived")                     \
  FAULT(end_resent, "EndTxn was sent twice, and the second is still on its way")                \
  FAULT(offsets_resent, "TxnOffsetCommit was sent twice, and one is still on its way")          \
  FAULT(late_end, "a late EndTxn came during a later transaction and was refused")              \
  FAULT(late_offsets, "a late TxnOffsetCommit came during a later transaction and was refused") \
  FAULT(cycle_unclear, "a commit whose outcome differed from partition to partition")           \
  FAULT(poll_failed, "a poll failed for good")                                                  \
  FAULT(group_silent, "the group did not answer for its offsets")                               \
  FAULT(unstable_offsets, "offsets were asked for that a transaction still held")               \
  FAULT(stale_generation, "offsets went out in the name of an old generation")                  \
  FAULT(zombie_commit, "a member that had been removed did not know and went on to commit")     \
  FAULT(no_member, "a removed member asked for its identity and had none")                      \
  FAULT(assignment_lost, "a removed member knew that its partitions were lost")                 \
  FAULT(new_identity, "a removed member was given a new identity before it knew of the loss")   \
  FAULT(foreign_records, "a batch held records of partitions that had just been revoked")       \
  FAULT(delivered_again, "records below the position came again")                               \
  FAULT(restore_slow, "a changelog gave nothing, or a few records, at a time")                  \
  FAULT(restore_behind_open, "a changelog was read that ended in an open transaction")          \
  FAULT(member_removed, "a session timed out while the process lived")                          \
  FAULT(member_removed_in_commit, "a session timed out in the middle of a commit")              \
  FAULT(others_in_commit, "another process had its turn in the middle of a commit")             \
  FAULT(zombie_producer, "a producer went on after its id had been taken over")                 \
  FAULT(transaction_timed_out, "the broker aborted a transaction that was open for long")       \
  FAULT(dead_member_stayed, "a dead process stayed a member until its session timed out")       \
  FAULT(joined, "a process joined others")                                                      \
  FAULT(left, "a process left in good order")                                                   \
  FAULT(new_transactional_id, "a process came back under another transactional id")             \
  FAULT(changelog_compacted, "a changelog was compacted")                                       \
  FAULT(marker_written_late, "a transaction's marker came after the answer to its commit")      \
  FAULT(time_passed, "hours passed between two steps")                                          \
  FAULT(clock_jumped, "the clock jumped hours ahead")                                           \
  FAULT(clock_set_back, "the clock was set back")                                               \
  FAULT(input_aborted, "an input log held aborted records")                                     \
  FAULT(input_gap, "an input log had a gap")

enum class Fault : std::uint8_t {
#define TALLYMILL_SIMULATION_FAULT(name, meaning) name,
  TALLYMILL_SIMULATION_FAULTS(TALLYMILL_SIMULATION_FAULT)
#undef TALLYMILL_SIMULATION_FAULT
      count
};
inline constexpr std::size_t fault_count = static_cast<std::size_t>(Fault::count);
std::string_view name_of(Fault fault);
std::string_view meaning_of(Fault fault);
/// The crash at a step of the commit.
Fault crash_at(processor::CommitStep step);

using FaultCounts = std::array<std::uint64_t, fault_count>;

/// The faults of one run: whether they strike, how often they did, and the last things that happened.
class Faults {
 public:
  explicit Faults(Chance& chance) : chance_(chance) {}

  Chance& chance() { return chance_; }
  bool are_on() const { return are_on_; }
  void turn(bool on) { are_on_ = on; }
  /// Whether a fault strikes here, once in `times`; counts it.
  bool strikes(Fault fault, std::size_t times) {
    if (!are_on_ || !chance_.one_in(times)) return false;
    happened(fault);
    return true;
  }
  void happened(Fault fault);
  /// Something worth reading in the tail of a schedule.
  void note(std::string event);
  const FaultCounts& counts() const { return counts_; }
  const std::deque<std::string>& tail() const { return tail_; }
  /// Of all that was noted: two runs of one seed have the same.
  std::uint64_t schedule_hash() const { return schedule_hash_; }

 private:
  Chance& chance_;
  bool are_on_ = false;
  FaultCounts counts_{};
  std::deque<std::string> tail_;
  std::uint64_t schedule_hash_ = 14'695'981'039'346'656'037U;
};

/// The error of every call that a fault lets fail. The worker may stop with it; any other one is a finding.
topology::Error simulated_error(std::string_view what);
bool is_simulated(const topology::Error& error);

}  // namespace tallymill::simulation
