#include "processor/codec/partitioner.h"

#include <cstring>

namespace tallymill::processor {

std::uint32_t murmur2(std::string_view bytes) {
  constexpr std::uint32_t seed = 0x9747b28c;
  constexpr std::uint32_t multiplier = 0x5bd1e995;
  constexpr int shift = 24;
  std::uint32_t hash = seed ^ static_cast<std::uint32_t>(bytes.size());
  const char* data = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 4; data += 4, left -= 4) {
    std::uint32_t block;
    std::memcpy(&block, data, sizeof block);  // little-endian, as Java's loop assembles it
    block *= multiplier;
    block ^= block >> shift;
    block *= multiplier;
    hash *= multiplier;
    hash ^= block;
  }
  const auto byte = [&](std::size_t i) { return std::uint32_t{static_cast<std::uint8_t>(data[i])}; };
  if (left == 3) hash ^= byte(2) << 16;
  if (left >= 2) hash ^= byte(1) << 8;
  if (left >= 1) {
    hash ^= byte(0);
    hash *= multiplier;
  }
  hash ^= hash >> 13;
  hash *= multiplier;
  hash ^= hash >> 15;
  return hash;
}

topology::Partition partition_of(std::string_view key, std::int32_t partitions) {
  return topology::Partition(
      static_cast<std::int32_t>((murmur2(key) & 0x7fffffffU) % static_cast<std::uint32_t>(partitions)));
}

}  // namespace tallymill::processor
