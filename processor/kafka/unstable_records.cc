#include "processor/kafka/unstable_records.h"

#include <simdjson.h>

#include <algorithm>

namespace tallymill::processor::kafka {

void UnstableRecords::take(std::string_view statistics) {
  simdjson::dom::parser parser;
  simdjson::dom::object topics;
  if (parser.parse(statistics.data(), statistics.size())["topics"].get(topics) != simdjson::SUCCESS) return;
  counts_.clear();
  for (const auto& [name, topic] : topics) {
    simdjson::dom::object partitions;
    if (topic["partitions"].get(partitions) != simdjson::SUCCESS) continue;
    for (const auto& [number, partition] : partitions) {
      std::int64_t index = -1;  // librdkafka has a partition -1 of its own
      std::int64_t end = -1;
      std::int64_t stable = -1;
      if (partition["partition"].get(index) != simdjson::SUCCESS || index < 0) continue;
      if (partition["hi_offset"].get(end) != simdjson::SUCCESS || end < 0) continue;
      if (partition["ls_offset"].get(stable) != simdjson::SUCCESS || stable < 0) continue;
      counts_.insert_or_assign({std::string(name), topology::Partition(static_cast<std::int32_t>(index))},
                               std::max<std::int64_t>(0, end - stable));
    }
  }
}

std::optional<std::int64_t> UnstableRecords::of(const TopicPartition& partition) const {
  const auto found = counts_.find(partition);
  return found == counts_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace tallymill::processor::kafka
