#include "processor/runtime/worker_meter.h"

#include <algorithm>
#include <numeric>

namespace tallymill::processor {

using topology::Duration;
using topology::EventTime;

namespace {

/// Older records are catching up: their age says nothing about the engine.
constexpr std::int64_t fresh_us = 60'000'000;

}  // namespace

void DurationHistogram::observe(Duration duration, std::uint64_t times) {
  const double seconds = static_cast<double>(duration.microseconds) / 1e6;
  const auto bucket = std::lower_bound(bounds_seconds.begin(), bounds_seconds.end(), seconds);
  counts[static_cast<std::size_t>(bucket - bounds_seconds.begin())] += times;
  sum_seconds += seconds * static_cast<double>(times);
}

std::uint64_t DurationHistogram::count() const {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

WorkerMeter::WorkerMeter(const topology::Plan& plan, const PartitionLayout& layout, std::uint32_t worker)
    : layout_(layout) {
  report_.worker = worker;
  report_.sub_topologies.resize(plan.sub_topologies.size());
}

void WorkerMeter::note_commit(std::span<const std::unique_ptr<Task>> tasks, topology::Duration took,
                              EventTime ended) {
  ++report_.commits;
  report_.commit_seconds.observe(took);
  for (const auto& task : tasks) {
    for (const SourceTimeCount& each : task->take_source_times()) {
      // It may be any number that a record states.
      const std::int64_t age_ms = ended.microseconds / 1000 - std::max<std::int64_t>(each.source_time_ms, 0);
      const std::int64_t age_us = age_ms * 1000;
      if (age_us >= 0 && age_us <= fresh_us) report_.end_to_end_seconds.observe({age_us}, each.records);
    }
  }
}

void WorkerMeter::retire(const Task& task) { add_counters(report_, task); }

void WorkerMeter::add_counters(WorkerReport& report, const Task& task) {
  SubTopologyCounters& counters = report.sub_topologies[task.id().sub_topology.value];
  counters.consumed_records += task.counters().consumed_records;
  counters.consumed_bytes += task.counters().consumed_bytes;
  counters.fates.add(task.fates_here());
  add_each(counters.nodes, task.counters().nodes);
  report.offset_gaps += task.offset_gaps();
  for (const auto& [topic, records] : task.counters().produced_records) {
    const auto found = std::find_if(report.produced_records.begin(), report.produced_records.end(),
                                    [&](const auto& each) { return each.first == topic; });
    if (found == report.produced_records.end()) {
      report.produced_records.emplace_back(topic, records);
    } else {
      found->second += records;
    }
  }
}

TaskReport WorkerMeter::report_of(const Task& task, RecordSource& source) const {
  TaskReport report;
  report.id = task.id();
  report.input = layout_.input_of(task.id());
  report.phase = TaskReport::Phase::running;
  report.next_offset = task.committed_offset();
  report.end_offset = source.end_offset(report.input);
  report.unstable_records = source.unstable_records(report.input);
  // Markers and aborted data at the end are no lag: what was passed counts as done once nothing is open.
  if (const auto position = source.position(report.input); position && !task.is_dirty()) {
    report.next_offset = std::max(report.next_offset, *position);
  }
  const TaskState& state = task.committed_state();
  report.stream_time = state.progress.stream_time;
  report.watermark = task.committed_watermark();
  report.watermark_holder = task.watermark_holder();
  report.commit_number = state.progress.commit_number;
  for (const MemoryStore& store : state.stores) {
    report.state_entries += store.entries();
    report.state_bytes += store.bytes();
  }
  return report;
}

std::shared_ptr<WorkerReport> WorkerMeter::report(std::span<const std::unique_ptr<Task>> tasks,
                                                  const TaskRestorer& restorer, RecordSource& source,
                                                  const TransactionalSink& sink, std::string_view member,
                                                  const topology::Clock& clock) const {
  auto report = std::make_shared<WorkerReport>(report_);
  report->reported_at = clock.now();
  report->reported_at_steady = clock.steady();
  report->since_answer = source.since_answer();
  report->member = member;
  report->producer_recreations = sink.recreations();
  for (const auto& task : tasks) {
    add_counters(*report, *task);
    report->tasks.push_back(report_of(*task, source));
  }
  for (const auto& [id, progress] : restorer.progress()) {
    TaskReport& task = report->tasks.emplace_back();
    task.id = id;
    task.input = layout_.input_of(id);
    task.end_offset = source.end_offset(task.input);
    task.restored_records = progress.records;
    task.restore_position = progress.position;
    task.restore_end = progress.end;
  }
  return report;
}

}  // namespace tallymill::processor
