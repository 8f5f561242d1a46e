#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "processor/io.h"

namespace tallymill::processor::kafka {

/// Last stable offsets of what a consumer reads, out of librdkafka's statistics: there is no call for them.
/// Not thread-safe.
class StableOffsets {
 public:
  /// Takes statistics as librdkafka gives them, JSON of its STATISTICS.md
  /// (`topics.NAME.partitions.N.ls_offset`). What is not there, or not yet known to librdkafka, stays as it
  /// was.
  void take(std::string_view statistics);
  /// As of the last statistics; nothing until a fetch has brought it.
  std::optional<topology::Offset> of(const TopicPartition& partition) const;

 private:
  std::map<TopicPartition, topology::Offset> offsets_;
};

}  // namespace tallymill::processor::kafka
