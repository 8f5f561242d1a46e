#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "tests/unit/data/random_values.h"
#include "topology/data/decimal.h"
#include "topology/data/row_codec.h"

namespace tallymill::topology {
namespace {

std::string row_bytes(const std::vector<Value>& row) {
  std::string bytes;
  append_row(bytes, row);
  return bytes;
}

TEST(RowBytesTest, RandomRowsComeBackIdentical) {
  RandomValues random(20261124);
  for (int i = 0; i < 5'000; ++i) {
    std::vector<Value> row;
    for (const ValueKind kind : row_kinds()) row.push_back(random.draw(kind));
    const std::string bytes = row_bytes(row);
    std::string_view rest = bytes;
    Arena arena;
    const auto read = read_row(rest, row.size(), arena);
    ASSERT_TRUE(read.ok()) << i;
    ASSERT_TRUE(rest.empty()) << i;
    ASSERT_TRUE(identical(Row(row), Row(*read))) << i;
  }
}

TEST(RowBytesTest, AreCompact) {
  EXPECT_EQ(row_bytes({Value::null()}).size(), 1u);
  EXPECT_EQ(row_bytes({Value::boolean(true)}).size(), 1u);
  EXPECT_EQ(row_bytes({Value::integer(-64)}).size(), 2u);
  EXPECT_EQ(row_bytes({Value::small_decimal(1'250, 2)}).size(), 4u);
  EXPECT_EQ(row_bytes({Value::string("ann")}).size(), 5u);
}

TEST(RowBytesTest, DecimalsKeepTheirScale) {
  const std::string bytes = row_bytes({Value::small_decimal(1'250, 2)});
  std::string_view rest = bytes;
  Arena arena;
  EXPECT_EQ(Decimal::from_value(read_row(rest, 1, arena)->front()).to_text(), "12.50");
}

TEST(RowBytesTest, StringsAreViewsIntoTheBytes) {
  const std::string bytes = row_bytes({Value::string("user-4711")});
  std::string_view rest = bytes;
  Arena arena;
  const std::string_view text = read_row(rest, 1, arena)->front().as_text();
  EXPECT_GE(text.data(), bytes.data());
  EXPECT_LE(text.data() + text.size(), bytes.data() + bytes.size());
}

TEST(RowBytesTest, ReadingStopsBehindTheValuesAskedFor) {
  const std::string bytes = row_bytes({Value::integer(1), Value::integer(2)}) + "rest";
  std::string_view rest = bytes;
  Arena arena;
  ASSERT_TRUE(read_row(rest, 2, arena).ok());
  EXPECT_EQ(rest, "rest");
}

TEST(RowBytesTest, EveryTruncationIsAnErrorAndMovesNothing) {
  RandomValues random(7);
  for (int i = 0; i < 300; ++i) {
    std::vector<Value> row;
    for (const ValueKind kind : row_kinds()) row.push_back(random.draw(kind));
    const std::string bytes = row_bytes(row);
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      // A copy of exactly that length, so that the address sanitizer sees an over-read.
      const std::vector<char> copy(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length));
      std::string_view rest(copy.data(), copy.size());
      Arena arena;
      const auto read = read_row(rest, row.size(), arena);
      ASSERT_FALSE(read.ok());
      ASSERT_EQ(read.error().code, ErrorCode::malformed_record);
      ASSERT_EQ(rest.size(), length);
    }
  }
}

TEST(RowBytesTest, DamagedBytesAreAnErrorOrAnotherRowsBytes) {
  RandomValues random(8);
  int refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::vector<Value> row;
    for (const ValueKind kind : row_kinds()) row.push_back(random.draw(kind));
    std::string bytes = row_bytes(row);
    bytes[random.below(bytes.size())] = static_cast<char>(random.below(256));
    std::string_view rest = bytes;
    Arena arena;
    const auto read = read_row(rest, row.size(), arena);
    if (!read.ok()) {
      ++refused;
      continue;
    }
    std::string again;
    append_row(again, *read);
    ASSERT_EQ(again, bytes.substr(0, bytes.size() - rest.size()));
  }
  EXPECT_GT(refused, 1'000);
}

TEST(RowBytesTest, AHugeCountIsRefusedWithoutAllocating) {
  std::string bytes("\x0e", 1);
  append_varint(bytes, std::uint64_t{1} << 60);
  std::string_view rest = bytes;
  Arena arena;
  EXPECT_FALSE(read_row(rest, 1, arena).ok());
  EXPECT_FALSE(read_row(rest, std::size_t{1} << 50, arena).ok());
  EXPECT_LT(arena.reserved_bytes(), 1u << 20);
}

TEST(RowBytesTest, ACoefficientBeyond128BitsIsRefused) {
  constexpr Int128 lowest = std::numeric_limits<Int128>::min();
  std::string bytes = row_bytes({Value::small_decimal(lowest, 0)});
  Arena arena;
  std::string_view rest = bytes;
  ASSERT_TRUE(read_row(rest, 1, arena).ok());
  ASSERT_EQ(bytes.back(), '\x03');
  bytes.back() = '\x07';
  rest = bytes;
  EXPECT_FALSE(read_row(rest, 1, arena).ok());
}

TEST(RowBytesTest, DeepListsAreReadAndDeeperOnesRefused) {
  const auto nested = [](int depth) {
    std::string bytes;
    for (int i = 0; i < depth; ++i) bytes += "\x0e\x01";
    return bytes + std::string("\0", 1);
  };
  Arena arena;
  const std::string deep = nested(500);
  std::string_view rest = deep;
  EXPECT_TRUE(read_row(rest, 1, arena).ok());
  const std::string deeper = nested(100'000);
  rest = deeper;
  EXPECT_FALSE(read_row(rest, 1, arena).ok());
}

TEST(RowBytes, WhatIsNotKnownIsStoredAsThat) {
  const Value row[] = {Value::unavailable(), Value::integer(7)};
  std::string bytes;
  append_row(bytes, row);
  Arena arena;
  std::string_view rest = bytes;
  const auto read = read_row(rest, 2, arena);
  ASSERT_TRUE(read.ok());
  EXPECT_TRUE((*read)[0].is(ValueKind::unavailable));
  EXPECT_TRUE(identical(*read, row));
  EXPECT_FALSE(identical(Value::unavailable(), Value::null()));
}

TEST(RowBytesDeathTest, AnUnsetValueIsNeverStored) {
  std::string bytes;
  const Value value = Value::unset();
  EXPECT_DEATH(append_row(bytes, {&value, 1}), "never stored");
}

TEST(IdenticalTest, LooksAtKindScaleAndBits) {
  EXPECT_TRUE(identical(Value::small_decimal(125, 1), Value::small_decimal(125, 1)));
  EXPECT_FALSE(identical(Value::small_decimal(125, 1), Value::small_decimal(1'250, 2)));
  EXPECT_FALSE(identical(Value::floating(0.0), Value::floating(-0.0)));
  EXPECT_FALSE(identical(Value::integer(1), Value::unsigned_integer(1)));
  EXPECT_FALSE(identical(Value::string("a"), Value::bytes("a")));
  EXPECT_TRUE(identical(Value::string("a"), Value::string(std::string("a"))));
  EXPECT_FALSE(identical(Value::null(), Value::unset()));
  const std::vector<Value> one{Value::integer(1)};
  const std::vector<Value> two{Value::integer(1), Value::integer(2)};
  EXPECT_FALSE(identical(Value::list(one), Value::list(two)));
  EXPECT_TRUE(identical(Row(two), Row(two)));
}

TEST(ByteReaderTest, ReadsWhatWasAppended) {
  std::string bytes;
  append_u8(bytes, 200);
  append_u64(bytes, 0x0102030405060708u);
  append_i64(bytes, -5);
  append_varint(bytes, 0);
  append_varint(bytes, 300);
  append_varint(bytes, UINT64_MAX);
  append_bytes(bytes, "text");
  append_ordered_i64(bytes, -7);
  ByteReader reader(bytes);
  EXPECT_EQ(reader.u8(), 200);
  EXPECT_EQ(reader.u64(), 0x0102030405060708u);
  EXPECT_EQ(reader.i64(), -5);
  EXPECT_EQ(reader.varint(), 0u);
  EXPECT_EQ(reader.varint(), 300u);
  EXPECT_EQ(reader.varint(), UINT64_MAX);
  EXPECT_EQ(reader.bytes(), "text");
  EXPECT_EQ(reader.ordered_i64(), -7);
  EXPECT_TRUE(reader.at_end());
}

TEST(ByteReaderTest, AfterAFailureEveryReadIsEmpty) {
  ByteReader reader(
      "\x05"
      "abc");
  EXPECT_EQ(reader.bytes(), "");
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.u8(), 0);
  EXPECT_EQ(reader.u64(), 0u);
  EXPECT_EQ(reader.ordered_i64(), 0);
  EXPECT_EQ(reader.take(0), "");
  EXPECT_FALSE(reader.at_end());
}

TEST(ByteReaderTest, AVarintHasOneEncoding) {
  for (const std::string& bytes : {std::string("\x80\x00", 2), std::string(10, '\xff'),
                                   std::string(9, '\xff') + "\x02", std::string("\x80", 1)}) {
    ByteReader reader(bytes);
    EXPECT_EQ(reader.varint(), 0u);
    EXPECT_FALSE(reader.ok());
  }
}

}  // namespace
}  // namespace tallymill::topology
