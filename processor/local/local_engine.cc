#include "processor/local/local_engine.h"

#include <algorithm>
#include <limits>

namespace tallymill::processor {

using topology::Offset;
using topology::Partition;
using topology::Result;
using topology::Status;

Result<std::unique_ptr<LocalEngine>> LocalEngine::make(const topology::Plan& plan,
                                                       const topology::Clock& clock,
                                                       LocalEngineSettings settings) {
  std::unique_ptr<LocalEngine> engine(new LocalEngine(plan, clock, settings));
  for (const topology::SourcePlan& source : plan.sources) {
    for (const std::string& topic : source.declaration.topics) {
      const auto given = settings.partitions_by_topic.find(topic);
      const bool is_given = given != settings.partitions_by_topic.end();
      engine->broker_.create_topic(topic, is_given ? given->second : settings.source_partitions);
    }
  }
  auto layout = PartitionLayout::make(plan, engine->topics_, settings.durability);
  if (!layout) return layout.error();
  engine->layout_ = std::move(*layout);
  if (auto status = engine->layout_.create_topics(plan, engine->topics_, {}); !status) return status.error();
  auto outputs = plan.sink_topics();
  outputs.push_back(plan.late_topic);
  outputs.push_back(plan.dead_letter_topic);
  for (const std::string& topic : outputs) {
    for (std::int32_t p = 0; p < engine->layout_.partition_count(topic); ++p) {
      engine->output_partitions_.push_back({topic, Partition(p)});
    }
  }
  engine->restart();
  return engine;
}

void LocalEngine::restart() {
  worker_.reset();
  source_.reset();
  sink_ = std::make_unique<LocalSink>(broker_, plan_.name + "-local-0", clock_);
  source_ = std::make_unique<LocalSource>(broker_);
  WorkerSettings settings;
  settings.poll_records_max = std::min<std::size_t>(settings.poll_records_max, settings_.commit_every);
  settings.commit_records_max = settings_.commit_every;
  // Commits come by count, so that a run is the same whatever the machine's speed.
  settings.commit_interval = {std::numeric_limits<std::int64_t>::max()};
  settings.purge_interval = {0};
  changelogs_ = LocalChangelogReader(broker_);
  worker_ = std::make_unique<Worker>(
      plan_, layout_,
      WorkerPorts{*source_, *sink_, topics_, changelogs_, clock_, log_, nullptr, settings_.probe}, settings);
  (void)source_->subscribe(layout_.input_topics(), *worker_);
}

Status LocalEngine::run() {
  while (true) {
    const auto turn = worker_->turn();
    if (!turn) return turn.error();
    CycleOutcome outcome = turn->commit;
    if (turn->records == 0 && !turn->is_restoring) {
      const auto committed = worker_->commit();
      if (!committed) return committed.error();
      if (*committed == CycleOutcome::idle) break;
      outcome = *committed;
    }
    if (outcome == CycleOutcome::stopped) restart();
  }
  forget_consumed_input();
  return {};
}

void LocalEngine::forget_consumed_input() {
  for (const TopicPartition& partition : layout_.inputs()) {
    if (const auto committed = broker_.committed(partition)) broker_.log(partition).delete_before(*committed);
  }
}

void LocalEngine::drain(const std::function<void(const VisibleRecord&)>& visit) {
  std::vector<VisibleRecord> visible;
  for (const TopicPartition& partition : output_partitions_) {
    const LocalLog& log = broker_.log(partition);
    const Offset end = log.last_stable_offset();
    for (const LocalLog::Entry* entry = log.first_from(log.begin_offset());
         entry != nullptr && entry->offset < end; entry = log.first_from(Offset(entry->offset.value + 1))) {
      const LocalRecord& record = entry->record;
      if (!record.is_control && !log.is_aborted(record.transaction)) visible.push_back({&partition, &record});
    }
  }
  std::sort(visible.begin(), visible.end(), [](const VisibleRecord& a, const VisibleRecord& b) {
    return a.record->sequence < b.record->sequence;
  });
  for (const VisibleRecord& each : visible) visit(each);
  for (const TopicPartition& partition : output_partitions_) {
    LocalLog& log = broker_.log(partition);
    log.delete_before(log.last_stable_offset());
  }
}

}  // namespace tallymill::processor
