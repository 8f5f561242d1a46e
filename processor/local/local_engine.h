#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "processor/local/broker.h"
#include "processor/local/local_changelog_reader.h"
#include "processor/local/local_sink.h"
#include "processor/local/local_source.h"
#include "processor/runtime/worker.h"

namespace tallymill::processor {

struct LocalEngineSettings {
  std::int32_t source_partitions = 1;
  std::map<std::string, std::int32_t> partitions_by_topic;  ///< of source topics that have another number
  /// A commit after so many records; between them nothing becomes visible.
  std::size_t commit_every = 20'000;
  /// With changelogs restart() loses nothing that was committed.
  Durability durability = Durability::process;
  CommitProbe* probe = nullptr;
};

/// An output record that became visible. Views stay valid until the engine runs again.
struct VisibleRecord {
  const TopicPartition* from;
  const LocalRecord* record;
};

/// The whole machine in one process and without a broker: the real worker and tasks over the local one. For
/// `pipe`, `test` and driver tests. Not thread-safe.
class LocalEngine {
 public:
  /// `plan` and `clock` must outlive the engine.
  static topology::Result<std::unique_ptr<LocalEngine>> make(const topology::Plan& plan,
                                                             const topology::Clock& clock,
                                                             LocalEngineSettings settings);

  /// The log of a source's partition, to append to; the partition must be below the settings' count. The
  /// address stays valid as long as the engine.
  LocalLog& input(const TopicPartition& partition) { return broker_.log(partition); }
  /// Works until nothing is left to read and all is committed. Error: the engine stopped; see Task::process.
  topology::Status run();
  /// Visits the records of output, late and dead-letter topics that became visible since the last call, in
  /// the order of their production, and forgets them.
  void drain(const std::function<void(const VisibleRecord&)>& visit);

  /// As if the process had been killed and started again: what was not committed is lost, and without
  /// changelogs everything.
  void restart();

  /// Totals of all tasks, as committed.
  FateTotals fates() const { return worker_->fates(); }
  const PartitionLayout& layout() const { return layout_; }

 private:
  LocalEngine(const topology::Plan& plan, const topology::Clock& clock, LocalEngineSettings settings)
      : plan_(plan), clock_(clock), settings_(settings), topics_(broker_) {}
  void forget_consumed_input();

  const topology::Plan& plan_;
  const topology::Clock& clock_;
  LocalEngineSettings settings_;
  LocalBroker broker_;
  LocalTopics topics_;
  PartitionLayout layout_;
  LocalChangelogReader changelogs_{broker_};
  SilentEventLog log_;
  std::unique_ptr<LocalSource> source_;
  std::unique_ptr<LocalSink> sink_;
  std::unique_ptr<Worker> worker_;
  std::vector<TopicPartition> output_partitions_;
};

}  // namespace tallymill::processor
