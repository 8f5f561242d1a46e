#include "processor/metrics/metric_table.h"

#include <algorithm>
#include <array>

#include "topology/base/invariant.h"

namespace tallymill::processor {

namespace {

using enum MetricType;

constexpr auto metrics = std::to_array<MetricSpec>({
    {"tallymill_build_info", gauge, "version", "Always 1; the label says which version runs."},
    {"process_start_time_seconds", gauge, "", "When the process started, in seconds since 1970."},
    {"process_cpu_seconds_total", counter, "", "User and system time of all threads, in seconds."},
    {"process_resident_memory_bytes", gauge, "", "Memory that the process holds now."},
    {"tallymill_workers", gauge, "state", "Workers of this instance by state: in_group, or joining."},
    {"tallymill_worker_report_age_seconds", gauge, "worker", "How old the worker's last report is."},
    {"tallymill_broker_answer_age_seconds", gauge, "worker",
     "Time since a broker last answered the worker's consumer, whatever it was asked."},
    {"tallymill_records_total", counter, "source fate",
     "Records of a source whose fate was committed: applied, unchanged, duplicate, unmatched, ignored or "
     "dead."},
    {"tallymill_images_total", counter, "pipeline fate",
     "Before and after images that entered a pipeline, up to its first aggregate or its end: passed, "
     "filtered, "
     "late or dead."},
    {"tallymill_step_images_total", counter, "pipeline step fate",
     "Before and after images at every step, behind an aggregate too: passed, filtered, late or dead; `NAME "
     "results` are the rows that an aggregate makes."},
    {"tallymill_dead_letters_total", counter, "reason", "Dead letters that were committed, by their reason."},
    {"tallymill_observations_total", counter, "source observation",
     "Records of which something is worth knowing, whatever their fate."},
    {"tallymill_consumed_records_total", counter, "sub_topology", "Records read and committed."},
    {"tallymill_consumed_bytes_total", counter, "sub_topology",
     "Bytes of keys and values read and committed."},
    {"tallymill_produced_records_total", counter, "topic", "Records written and committed."},
    {"tallymill_input_lag_records", gauge, "topic partition",
     "Offsets from the last commit to the end of the input, as far as known."},
    {"tallymill_input_unstable_records", gauge, "topic partition",
     "Offsets of the input behind its last stable offset: open transactions hold them back from readers."},
    {"tallymill_watermark_delay_seconds", gauge, "sub_topology",
     "How far the lowest watermark of the tasks here is behind the clock; none before the first watermark."},
    {"tallymill_commits_total", counter, "", "Transactions that were committed."},
    {"tallymill_aborts_total", counter, "", "Transactions that were aborted and done again."},
    {"tallymill_producer_recreations_total", counter, "",
     "Producers made anew, so that late requests are fenced."},
    {"tallymill_rebalances_total", counter, "", "Times that partitions were handed to a worker."},
    {"tallymill_partitions_lost_total", counter, "",
     "Partitions that went to other members without a revocation."},
    {"tallymill_offset_gaps_total", counter, "",
     "Gaps met in inputs; control records and aborted data leave some."},
    {"tallymill_commit_duration_seconds", histogram, "", "From the flush to the answer of the commit."},
    {"tallymill_end_to_end_latency_seconds", histogram, "",
     "From the commit in the database to ours, of records at most a minute old."},
    {"tallymill_tasks", gauge, "state", "Tasks here by state: running, or restoring."},
    {"tallymill_state_entries", gauge, "sub_topology", "Entries in the stores of the tasks here."},
    {"tallymill_state_bytes", gauge, "sub_topology",
     "Bytes of keys and values in the stores of the tasks here."},
    {"tallymill_restore_remaining_records", gauge, "sub_topology",
     "Changelog offsets that tasks which are being restored have still to pass."},
});

}  // namespace

std::span<const MetricSpec> metric_table() { return metrics; }

std::string metric_reference() {
  constexpr std::array<std::string_view, 3> type_names = {"counter", "gauge", "histogram"};
  std::string text =
      "# Metrics of a Tallymill instance\n\n"
      "Made by `tallymill metrics`. Each has the label `topology` beside those listed. Counters count from "
      "the start of\n"
      "the process; fates are counted when they are committed, so an aborted transaction counts nothing.\n\n"
      "| metric | type | labels | what it is |\n| --- | --- | --- | --- |\n";
  for (const MetricSpec& spec : metrics) {
    text += "| `" + std::string(spec.name) + "` | " +
            std::string(type_names[static_cast<std::size_t>(spec.type)]) + " | " + std::string(spec.labels) +
            " | " + std::string(spec.help) + " |\n";
  }
  return text;
}

const MetricSpec& metric_spec(std::string_view name) {
  const auto found =
      std::find_if(metrics.begin(), metrics.end(), [&](const MetricSpec& spec) { return spec.name == name; });
  INVARIANT(found != metrics.end(), "a metric that is not in the table");
  return *found;
}

}  // namespace tallymill::processor
