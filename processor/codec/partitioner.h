#pragma once

#include <cstdint>
#include <string_view>

#include "topology/base/ids.h"

namespace tallymill::processor {

/// murmur2 with Kafka's seed 0x9747b28c, as the Java client's default partitioner hashes keys
/// (org.apache.kafka.common.utils.Utils#murmur2).
std::uint32_t murmur2(std::string_view bytes);

/// The partition of a key: the hash without its sign bit, modulo `partitions` (> 0). Pinned: readers and
/// stores rely on it, so it never follows a library's default.
topology::Partition partition_of(std::string_view key, std::int32_t partitions);

}  // namespace tallymill::processor
