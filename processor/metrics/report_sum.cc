#include "processor/metrics/report_sum.h"

#include <map>

namespace tallymill::processor {

namespace {

void add_histogram(DurationHistogram& to, const DurationHistogram& from) {
  for (std::size_t i = 0; i < to.counts.size(); ++i) to.counts[i] += from.counts[i];
  to.sum_seconds += from.sum_seconds;
}

void add_counters(WorkerReport& to, const WorkerReport& from) {
  for (std::size_t i = 0; i < to.sub_topologies.size(); ++i) {
    to.sub_topologies[i].consumed_records += from.sub_topologies[i].consumed_records;
    to.sub_topologies[i].consumed_bytes += from.sub_topologies[i].consumed_bytes;
    to.sub_topologies[i].fates.add(from.sub_topologies[i].fates);
    add_each(to.sub_topologies[i].nodes, from.sub_topologies[i].nodes);
  }
  to.commits += from.commits;
  to.aborts += from.aborts;
  to.producer_recreations += from.producer_recreations;
  to.rebalances += from.rebalances;
  to.partitions_lost += from.partitions_lost;
  to.offset_gaps += from.offset_gaps;
  for (const auto& [reason, letters] : from.samples.dead_by_reason) {
    to.samples.dead_by_reason[reason] += letters;
  }
  add_histogram(to.commit_seconds, from.commit_seconds);
  add_histogram(to.end_to_end_seconds, from.end_to_end_seconds);
}

/// A task, and when it was seen so.
struct SeenTask {
  topology::Duration reported_at;
  const TaskReport* task = nullptr;
};

}  // namespace

WorkerReport sum_of(const topology::Plan& plan, const WorkerReports& reports) {
  WorkerReport sum;
  sum.sub_topologies.resize(plan.sub_topologies.size());
  std::map<std::string, std::uint64_t> produced;
  std::map<TaskId, SeenTask> tasks;
  for (const auto& report : reports) {
    add_counters(sum, *report);
    for (const auto& [topic, records] : report->produced_records) produced[topic] += records;
    for (const TaskReport& task : report->tasks) {
      SeenTask& seen = tasks[task.id];
      if (seen.task == nullptr || seen.reported_at < report->reported_at_steady) {
        seen = {report->reported_at_steady, &task};
      }
    }
  }
  sum.produced_records.assign(produced.begin(), produced.end());
  for (const auto& [id, seen] : tasks) sum.tasks.push_back(*seen.task);
  return sum;
}

}  // namespace tallymill::processor
