#include "topology/data/arena.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace tallymill::topology {
namespace {

TEST(ArenaTest, AlignsWhatItHandsOut) {
  Arena arena(64);
  for (int i = 0; i < 100; ++i) {
    arena.allocate(1, 1);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(arena.allocate(3, 8)) % 8, 0u);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(arena.allocate(5, 16)) % 16, 0u);
  }
}

TEST(ArenaTest, CopiesStayWhereTheyAreWhileItGrows) {
  Arena arena(32);
  const std::string_view first = arena.copy("the first text");
  for (int i = 0; i < 1'000; ++i) arena.copy("more text that opens further chunks");
  EXPECT_EQ(first, "the first text");
}

TEST(ArenaTest, HoldsWhatIsLargerThanAChunk) {
  Arena arena(16);
  const std::string text(10'000, 'x');
  EXPECT_EQ(arena.copy(text), text);
}

TEST(ArenaTest, ZeroBytesAreNotNull) {
  Arena arena;
  EXPECT_NE(arena.allocate(0), nullptr);
  EXPECT_TRUE(arena.allocate_array<int>(0).empty());
}

TEST(ArenaTest, ResetKeepsTheMemoryForTheNextRound) {
  Arena arena(1'024);
  const auto fill = [&arena] {
    for (int i = 0; i < 50; ++i) std::ranges::fill(arena.allocate_array<char>(500), 'x');
  };
  fill();
  const std::size_t reserved = arena.reserved_bytes();
  const std::size_t used = arena.used_bytes();
  EXPECT_GE(used, 50u * 500u);
  arena.reset();
  EXPECT_EQ(arena.used_bytes(), 0u);
  fill();
  EXPECT_EQ(arena.reserved_bytes(), reserved);
  EXPECT_EQ(arena.used_bytes(), used);
}

TEST(ArenaTest, OneHugeRecordDoesNotPinItsMemory) {
  Arena arena;
  arena.allocate(100);
  arena.allocate(200u * 1'024 * 1'024);
  arena.reset();
  EXPECT_LE(arena.reserved_bytes(), 64u * 1'024 * 1'024);
}

}  // namespace
}  // namespace tallymill::topology
