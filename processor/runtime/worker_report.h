#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "processor/runtime/fate_totals.h"
#include "processor/runtime/node_counts.h"
#include "processor/runtime/partition_layout.h"
#include "topology/base/time.h"

namespace tallymill::processor {

/// Counts of durations in buckets, as Prometheus has them. `bounds` are upper ones, inclusive; a last bucket
/// without a bound takes the rest.
struct DurationHistogram {
  static constexpr std::array<double, 12> bounds_seconds = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                                            0.5,   1,    2.5,   5,    10,  30};
  std::array<std::uint64_t, bounds_seconds.size() + 1> counts{};  ///< of each bucket alone, not cumulative
  double sum_seconds = 0;

  void observe(topology::Duration duration) { observe(duration, 1); }
  void observe(topology::Duration duration, std::uint64_t times);
  std::uint64_t count() const;
};

/// One task as its worker last saw it.
struct TaskReport {
  enum class Phase : std::uint8_t { restoring, running };

  TaskId id;
  TopicPartition input;
  Phase phase = Phase::restoring;
  topology::Offset next_offset;                ///< committed; of a restoring task where it will begin
  std::optional<topology::Offset> end_offset;  ///< of the input's log, as last seen
  /// Offsets at the end of the input's log that wait for transactions that are open, as last seen.
  std::optional<std::int64_t> unstable_records;
  topology::EventTime stream_time = topology::EventTime::minus_infinity();
  topology::EventTime watermark = topology::EventTime::minus_infinity();
  /// Downstream of a repartition: the upstream task that holds the watermark back.
  std::optional<TaskId> watermark_holder;
  std::uint64_t commit_number = 0;
  std::size_t state_entries = 0;
  std::size_t state_bytes = 0;
  std::size_t restored_records = 0;
  topology::Offset restore_position;
  topology::Offset restore_end;
};

/// What became of one sub-topology's records since the worker started.
struct SubTopologyCounters {
  std::uint64_t consumed_records = 0;
  std::uint64_t consumed_bytes = 0;
  FateTotals fates;  ///< only what was committed by this worker
  std::vector<NodeCounts>
      nodes;  ///< likewise, by position in SubTopology::nodes; empty before the first task
};

/// The newest committed record of one output key. Immutable, shared by reports.
struct ResultSample {
  std::uint64_t id = 0;  ///< unique in its worker, and the same for as long as the key is kept
  TaskId task;
  topology::EventTime committed_at;
  std::string key;                   ///< JSON, sensitive columns masked; "null" for events without a key
  std::optional<std::string> value;  ///< JSON, likewise; nothing: the row ended
};

/// The newest results in one output topic.
struct ResultSamples {
  std::uint64_t committed_rows = 0;  ///< records that were ever committed
  /// Of these the ones that were never kept, because a commit had many or the record was too large.
  std::uint64_t skipped_rows = 0;
  std::vector<std::shared_ptr<const ResultSample>> rows;  ///< each key once, oldest commit first
};

/// A dead letter. With a sensitive column in the topology it has no key and value, whatever the topology lets
/// into the topic.
struct DeadLetterSample {
  topology::EventTime committed_at;
  std::string reason;
  std::string message;
  std::string step;       ///< empty: the record was not decoded
  std::string topic;      ///< of the source record, with the next three; empty: a row that failed in a flush
  std::string partition;  ///< a number, as the letter's header has it
  std::string offset;     ///< likewise
  std::string timestamp;  ///< likewise, milliseconds since 1970
  std::string group;      ///< JSON, of a row that has no source record
  std::string window;     ///< likewise
  std::string key;        ///< the beginning of it, UTF-8
  std::string value;      ///< likewise
};

/// A late record's JSON. With a sensitive column in the topology its groups and columns are masked.
struct LateSample {
  topology::EventTime committed_at;
  std::string json;
};

/// The newest of what a worker wrote for readers; only what was committed.
struct OutputSampleReport {
  std::vector<ResultSamples> results;  ///< by position in Plan::sink_topics
  std::map<std::string, std::uint64_t, std::less<>>
      dead_by_reason;  ///< dead letters since the worker started
  std::vector<std::shared_ptr<const DeadLetterSample>> dead_letters;  ///< oldest first
  std::vector<std::shared_ptr<const LateSample>> late;                ///< oldest first
};

/// What other threads see of a worker: immutable, made about once a second. Counters
/// count from the worker's start.
struct WorkerReport {
  std::uint32_t worker = 0;
  topology::EventTime reported_at;        ///< by the wall clock, UTC
  topology::Duration reported_at_steady;  ///< by the clock that never steps: for its age
  topology::Duration since_answer;        ///< since a broker last answered the worker's consumer
  bool is_in_group = false;         ///< an assignment was delivered, be it empty
  std::string member;               ///< the group's id of the worker's consumer
  std::vector<TaskReport> tasks;
  std::vector<SubTopologyCounters> sub_topologies;  ///< by position in Plan::sub_topologies
  /// Records that were committed, by topic (outputs, late, dead letters, repartition topics, changelogs).
  std::vector<std::pair<std::string, std::uint64_t>> produced_records;
  std::uint64_t commits = 0;
  std::uint64_t aborts = 0;
  std::uint64_t producer_recreations = 0;
  std::uint64_t rebalances = 0;
  std::uint64_t partitions_lost = 0;
  std::uint64_t offset_gaps = 0;  ///< legal ones: control records, aborted data
  DurationHistogram commit_seconds;
  /// From the source's commit (source.ts_ms) to ours, of records that were then at most a minute old:
  /// catching up does not count.
  DurationHistogram end_to_end_seconds;
  OutputSampleReport samples;
};

/// A worker's newest report, handed from its thread to those that read. Thread-safe.
class WorkerReportSlot {
 public:
  void publish(std::shared_ptr<const WorkerReport> report) {
    const std::lock_guard lock(mutex_);
    report_ = std::move(report);
  }
  /// Null until the worker's first report.
  std::shared_ptr<const WorkerReport> latest() const {
    const std::lock_guard lock(mutex_);
    return report_;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const WorkerReport> report_;
};

}  // namespace tallymill::processor
