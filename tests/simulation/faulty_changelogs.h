#pragma once

#include "processor/local/local_changelog_reader.h"
#include "tests/simulation/process_life.h"

namespace tallymill::simulation {

/// Reads changelogs slowly: restoring takes turns, in which everything else can happen.
class FaultyChangelogs final : public processor::ChangelogReader {
 public:
  FaultyChangelogs(processor::LocalChangelogReader& reader, ProcessLife& life)
      : reader_(reader), life_(life) {}

  topology::Status start(std::span<const processor::TopicPartition> partitions) override {
    for (const processor::TopicPartition& partition : partitions) {
      const processor::LocalLog& log = life_.broker.log(partition);
      if (log.last_stable_offset() < log.end_offset()) life_.faults.happened(Fault::restore_behind_open);
    }
    return reader_.start(partitions);
  }
  topology::Result<std::span<const processor::InputRecord>> poll(std::size_t records_max,
                                                                 topology::Duration timeout) override {
    if (!life_.faults.strikes(Fault::restore_slow, 3)) return reader_.poll(records_max, timeout);
    return reader_.poll(life_.faults.chance().below(4), timeout);
  }
  Progress progress(const processor::TopicPartition& partition) const override {
    return reader_.progress(partition);
  }
  void stop(const processor::TopicPartition& partition) override { reader_.stop(partition); }

 private:
  processor::LocalChangelogReader& reader_;
  ProcessLife& life_;
};

}  // namespace tallymill::simulation
