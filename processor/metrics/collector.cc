#include "processor/metrics/collector.h"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <limits>

#include "processor/metrics/metric_table.h"
#include "processor/metrics/process_usage.h"

namespace tallymill::processor {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using topology::EventTime;
using Labels = std::vector<ClientMetric::Label>;

template <class Time>
double seconds_between(Time from, Time to) {
  return static_cast<double>(to.microseconds - from.microseconds) / 1e6;
}

prometheus::MetricType type_of(MetricType type) {
  return type == MetricType::counter ? prometheus::MetricType::Counter
         : type == MetricType::gauge ? prometheus::MetricType::Gauge
                                     : prometheus::MetricType::Histogram;
}

/// Families in the order of the table, each with what was added to it.
class Families {
 public:
  /// Every metric of the process has the topology as its first label.
  explicit Families(std::string topology) : topology_(std::move(topology)) {
    for (const MetricSpec& spec : metric_table()) {
      families_.push_back({std::string(spec.name), std::string(spec.help), type_of(spec.type), {}});
    }
  }

  void add(std::string_view name, double value, Labels labels = {}) {
    ClientMetric& metric = metric_of(name, std::move(labels));
    if (metric_spec(name).type == MetricType::counter) {
      metric.counter.value = value;
    } else {
      metric.gauge.value = value;
    }
  }
  void add(std::string_view name, std::uint64_t value, Labels labels = {}) {
    add(name, static_cast<double>(value), std::move(labels));
  }
  void add(std::string_view name, const DurationHistogram& histogram) {
    ClientMetric& metric = metric_of(name, {});
    metric.histogram.sample_count = histogram.count();
    metric.histogram.sample_sum = histogram.sum_seconds;
    std::uint64_t cumulative = 0;
    for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
      cumulative += histogram.counts[i];
      const double bound = i < DurationHistogram::bounds_seconds.size()
                               ? DurationHistogram::bounds_seconds[i]
                               : std::numeric_limits<double>::infinity();
      metric.histogram.bucket.push_back({cumulative, bound});
    }
  }

  /// Without families of which nothing is known yet.
  std::vector<MetricFamily> take() {
    std::erase_if(families_, [](const MetricFamily& family) { return family.metric.empty(); });
    return std::move(families_);
  }

 private:
  ClientMetric& metric_of(std::string_view name, Labels labels) {
    const auto index = static_cast<std::size_t>(&metric_spec(name) - metric_table().data());
    ClientMetric& metric = families_[index].metric.emplace_back();
    metric.label = std::move(labels);
    metric.label.insert(metric.label.begin(), {"topology", topology_});
    return metric;
  }

  const std::string topology_;
  std::vector<MetricFamily> families_;
};

void add_process(Families& families, const WorkerReports& reports, std::size_t workers, EventTime started,
                 topology::Duration now) {
  families.add("tallymill_build_info", 1.0, {{"version", TALLYMILL_VERSION}});
  families.add("process_start_time_seconds", static_cast<double>(started.microseconds) / 1e6);
  const ProcessUsage usage = process_usage();
  families.add("process_cpu_seconds_total", usage.cpu_seconds);
  families.add("process_resident_memory_bytes", usage.resident_bytes);
  const auto in_group = static_cast<std::size_t>(
      std::count_if(reports.begin(), reports.end(), [](const auto& report) { return report->is_in_group; }));
  families.add("tallymill_workers", std::uint64_t{in_group}, {{"state", "in_group"}});
  families.add("tallymill_workers", std::uint64_t{workers - in_group}, {{"state", "joining"}});
  for (const auto& report : reports) {
    const double age_seconds = seconds_between(report->reported_at_steady, now);
    const Labels labels{{"worker", std::to_string(report->worker)}};
    families.add("tallymill_worker_report_age_seconds", age_seconds, labels);
    families.add("tallymill_broker_answer_age_seconds",
                 age_seconds + static_cast<double>(report->since_answer.microseconds) / 1e6, labels);
  }
}

void add_images(Families& families, std::string_view name, const ImageCounts& counts, const Labels& place) {
  for (std::size_t i = 0; i < ops::image_fate_count; ++i) {
    Labels labels = place;
    labels.push_back({"fate", std::string(name_of(static_cast<ops::ImageFate>(i)))});
    families.add(name, counts.by_fate[i], std::move(labels));
  }
}

void add_fates(Families& families, const topology::Plan& plan, const WorkerReport& sum) {
  const CountedPlaces places = CountedPlaces::of(plan);
  FateTotals all = FateTotals::for_places(places);
  for (std::size_t i = 0; i < plan.sub_topologies.size(); ++i) {
    const SubTopologyCounters& counters = sum.sub_topologies[i];
    const std::string& name = plan.sub_topologies[i].name;
    families.add("tallymill_consumed_records_total", counters.consumed_records, {{"sub_topology", name}});
    families.add("tallymill_consumed_bytes_total", counters.consumed_bytes, {{"sub_topology", name}});
    all.add(counters.fates);
    if (!plan.sub_topologies[i].source) continue;
    for (std::size_t fate = 0; fate < ops::record_fate_count; ++fate) {
      families.add("tallymill_records_total", counters.fates.records[fate],
                   {{"source", name}, {"fate", std::string(name_of(static_cast<ops::RecordFate>(fate)))}});
    }
    for (std::size_t seen = 0; seen < ops::observation_count; ++seen) {
      families.add(
          "tallymill_observations_total", counters.fates.observations[seen],
          {{"source", name}, {"observation", std::string(name_of(static_cast<ops::Observation>(seen)))}});
    }
  }
  for (std::size_t i = 0; i < places.pipelines.size(); ++i) {
    add_images(families, "tallymill_images_total", all.pipelines[i], {{"pipeline", places.pipelines[i]}});
  }
  for (std::size_t i = 0; i < places.steps.size(); ++i) {
    add_images(families, "tallymill_step_images_total", all.steps[i],
               {{"pipeline", places.steps[i].pipeline}, {"step", places.steps[i].step}});
  }
}

void add_commits(Families& families, const WorkerReport& sum) {
  for (const auto& [topic, records] : sum.produced_records) {
    families.add("tallymill_produced_records_total", records, {{"topic", topic}});
  }
  for (const auto& [reason, letters] : sum.samples.dead_by_reason) {
    families.add("tallymill_dead_letters_total", letters, {{"reason", reason}});
  }
  families.add("tallymill_commits_total", sum.commits);
  families.add("tallymill_aborts_total", sum.aborts);
  families.add("tallymill_producer_recreations_total", sum.producer_recreations);
  families.add("tallymill_rebalances_total", sum.rebalances);
  families.add("tallymill_partitions_lost_total", sum.partitions_lost);
  families.add("tallymill_offset_gaps_total", sum.offset_gaps);
  families.add("tallymill_commit_duration_seconds", sum.commit_seconds);
  families.add("tallymill_end_to_end_latency_seconds", sum.end_to_end_seconds);
}

/// What the tasks of one sub-topology hold together.
struct TaskSums {
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
  std::uint64_t restore_remaining = 0;
  EventTime watermark = EventTime::infinity();
};

void add_tasks(Families& families, const topology::Plan& plan, const std::vector<TaskReport>& tasks,
               EventTime now) {
  std::vector<TaskSums> sums(plan.sub_topologies.size());
  std::uint64_t running = 0;
  for (const TaskReport& task : tasks) {
    TaskSums& sum = sums[task.id.sub_topology.value];
    sum.entries += task.state_entries;
    sum.bytes += task.state_bytes;
    if (task.end_offset) {
      const std::int64_t lag = std::max<std::int64_t>(0, task.end_offset->value - task.next_offset.value);
      families.add("tallymill_input_lag_records", static_cast<double>(lag),
                   {{"topic", task.input.topic}, {"partition", std::to_string(task.input.partition.value)}});
    }
    if (task.unstable_records) {
      families.add("tallymill_input_unstable_records", static_cast<double>(*task.unstable_records),
                   {{"topic", task.input.topic}, {"partition", std::to_string(task.input.partition.value)}});
    }
    if (task.phase == TaskReport::Phase::running) {
      ++running;
      sum.watermark = std::min(sum.watermark, task.watermark);
    } else {
      sum.restore_remaining += static_cast<std::uint64_t>(
          std::max<std::int64_t>(0, task.restore_end.value - task.restore_position.value));
    }
  }
  families.add("tallymill_tasks", running, {{"state", "running"}});
  families.add("tallymill_tasks", tasks.size() - running, {{"state", "restoring"}});
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const Labels labels = {{"sub_topology", plan.sub_topologies[i].name}};
    families.add("tallymill_state_entries", sums[i].entries, labels);
    families.add("tallymill_state_bytes", sums[i].bytes, labels);
    families.add("tallymill_restore_remaining_records", sums[i].restore_remaining, labels);
    if (sums[i].watermark == EventTime::infinity() || sums[i].watermark == EventTime::minus_infinity())
      continue;
    families.add("tallymill_watermark_delay_seconds", seconds_between(sums[i].watermark, now), labels);
  }
}

}  // namespace

std::vector<MetricFamily> collect_metrics(const topology::Plan& plan, const WorkerReports& reports,
                                          std::size_t workers, EventTime started,
                                          const topology::Clock& clock) {
  Families families(plan.name);
  const WorkerReport sum = sum_of(plan, reports);
  add_process(families, reports, workers, started, clock.steady());
  add_fates(families, plan, sum);
  add_commits(families, sum);
  add_tasks(families, plan, sum.tasks, clock.now());
  return families.take();
}

std::string metrics_text(const std::vector<MetricFamily>& families) {
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace tallymill::processor
