#include "processor/runtime/engine.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <thread>

#include "processor/runtime/plan_registry.h"

namespace tallymill::processor {

using topology::Duration;
using topology::Error;
using topology::ErrorClass;
using topology::ErrorCode;
using topology::Result;
using topology::Status;

namespace {

constexpr Duration wait_interval{200'000};
constexpr Duration restart_pause{500'000};
/// A worker that must begin anew more often in a minute does not get better by it.
constexpr std::size_t restarts_per_minute_max = 10;

WorkerSettings worker_settings(const EngineSettings& settings, std::uint32_t number) {
  WorkerSettings worker;
  worker.number = number;
  worker.poll_records_max = settings.poll_records_max;
  worker.commit_interval = settings.commit_interval;
  worker.commit_records_max = settings.commit_records_max;
  worker.commit_bytes_max = settings.commit_bytes_max;
  return worker;
}

}  // namespace

Engine::Engine(const topology::Plan& plan, EngineSettings settings, Connector& connector,
               const topology::Clock& clock, EventLog& log, const std::atomic<bool>& stop)
    : plan_(plan),
      settings_(std::move(settings)),
      connector_(connector),
      clock_(clock),
      log_(log),
      stop_(stop) {
  for (std::uint32_t i = 0; i < settings_.workers; ++i) {
    reports_.push_back(std::make_unique<WorkerReportSlot>());
    pulses_.push_back(std::make_unique<Pulse>());
  }
}

Engine::~Engine() = default;

void Engine::wait_for(Duration duration) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::microseconds(duration.microseconds), [&] { return stopping(); });
}

Status Engine::wait_for_sources(Topics& topics) {
  std::string told;
  while (!stopping()) {
    auto layout = PartitionLayout::make(plan_, topics, Durability::changelogs);
    if (layout) {
      layout_ = std::move(*layout);
      return {};
    }
    const Error& error = layout.error();
    if (error.code != ErrorCode::topic_missing && class_of(error.code) != ErrorClass::transient) return error;
    if (error.message != told) {
      log_.write(Severity::warning, "waiting: " + error.message, {{"hint", error.hint}});
      told = error.message;
    }
    wait_for(wait_interval);
  }
  return {};
}

Status Engine::tell_of_empty_sources(Topics& topics) {
  for (const topology::SourcePlan& source : plan_.sources) {
    std::vector<TopicPartition> partitions;
    for (const TopicPartition& input : layout_->inputs()) {
      const auto& names = source.declaration.topics;
      if (std::find(names.begin(), names.end(), input.topic) != names.end()) partitions.push_back(input);
    }
    const auto begins = topics.offsets(partitions, {LogPlace::Kind::begin});
    if (!begins) return begins.error();
    const auto ends = topics.offsets(partitions, {LogPlace::Kind::end});
    if (!ends) return ends.error();
    if (*begins != *ends) continue;
    log_.write(
        Severity::warning, "a source has no records yet",
        {{"source", source.declaration.name},
         {"hint", "nothing comes until the connector writes: check that it runs and captures the table"}});
  }
  return {};
}

Status Engine::prepare() {
  while (true) {
    Status status = prepare_once();
    if (status || stopping() || class_of(status.error().code) != ErrorClass::transient) return status;
    log_.write(Severity::warning, "the start is tried again",
               {{"code", std::string(name_of(status.error().code))}, {"cause", status.error().message}});
    wait_for(restart_pause);
  }
}

Status Engine::prepare_once() {
  auto topics = connector_.connect_topics();
  if (!topics) return stopping() ? Status() : topics.error();
  topics_ = std::move(*topics);
  if (auto status = wait_for_sources(*topics_); !status || stopping()) return status;
  if (auto status = tell_of_empty_sources(*topics_); !status) return status;
  if (auto status = layout_->create_topics(plan_, *topics_, settings_.internal_topics); !status)
    return status;
  auto connections = connector_.connect_worker(0, *pulses_[0]);
  if (!connections) return stopping() ? Status() : connections.error();
  first_connections_ = std::move(*connections);
  if (auto status = register_plan(plan_, *layout_, *first_connections_, stop_); !status) return status;
  layout_ready_ = true;
  return {};
}

Status Engine::check(std::vector<std::string>& missing) {
  auto topics = connector_.connect_topics();
  if (!topics) return topics.error();
  const auto layout = PartitionLayout::make(plan_, **topics, Durability::changelogs);
  if (!layout) return layout.error();
  if (auto status = layout->find_missing_topics(plan_, **topics, missing); !status) return status;
  const auto stored_plan = (*topics)->partition_count(plan_.plan_topic());
  if (!stored_plan) return stored_plan.error();
  if (!*stored_plan) return {};
  const auto changelogs = connector_.connect_changelogs();
  if (!changelogs) return changelogs.error();
  const auto stored = read_plan_record(plan_, **changelogs, stop_);
  if (!stored || !*stored) return stored ? Status() : stored.error();
  const auto members = (*topics)->group_member_count(plan_.name);
  if (!members) return members.error();
  return check_plan(**stored, PlanRecord::of(plan_, *layout), *members);
}

Status Engine::run(const RunUntil& until) {
  std::vector<std::thread> threads;
  running_workers_ = settings_.workers;
  if (until) {
    if (const auto set = set_targets(*until, true); !set) return set.error();
  }
  for (std::uint32_t i = 0; i < settings_.workers; ++i) threads.emplace_back([this, i] { run_worker(i); });
  if (until) {
    if (const auto status = follow_targets(); !status) fail(status.error());
    failed_ = true;
    changed_.notify_all();
  }
  for (std::thread& thread : threads) thread.join();
  const std::lock_guard lock(mutex_);
  return error_ ? Status(*error_) : Status();
}

void Engine::fail(const Error& error) {
  const std::lock_guard lock(mutex_);
  if (!error_) error_ = error;
  failed_ = true;
  changed_.notify_all();
}

void Engine::run_worker(std::uint32_t number) {
  std::deque<Duration> restarts;  // when, by the clock that never steps
  std::optional<WorkerConnections> connections;
  pulses_[number]->begin();
  if (number == 0) connections = std::exchange(first_connections_, std::nullopt);
  while (!stopping()) {
    Status status;
    if (!connections) {
      auto made = connector_.connect_worker(number, *pulses_[number]);
      if (made) {
        connections = std::move(*made);
      } else if (!stopping()) {
        status = made.error();
      }
    }
    if (connections) status = run_worker_once(number, std::move(*connections));
    connections.reset();
    if (status) continue;
    const Duration now = clock_.steady();
    restarts.push_back(now);
    while (now.microseconds - restarts.front().microseconds > 60'000'000) restarts.pop_front();
    const bool is_final =
        class_of(status.error().code) != ErrorClass::transient || restarts.size() > restarts_per_minute_max;
    log_.write(Severity::error, is_final ? "a worker stopped" : "a worker begins anew",
               {{"worker", std::to_string(number)},
                {"code", std::string(name_of(status.error().code))},
                {"cause", status.error().message}});
    if (is_final) {
      fail(status.error());
      break;
    }
    wait_for(restart_pause);
  }
  pulses_[number]->end();
  const std::lock_guard lock(mutex_);
  --running_workers_;
  changed_.notify_all();
}

Status Engine::run_worker_once(std::uint32_t number, WorkerConnections connections) {
  Worker worker(plan_, *layout_,
                {*connections.source, *connections.sink, *connections.topics, *connections.changelogs, clock_,
                 log_, reports_[number].get(), nullptr, pulses_[number].get()},
                worker_settings(settings_, number));
  Status status = connections.source->subscribe(layout_->input_topics(), worker);
  while (status && !stopping()) {
    const auto turn = worker.turn();
    if (!turn) {
      status = turn.error();
      break;
    }
    if (turn->records == 0) note_reached(worker, number);
  }
  if (status) {
    status = worker.close();
    connections.sink.reset();
    return status;
  }
  connections.sink.reset();
  worker.abandon();
  return status;
}

Result<bool> Engine::set_targets(LogPlace place, bool of_sources) {
  std::vector<TopicPartition> partitions;
  for (const TopicPartition& input : layout_->inputs()) {
    const bool is_source =
        plan_.sub_topologies[layout_->task_of(input)->sub_topology.value].source.has_value();
    if (is_source == of_sources) partitions.push_back(input);
  }
  const auto offsets = topics_->offsets(partitions, place);
  if (!offsets) return offsets.error();
  const std::lock_guard lock(mutex_);
  auto targets = targets_ == nullptr ? std::make_shared<Targets>() : std::make_shared<Targets>(*targets_);
  bool moved = false;
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    const auto [target, is_new] = targets->emplace(partitions[i], (*offsets)[i]);
    if (!is_new && target->second == (*offsets)[i]) continue;
    target->second = (*offsets)[i];
    reached_.erase(partitions[i]);
    moved = true;
  }
  done_.clear();
  targets_ = std::move(targets);
  return moved;
}

void Engine::note_reached(Worker& worker, std::uint32_t number) {
  const std::lock_guard lock(mutex_);
  if (targets_ == nullptr) return;
  if (worker.collect_reached(*targets_, reached_)) {
    done_.insert(number);
  } else {
    done_.erase(number);
  }
}

Result<bool> Engine::are_targets_reached() {
  {
    const std::lock_guard lock(mutex_);
    const bool all = std::all_of(targets_->begin(), targets_->end(),
                                 [&](const auto& target) { return reached_.contains(target.first); });
    if (all) return true;
    if (done_.size() < settings_.workers) return false;
  }
  const auto members = topics_->group_member_count(plan_.name);
  if (!members) return members.error();
  return *members > settings_.workers;
}

Status Engine::follow_targets() {
  while (!stopping()) {
    wait_for(wait_interval);
    {
      const std::lock_guard lock(mutex_);
      if (running_workers_ == 0) return {};
    }
    const auto reached = are_targets_reached();
    if (!reached) return reached.error();
    if (!*reached) continue;
    // What the sources led to stands in the repartition topics now; each step of them may lead to more.
    const auto more = set_targets({LogPlace::Kind::end}, false);
    if (!more) return more.error();
    if (!*more) return {};
  }
  return {};
}

}  // namespace tallymill::processor
