#include "tests/simulation/world.h"

#include <algorithm>
#include <array>

#include "topology/base/invariant.h"

namespace tallymill::simulation {

using processor::CycleOutcome;
using processor::PartitionLayout;
using processor::TopicPartition;
using processor::Worker;
using topology::Partition;

namespace {

constexpr std::size_t processes_max = 3;
constexpr std::int64_t hour_us = 60 * minute_us;

}  // namespace

World::World(const Scene& scene, const topology::Plan& plan, Faults& faults)
    : plan_(plan), faults_(faults), chance_(faults.chance()), late_requests_(broker_, faults) {
  for (const SceneSource& source : scene.sources) {
    broker_.create_topic(source.topic, static_cast<std::int32_t>(source.logs.size()));
    for (std::size_t i = 0; i < source.logs.size(); ++i) {
      inflows_.push_back({{source.topic, Partition(static_cast<std::int32_t>(i))}, &source.logs[i]});
    }
  }
  auto layout = PartitionLayout::make(plan, topics_, processor::Durability::changelogs);
  INVARIANT(layout.ok(), "the scene's topics exist");
  layout_ = std::move(*layout);
  INVARIANT(layout_.create_topics(plan, topics_, {}).ok(), "local topics can be made");
  settings_.poll_records_max = chance_.pick<std::size_t>({1, 3, 20, 500});
  settings_.commit_records_max = chance_.pick<std::size_t>({1, 5, 30, 50'000});
  settings_.commit_interval = {chance_.pick<std::int64_t>({0, 100'000, 1'000'000})};
  settings_.commit_bytes_max = chance_.pick<std::size_t>({2'000, 64 << 20});
  settings_.report_interval = {0};
  settings_.purge_interval = {chance_.pick<std::int64_t>({0, 30'000'000})};
  for (std::size_t slot = 0; slot < processes_max; ++slot) {
    transactional_ids_.push_back("sim-" + std::to_string(slot));
    all_ids_.push_back(transactional_ids_.back());
  }
}

RunResult World::run_calmly() {
  for (Inflow& inflow : inflows_) {
    for (const LogPiece& piece : *inflow.log) append(broker_, inflow.partition, piece);
  }
  start(transactional_ids_.front());
  drain();
  return result();
}

RunResult World::run_with_faults(std::size_t steps) {
  broker_.write_markers_later(true);
  faults_.turn(true);
  start(transactional_ids_.front());
  while (problems_.empty() && step_ < steps) {
    step();
    bury_dead();
    ++step_;
  }
  faults_.turn(false);
  for (Inflow& inflow : inflows_) {
    for (; inflow.next < inflow.log->size(); ++inflow.next)
      append(broker_, inflow.partition, (*inflow.log)[inflow.next]);
  }
  if (problems_.empty()) drain();
  return result();
}

RunResult World::result() {
  RunResult result;
  result.problems = problems_;
  result.commits = commits_;
  if (problems_.empty()) result.outcome = read_outcome(broker_, plan_, layout_, result.problems);
  return result;
}

void World::step() {
  constexpr std::array<unsigned, 11> weights = {25, 90, 20, 4, 2, 4, 4, 2, 2, 10, 6};
  switch (chance_.weighted(weights)) {
    case 0:
      return append_input();
    case 1:
      return let_somebody_work();
    case 2:
      return move_clock();
    case 3:
      return start_process();
    case 4:
      return take_over_id();
    case 5:
      return end_process();
    case 6:
      return remove_member();
    case 7:
      return time_out_transaction();
    case 8:
      return compact_changelog();
    case 9:
      return write_markers();
    default:
      if (!members_of_dead_.empty()) members_of_dead_.erase(members_of_dead_.begin());
  }
}

void World::append_input() {
  Inflow& inflow = chance_.pick(inflows_);
  for (std::size_t left = 1 + chance_.below(8); left > 0 && inflow.next < inflow.log->size(); --left) {
    const LogPiece& piece = (*inflow.log)[inflow.next++];
    if (piece.is_aborted) faults_.happened(Fault::input_aborted);
    if (piece.gap > 0) faults_.happened(Fault::input_gap);
    append(broker_, inflow.partition, piece);
  }
}

void World::let_somebody_work() {
  if (Process* process = any_process(true)) work(*process);
}

void World::work(Process& process) {
  const auto turn = process.turn();
  if (!turn) return stopped(process, turn.error());
  note_turn(process, *turn);
  if (process.turns_left && (*process.turns_left)-- == 0) process.die();
}

void World::note_turn(Process& process, const Worker::Turn& turn) {
  if (turn.commit == CycleOutcome::unclear) faults_.happened(Fault::cycle_unclear);
  if (turn.commit == CycleOutcome::committed) ++commits_;
  if (turn.commit != CycleOutcome::idle || turn.records > 0) {
    faults_.note(process.transactional_id() + " read " + std::to_string(turn.records) +
                 (turn.commit == CycleOutcome::committed ? ", committed"
                  : turn.commit == CycleOutcome::aborted ? ", aborted"
                                                         : ""));
  }
}

void World::stopped(Process& process, const topology::Error& error) {
  if (!process.is_dead() && !is_simulated(error)) problems_.push_back("a worker stopped: " + error.message);
  faults_.note(process.transactional_id() + " stopped: " + error.message);
  process.die();
}

void World::move_clock() {
  if (faults_.strikes(Fault::time_passed, 30)) clock_.move(chance_.between(1, 48) * hour_us);
  if (faults_.strikes(Fault::clock_jumped, 30)) clock_.step(chance_.between(1, 48) * hour_us);
  if (faults_.strikes(Fault::clock_set_back, 30)) clock_.step(-chance_.between(1, 48) * hour_us);
  clock_.move(chance_.between(0, 200'000));
}

std::size_t World::lasting_processes() const {
  return static_cast<std::size_t>(std::count_if(processes_.begin(), processes_.end(), [](const auto& each) {
    return !each->is_dead() && !each->turns_left;
  }));
}

Process& World::start(const std::string& transactional_id) {
  const ProcessLife life{faults_, broker_, late_requests_, *this, transactional_id};
  faults_.note("a process starts as " + transactional_id);
  return *processes_.emplace_back(
      std::make_unique<Process>(Site{plan_, layout_, topics_, clock_}, life, settings_));
}

void World::start_process() {
  if (lasting_processes() >= processes_max) return;
  for (std::string& id : transactional_ids_) {
    const bool is_used = std::any_of(processes_.begin(), processes_.end(),
                                     [&](const auto& each) { return each->transactional_id() == id; });
    if (is_used) continue;
    if (faults_.strikes(Fault::new_transactional_id, 4)) {
      id += "+";
      all_ids_.push_back(id);
    }
    if (lasting_processes() > 0) faults_.happened(Fault::joined);
    start(id);
    return;
  }
}

/// Somebody starts a second process with the id of one that only seems dead.
void World::take_over_id() {
  Process* old = any_process(false);
  if (old == nullptr || old->turns_left) return;
  faults_.happened(Fault::zombie_producer);
  old->turns_left = chance_.below(4);
  old->sleeps_until = step_ + chance_.below(40);
  if (chance_.one_in(2)) remove_member_of(*old);
  start(old->transactional_id());
}

void World::end_process() {
  Process* process = any_process(false);
  if (process == nullptr) return;
  if (chance_.one_in(2)) {
    faults_.happened(process->is_restoring() ? Fault::crash_restoring : Fault::crash_between_turns);
    return process->die();
  }
  faults_.happened(Fault::left);
  if (const auto status = process->close(); !status) return stopped(*process, status.error());
  process->die();
}

void World::remove_member() {
  Process* process = any_process(false);
  if (process == nullptr) return;
  faults_.happened(Fault::member_removed);
  process->sleeps_until = step_ + chance_.below(60);
  remove_member_of(*process);
}

void World::remove_member_of(Process& process) {
  if (const std::string member = process.member(); !member.empty()) broker_.leave(member);
}

void World::time_out_transaction() {
  const auto open = broker_.open_transaction(chance_.pick(all_ids_));
  if (!open) return;
  faults_.happened(Fault::transaction_timed_out);
  broker_.time_out(*open);
}

void World::compact_changelog() {
  // Not under a reader: Kafka keeps tombstones for a day, and what was written last, so that nobody who reads
  // a changelog misses what went.
  if (std::any_of(processes_.begin(), processes_.end(),
                  [](const auto& each) { return each->is_restoring(); }))
    return;
  const TopicPartition* changelog =
      layout_.changelog_of(*layout_.task_of(layout_.inputs()[chance_.below(layout_.inputs().size())]));
  faults_.happened(Fault::changelog_compacted);
  broker_.log(*changelog).compact();
}

void World::write_markers() {
  for (std::size_t left = 1 + chance_.below(6); left > 0; --left) {
    if (broker_.write_marker(chance_.below(1'000))) faults_.happened(Fault::marker_written_late);
  }
}

void World::between_calls(ProcessLife& life) {
  if (!faults_.are_on() || interludes_ > 0 || !chance_.one_in(8)) return;
  ++interludes_;
  if (chance_.one_in(2)) {
    const auto self = std::find_if(processes_.begin(), processes_.end(), [&](const auto& each) {
      return each->is_busy() && each->transactional_id() == life.transactional_id;
    });
    if (self != processes_.end()) {
      faults_.happened(Fault::member_removed_in_commit);
      faults_.note((*self)->transactional_id() + " is removed from the group");
      remove_member_of(**self);
    }
  }
  if (chance_.one_in(2)) let_others_work(life);
  if (chance_.one_in(3)) write_markers();
  if (chance_.one_in(6)) time_out_transaction();
  --interludes_;
}

void World::let_others_work(const ProcessLife& life) {
  for (std::size_t left = 1 + chance_.below(20); left > 0; --left) {
    Process* other = any_process(true);
    if (other == nullptr || other->transactional_id() == life.transactional_id) continue;
    faults_.happened(Fault::others_in_commit);
    work(*other);
    if (chance_.one_in(2)) clock_.move(100'000);
  }
}

Process* World::any_process(bool awake) {
  std::vector<Process*> found;
  for (const auto& each : processes_) {
    if (each->is_dead() || each->is_busy()) continue;
    if (awake && each->sleeps_until > step_) continue;
    found.push_back(each.get());
  }
  return found.empty() ? nullptr : chance_.pick(found);
}

void World::bury_dead() {
  for (auto& each : processes_) {
    if (!each->is_dead()) continue;
    auto member = each->take_member();
    if (chance_.one_in(2)) {
      faults_.happened(Fault::dead_member_stayed);
      members_of_dead_.push_back(std::move(member));
    }
    each.reset();
  }
  std::erase(processes_, nullptr);
}

void World::drain() {
  for (const auto& each : processes_) {
    if (each->turns_left) each->die();
    each->sleeps_until = 0;
  }
  bury_dead();
  members_of_dead_.clear();
  if (processes_.empty()) start(transactional_ids_.front());
  late_requests_.deliver_all();
  for (const std::string& id : all_ids_) {
    if (const auto open = broker_.open_transaction(id)) broker_.time_out(*open);
  }
  clock_.step(-hour_us);  // what waits must not wait for it to catch up
  constexpr int rounds_max = 20'000;
  constexpr int quiet_rounds = 4;
  int quiet = 0;
  for (int round = 0; quiet < quiet_rounds && problems_.empty(); ++round) {
    if (round == rounds_max) return problems_.emplace_back("the processes never come to rest"), void();
    bool is_quiet = true;
    for (const auto& each : processes_) is_quiet = drain_one(*each) && is_quiet;
    while (broker_.write_marker(0)) is_quiet = false;
    quiet = is_quiet ? quiet + 1 : 0;
  }
}

bool World::drain_one(Process& process) {
  // Nobody tells it to commit: what is open is due when its time has passed.
  clock_.move(settings_.commit_interval.microseconds);
  const auto turn = process.turn();
  if (!turn) return stopped(process, turn.error()), false;
  note_turn(process, *turn);
  return turn->records == 0 && !turn->is_restoring && turn->commit == CycleOutcome::idle;
}

}  // namespace tallymill::simulation
