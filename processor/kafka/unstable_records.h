#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "processor/io.h"

namespace tallymill::processor::kafka {

/// How much of what a consumer reads waits for transactions that are open, out of librdkafka's statistics:
/// there is no call for last stable offsets. Not thread-safe.
class UnstableRecords {
 public:
  /// Takes statistics as librdkafka gives them, JSON of its STATISTICS.md
  /// (`topics.NAME.partitions.N.{hi_offset,ls_offset}`). Of what is not there, or not yet known to
  /// librdkafka, nothing is known afterwards.
  void take(std::string_view statistics);
  /// Offsets from the last stable one to the end, both of one fetch; nothing until one has brought them.
  std::optional<std::int64_t> of(const TopicPartition& partition) const;

 private:
  std::map<TopicPartition, std::int64_t> counts_;
};

}  // namespace tallymill::processor::kafka
