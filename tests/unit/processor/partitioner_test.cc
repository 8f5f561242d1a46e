#include "processor/codec/partitioner.h"

#include <gtest/gtest.h>

namespace tallymill::processor {
namespace {

// The vectors of Kafka's own test (org.apache.kafka.common.utils.UtilsTest#testMurmur2).
TEST(Partitioner, HashesAsTheJavaClientDoes) {
  const std::pair<std::string_view, std::int32_t> vectors[] = {
      {"21", -973932308},
      {"foobar", -790332482},
      {"a-little-bit-long-string", -985981536},
      {"a-little-bit-longer-string", -1486304829},
      {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971},
      {"abc", 479470107},
  };
  for (const auto& [text, hash] : vectors) EXPECT_EQ(static_cast<std::int32_t>(murmur2(text)), hash) << text;
}

TEST(Partitioner, IsWithoutTheSignBit) {
  EXPECT_EQ(partition_of("foobar", 10).value, static_cast<std::int32_t>((-790332482 & 0x7fffffff) % 10));
  for (int i = 0; i < 1000; ++i) {
    const auto partition = partition_of(std::to_string(i), 7);
    EXPECT_GE(partition.value, 0);
    EXPECT_LT(partition.value, 7);
  }
}

}  // namespace
}  // namespace tallymill::processor
