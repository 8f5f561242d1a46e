#pragma once

#include <map>
#include <vector>

#include "processor/local/broker.h"

namespace tallymill::processor {

/// Reads changelogs of the local broker.
class LocalChangelogReader final : public ChangelogReader {
 public:
  explicit LocalChangelogReader(LocalBroker& broker) : broker_(&broker) {}

  topology::Status start(std::span<const TopicPartition> partitions) override;
  topology::Result<std::span<const InputRecord>> poll(std::size_t records_max,
                                                      topology::Duration timeout) override;
  Progress progress(const TopicPartition& partition) const override;
  void stop(const TopicPartition& partition) override { progress_.erase(partition); }

 private:
  LocalBroker* broker_;
  std::map<TopicPartition, Progress> progress_;
  std::vector<InputRecord> batch_;
};

}  // namespace tallymill::processor
