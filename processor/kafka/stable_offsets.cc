#include "processor/kafka/stable_offsets.h"

#include <simdjson.h>

namespace tallymill::processor::kafka {

void StableOffsets::take(std::string_view statistics) {
  simdjson::dom::parser parser;
  simdjson::dom::object topics;
  if (parser.parse(statistics.data(), statistics.size())["topics"].get(topics) != simdjson::SUCCESS) return;
  for (const auto& [name, topic] : topics) {
    simdjson::dom::object partitions;
    if (topic["partitions"].get(partitions) != simdjson::SUCCESS) continue;
    for (const auto& [number, partition] : partitions) {
      std::int64_t index = -1;  // -1 is librdkafka's own partition for what has none yet
      std::int64_t offset = -1;
      if (partition["partition"].get(index) != simdjson::SUCCESS || index < 0) continue;
      if (partition["ls_offset"].get(offset) != simdjson::SUCCESS || offset < 0) continue;
      offsets_.insert_or_assign({std::string(name), topology::Partition(static_cast<std::int32_t>(index))},
                                topology::Offset(offset));
    }
  }
}

std::optional<topology::Offset> StableOffsets::of(const TopicPartition& partition) const {
  const auto found = offsets_.find(partition);
  return found == offsets_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace tallymill::processor::kafka
