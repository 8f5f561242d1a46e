#include "processor/runtime/worker.h"

#include <algorithm>
#include <utility>

#include "topology/base/invariant.h"

namespace tallymill::processor {

using topology::Duration;
using topology::Result;
using topology::Status;

namespace {

/// How long nothing of a changelog is readable before that is said. A member that died in a transaction holds
/// it up for at most transaction_timeout, 10 s as a rule.
constexpr Duration restore_patience{30'000'000};
/// How long to wait for records while other tasks are being restored: with 10,000 changelog records per turn
/// it is no bound on the restore, and a worker whose restore waits does not turn without a pause.
constexpr Duration poll_timeout_restoring{5'000};

std::string names_of(std::span<const TopicPartition> partitions) {
  std::string text;
  for (const TopicPartition& each : partitions) {
    text += (text.empty() ? "" : " ") + each.topic + "/" + std::to_string(each.partition.value);
  }
  return text;
}

}  // namespace

Worker::Worker(const topology::Plan& plan, const PartitionLayout& layout, WorkerPorts ports,
               WorkerSettings settings)
    : plan_(plan),
      layout_(layout),
      ports_(ports),
      settings_(settings),
      restorer_(plan, layout, ports.source, ports.changelogs, ports.topics),
      meter_(plan, layout, settings.number),
      cycle_limit_(settings.commit_records_max) {
  if (ports_.reports != nullptr) samples_.emplace(plan_, ports_.clock);
}

Worker::~Worker() = default;

Result<Worker::Turn> Worker::turn() {
  Turn turn;
  if (ports_.pulse != nullptr) ports_.pulse->beat();
  if (const Status status = advance_restores(); !status) return status.error();
  // What is open is below the limit, or it would have been committed.
  const std::size_t room = std::max<std::size_t>(cycle_limit_, cycle_records_ + 1) - cycle_records_;
  const auto batch = ports_.source.poll(std::min(settings_.poll_records_max, room), poll_timeout());
  if (!batch) return batch.error();
  if (callback_error_) return *callback_error_;
  turn.records = batch->size();
  turn.is_restoring = !restorer_.is_idle();
  if (const Status status = process(*batch); !status) return status.error();
  if (is_commit_due()) {
    const auto outcome = commit();
    if (!outcome) return outcome.error();
    turn.commit = *outcome;
  }
  follow_purge();
  publish_report();
  return turn;
}

Status Worker::advance_restores() {
  if (restorer_.is_idle()) return {};
  // Where nothing runs yet there is time to wait for the changelogs.
  auto restored = restorer_.poll(tasks_.empty() ? settings_.poll_timeout : Duration{0});
  if (!restored) return restored.error();
  for (TaskRestorer::Restored& each : *restored) {
    const TopicPartition& input = layout_.input_of(each.task);
    const topology::Offset start = each.state->progress.next_offset;
    add_task(std::move(each));
    if (Status status = ports_.source.resume(input, start); !status) return status;
  }
  if (!restored->empty()) index_tasks();
  watch_restores();
  return {};
}

void Worker::watch_restores() {
  if (restorer_.is_idle()) {
    restores_moved_at_.reset();
    return;
  }
  const auto restores = restorer_.progress();
  std::int64_t read = 0;
  for (const auto& [task, progress] : restores) read += progress.position.value;
  const bool has_moved = std::exchange(restores_read_, read) != read;
  if (has_moved || !restores_moved_at_) {
    restores_moved_at_ = ports_.clock.steady();
    return;
  }
  if (since(*restores_moved_at_) < restore_patience) return;
  restores_moved_at_ = ports_.clock.steady();
  for (const auto& [task, progress] : restores) {
    const TopicPartition* changelog = layout_.changelog_of(task);
    if (changelog == nullptr) continue;
    ports_.log.write(
        Severity::warning, "a task waits for its changelog, in which a transaction is open",
        {{"changelog", names_of(std::span(changelog, 1))},
         {"position", std::to_string(progress.position.value)},
         {"end", std::to_string(progress.end.value)},
         {"hint",
          "it ends with its producer's transaction.timeout.ms; if it does not, the brokers lost a marker: "
          "Kafka's `kafka-transactions.sh find-hanging` names it"}});
  }
}

void Worker::add_task(TaskRestorer::Restored restored) {
  ports_.log.write(Severity::debug, "task runs",
                   {{"input", names_of(std::span(&layout_.input_of(restored.task), 1))},
                    {"offset", std::to_string(restored.state->progress.next_offset.value)}});
  tasks_.push_back(std::make_unique<Task>(plan_, layout_, restored.task, std::move(restored.state)));
}

void Worker::index_tasks() {
  std::sort(tasks_.begin(), tasks_.end(), [](const auto& a, const auto& b) { return a->id() < b->id(); });
  tasks_by_input_.clear();
  for (const auto& task : tasks_) tasks_by_input_[layout_.input_of(task->id())] = task.get();
}

Status Worker::process(std::span<const InputRecord> batch) {
  const TopicPartition* from = nullptr;
  Task* task = nullptr;
  for (const InputRecord& record : batch) {
    if (record.from != from) {
      from = record.from;
      const auto found = tasks_by_input_.find(*from);
      // The broker checks a member's epoch, never who owns a partition: ownership is our duty.
      task = found == tasks_by_input_.end() ? nullptr : found->second;
    }
    if (task == nullptr) continue;
    const auto refusal = refused_.empty() ? refused_.end() : refused_.find({*from, record.offset});
    Status status = refusal != refused_.end() ? task->refuse_unproducible(record, refusal->second)
                                              : task->process(record);
    if (!status) return status;

    ++cycle_records_;
  }
  if (cycle_records_ > 0 && !cycle_began_) cycle_began_ = ports_.clock.steady();
  if (suspects_ > 0 && !batch.empty()) last_record_ = {*batch.back().from, batch.back().offset};
  for (const auto& each : tasks_) each->end_batch();
  return {};
}

Duration Worker::poll_timeout() const {
  if (!restorer_.is_idle()) return tasks_.empty() ? Duration{0} : poll_timeout_restoring;
  if (!cycle_began_) return settings_.poll_timeout;
  const std::int64_t left_us = settings_.commit_interval.microseconds - since(*cycle_began_).microseconds;
  return {std::clamp<std::int64_t>(left_us, 0, settings_.poll_timeout.microseconds)};
}

Duration Worker::since(Duration moment) const {
  return {ports_.clock.steady().microseconds - moment.microseconds};
}

bool Worker::is_commit_due() const {
  if (!cycle_began_) return false;
  if (cycle_records_ >= cycle_limit_) return true;
  if (since(*cycle_began_) >= settings_.commit_interval) return true;
  std::size_t bytes = 0;
  for (const auto& task : tasks_) bytes += task->cycle_bytes();
  return bytes >= settings_.commit_bytes_max;
}

Result<CycleResult> Worker::run_commit_cycle() {
  const Duration began = ports_.clock.steady();
  auto result = commit_cycle(
      tasks_, {ports_.source, ports_.sink, layout_, member_, ports_.probe, samples_ ? &*samples_ : nullptr});
  const std::size_t cycle_records = std::exchange(cycle_records_, 0);
  cycle_began_.reset();
  if (!result) return result;
  adapt_cycle(*result, cycle_records);
  if (result->outcome == CycleOutcome::committed) {
    meter_.note_commit(tasks_, since(began), ports_.clock.now());
  } else if (result->outcome == CycleOutcome::aborted || result->outcome == CycleOutcome::unclear) {
    meter_.note_abort();
    ports_.log.write(Severity::warning, "a transaction was aborted and is done again",
                     {{"cause", result->cause ? result->cause->message : "the broker did not commit it"}});
  }
  return result;
}

/// A cycle that did not get through comes back as large, and what took too long takes as long again: each abort halves
/// it, so that any way to the brokers that carries one record makes progress. It grows back by an eighth with each
/// commit, since a try that fails costs a time-out. What a broker refuses for its size or form it refuses again: that
/// record is found by halves, and becomes a dead letter.
void Worker::adapt_cycle(const CycleResult& result, std::size_t cycle_records) {
  if (result.outcome == CycleOutcome::committed) {
    if (!refused_.empty()) forget_refused();
    suspects_ -= std::min(suspects_, cycle_records);
    cycle_limit_ = suspects_ > 0 ? std::max<std::size_t>(suspects_ / 2, 1)
                                 : std::min(cycle_limit_ + cycle_limit_ / 8 + 1, settings_.commit_records_max);
  } else if (result.outcome == CycleOutcome::aborted && cycle_records > 0) {
    const bool is_unproducible = result.cause && result.cause->code == topology::ErrorCode::unproducible;
    if (is_unproducible && cycle_records == 1 && suspects_ > 0) refused_.insert_or_assign(last_record_, *result.cause);
    if (is_unproducible) suspects_ = cycle_records;
    cycle_limit_ = std::max<std::size_t>(cycle_records / 2, 1);
  }
}

/// Those that were committed as dead letters.
void Worker::forget_refused() {
  std::erase_if(refused_, [&](const auto& each) {
    const auto task = tasks_by_input_.find(each.first.first);
    return task != tasks_by_input_.end() && each.first.second < task->second->committed_offset();
  });
}

Result<CycleOutcome> Worker::commit() {
  const auto result = run_commit_cycle();
  if (!result) return result.error();
  // Nothing gets better by doing it again: a right is missing, or a topic is gone.
  if (result->cause && class_of(result->cause->code) == topology::ErrorClass::configuration)
    return *result->cause;

  Status status;
  switch (result->outcome) {
    case CycleOutcome::committed:
      purge_consumed_frames();
      break;
    case CycleOutcome::aborted:
      status = rewind();
      break;
    case CycleOutcome::unclear:
      status = restore_all_again();
      break;
    case CycleOutcome::idle:
    case CycleOutcome::stopped:
      break;
  }
  if (!status) return status.error();
  return result->outcome;
}

Status Worker::rewind() {
  Offsets positions;
  for (const auto& task : tasks_) {
    positions.emplace_back(layout_.input_of(task->id()), task->committed_offset());
  }
  return positions.empty() ? Status() : ports_.source.seek(positions);
}

Status Worker::restore_all_again() {
  std::vector<TopicPartition> partitions;
  for (const auto& task : tasks_) {
    partitions.push_back(layout_.input_of(task->id()));
    retire(*task);
    if (Status status = ports_.source.pause(partitions.back()); !status) return status;
  }
  tasks_.clear();
  tasks_by_input_.clear();
  return start_restores(partitions);
}

void Worker::purge_consumed_frames() {
  if (purged_at_ && since(*purged_at_) < settings_.purge_interval) return;
  purged_at_ = ports_.clock.steady();
  Offsets consumed;
  for (const auto& task : tasks_) {
    if (plan_.sub_topologies[task->id().sub_topology.value].source) continue;
    consumed.emplace_back(layout_.input_of(task->id()), task->committed_offset());
  }
  if (!consumed.empty()) ports_.topics.purge(consumed);
}

void Worker::follow_purge() {
  if (!purged_at_ || since(purge_followed_at_.value_or(*purged_at_)) < Duration{1'000'000}) return;
  purge_followed_at_ = ports_.clock.steady();
  ports_.topics.purge({});
}

void Worker::assigned(std::span<const TopicPartition> partitions) {
  meter_.note_assignment();
  member_ = ports_.source.group_metadata().member;
  if (partitions.empty()) return;
  ports_.log.write(Severity::info, "partitions were assigned", {{"partitions", names_of(partitions)}});
  if (const Status status = start_restores(partitions); !status) callback_error_ = status.error();
}

Status Worker::start_restores(std::span<const TopicPartition> partitions) {
  const auto committed = ports_.source.committed(partitions);
  if (!committed) return committed.error();
  std::vector<std::pair<TaskId, std::optional<topology::Offset>>> tasks;
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    const auto id = layout_.task_of(partitions[i]);
    if (!id) {
      return topology::Error{
          topology::ErrorCode::partition_count_changed,
          "partition " + names_of(partitions.subspan(i, 1)) +
              " was assigned, and the application began with fewer partitions",
          "the source topic got partitions since the first start, and keys no longer hash to "
          "where their state is: reset the application, or start it under a new name"};
    }
    tasks.emplace_back(*id, (*committed)[i]);
  }
  return restorer_.start(tasks);
}

void Worker::revoked(std::span<const TopicPartition> partitions, bool lost) {
  ports_.log.write(lost ? Severity::warning : Severity::info,
                   lost ? "partitions were lost to other members" : "partitions were revoked",
                   {{"partitions", names_of(partitions)}});
  CycleOutcome outcome = CycleOutcome::idle;
  if (lost) {
    // Somebody else goes on from the last commit: the cycle must not become visible, for any task of the
    // worker.
    meter_.note_lost(partitions.size());
    for (const auto& task : tasks_) task->drop();
    outcome = CycleOutcome::aborted;
    cycle_records_ = 0;
    cycle_began_.reset();
  } else if (const auto result = run_commit_cycle()) {
    outcome = result->outcome;
  } else {
    callback_error_ = result.error();
  }
  release(partitions);
  Status status;
  if (outcome == CycleOutcome::aborted) status = rewind();
  if (outcome == CycleOutcome::unclear) status = restore_all_again();
  if (!status) callback_error_ = status.error();
}

void Worker::release(std::span<const TopicPartition> partitions) {
  for (const TopicPartition& partition : partitions) {
    const auto id = layout_.task_of(partition);
    if (id) restorer_.cancel(*id);
    if (tasks_by_input_.erase(partition) == 0) continue;
    std::erase_if(tasks_, [&](const auto& task) {
      if (task->id() != *id) return false;
      retire(*task);
      return true;
    });
  }
}

void Worker::retire(const Task& task) {
  meter_.retire(task);
  if (samples_) samples_->forget(task.id());
}

Status Worker::close() {
  ports_.source.close();
  publish_report(true);
  if (callback_error_) return *callback_error_;
  return {};
}

void Worker::abandon() {
  tasks_.clear();
  tasks_by_input_.clear();
  ports_.source.close();
}

FateTotals Worker::fates() const {
  FateTotals totals = FateTotals::for_places(layout_.counted_places());
  for (const auto& task : tasks_) totals.add(task->committed_state().progress.fates);
  return totals;
}

bool Worker::collect_reached(const std::map<TopicPartition, topology::Offset>& targets,
                             std::set<TopicPartition>& reached) {
  bool all = restorer_.is_idle();
  for (const auto& task : tasks_) {
    const TopicPartition& input = layout_.input_of(task->id());
    const auto target = targets.find(input);
    if (target == targets.end()) continue;
    const auto position = ports_.source.position(input);
    if (!task->is_dirty() && position && *position >= target->second) {
      reached.insert(input);
    } else {
      all = false;
    }
  }
  return all;
}

void Worker::publish_report(bool is_last) {
  if (ports_.reports == nullptr) return;
  if (!is_last && reported_at_ && since(*reported_at_) < settings_.report_interval) return;
  reported_at_ = ports_.clock.steady();
  auto report = meter_.report(tasks_, restorer_, ports_.source, ports_.sink, member_, ports_.clock);
  if (samples_) report->samples = samples_->report();
  ports_.reports->publish(std::move(report));
}

}  // namespace tallymill::processor
