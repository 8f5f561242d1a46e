#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "processor/io.h"
#include "processor/kafka/rdkafka_handles.h"
#include "topology/base/result.h"

namespace tallymill::processor::kafka {

/// The stable offset that the group has for each partition, in the order of `partitions`; nothing where it
/// has none. `client` is a read_committed consumer of the group, which need not be a member (any more). Waits
/// a minute at most for transactions with such offsets that are still open.
topology::Result<std::vector<std::optional<topology::Offset>>> read_committed_offsets(
    rd_kafka_t* client, const std::string& group, std::span<const TopicPartition> partitions);

}  // namespace tallymill::processor::kafka
