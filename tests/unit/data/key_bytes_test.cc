#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <compare>
#include <limits>
#include <string>
#include <vector>

#include "tests/unit/data/random_values.h"
#include "topology/data/decimal.h"
#include "topology/data/row_codec.h"

namespace tallymill::topology {
namespace {

std::string key_of(const std::vector<Value>& values) {
  std::string key;
  append_key(key, values);
  return key;
}

std::weak_ordering ordering_of_doubles(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) <=> std::isnan(b);
  return a < b   ? std::weak_ordering::less
         : a > b ? std::weak_ordering::greater
                 : std::weak_ordering::equivalent;
}

std::weak_ordering semantic_order(Row a, Row b);

/// The order of SQL, nulls first, of two values of one kind.
std::weak_ordering semantic_order(const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) return b.is_null() <=> a.is_null();
  switch (a.kind()) {
    case ValueKind::boolean:
      return a.as_boolean() <=> b.as_boolean();
    case ValueKind::unsigned_integer:
      return a.as_unsigned() <=> b.as_unsigned();
    case ValueKind::floating:
      return ordering_of_doubles(a.as_floating(), b.as_floating());
    case ValueKind::decimal:
      return compare_decimals(a, b);
    case ValueKind::string:
    case ValueKind::bytes:
      return a.as_text() <=> b.as_text();
    case ValueKind::timestamp:
      return a.as_timestamp() <=> b.as_timestamp();
    case ValueKind::duration:
      return a.as_duration() <=> b.as_duration();
    case ValueKind::list:
      return semantic_order(Row(a.as_items()), Row(b.as_items()));
    default:
      return a.as_integer() <=> b.as_integer();
  }
}

std::weak_ordering semantic_order(Row a, Row b) {
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    const std::weak_ordering order = semantic_order(a[i], b[i]);
    if (order != 0) return order;
  }
  return a.size() <=> b.size();
}

/// Keys of three random columns: the same kinds in both.
struct KeyPair {
  std::vector<Value> a;
  std::vector<Value> b;
};

KeyPair draw_keys(RandomValues& random) {
  KeyPair keys;
  for (int i = 0; i < 3; ++i) {
    const ValueKind kind = key_kinds()[random.below(key_kinds().size())];
    keys.a.push_back(random.draw(kind));
    // Equal first columns, so that later ones decide.
    keys.b.push_back(random.below(3) == 0 ? random.draw(kind) : keys.a.back());
  }
  return keys;
}

TEST(KeyBytesTest, OrderAsTheirValues) {
  RandomValues random(20261124);
  int equal = 0;
  for (int i = 0; i < 100'000; ++i) {
    const KeyPair keys = draw_keys(random);
    const std::weak_ordering by_bytes = key_of(keys.a).compare(key_of(keys.b)) <=> 0;
    ASSERT_EQ(by_bytes, semantic_order(Row(keys.a), Row(keys.b))) << i;
    equal += by_bytes == 0 ? 1 : 0;
  }
  EXPECT_GT(equal, 1'000);
}

TEST(KeyBytesTest, EachKindAloneOrdersAsItsValues) {
  RandomValues random(3);
  for (const ValueKind kind : key_kinds()) {
    for (int i = 0; i < 20'000; ++i) {
      const Value a = random.draw(kind);
      const Value b = random.draw(kind);
      const std::weak_ordering by_bytes = key_of({a}).compare(key_of({b})) <=> 0;
      ASSERT_EQ(by_bytes, semantic_order(a, b)) << name_of(kind) << ' ' << i;
    }
  }
}

TEST(KeyBytesTest, NoKeyIsAPrefixOfAnother) {
  RandomValues random(4);
  for (int i = 0; i < 50'000; ++i) {
    const KeyPair keys = draw_keys(random);
    const std::string a = key_of(keys.a);
    const std::string b = key_of(keys.b);
    ASSERT_TRUE(a == b || (!a.starts_with(b) && !b.starts_with(a))) << i;
  }
}

TEST(KeyBytesTest, WhatIsReadBackIsEqualAndHasTheSameBytes) {
  RandomValues random(5);
  for (int i = 0; i < 20'000; ++i) {
    const std::vector<Value> values = draw_keys(random).a;
    const std::string key = key_of(values) + "rest";
    std::string_view rest = key;
    Arena arena;
    const auto read = read_key(rest, values.size(), arena);
    ASSERT_TRUE(read.ok()) << i;
    ASSERT_EQ(rest, "rest");
    ASSERT_EQ(semantic_order(Row(values), Row(*read)), std::weak_ordering::equivalent) << i;
    ASSERT_EQ(key_of({read->begin(), read->end()}) + "rest", key);
  }
}

TEST(KeyBytesTest, EqualNumbersHaveEqualBytes) {
  EXPECT_EQ(key_of({Value::small_decimal(125, 1)}), key_of({Value::small_decimal(1'250, 2)}));
  EXPECT_EQ(key_of({Value::small_decimal(0, 0)}), key_of({Value::small_decimal(0, 5)}));
  EXPECT_EQ(key_of({Value::floating(0.0)}), key_of({Value::floating(-0.0)}));
  EXPECT_EQ(key_of({Value::floating(std::nan("1"))}), key_of({Value::floating(-std::nan("2"))}));
}

TEST(KeyBytesTest, DecimalsComeBackWithoutTrailingZeros) {
  for (const auto& [text, canonical] :
       {std::pair("12.50", "12.5"), std::pair("100.00", "100"), std::pair("100", "100"),
        std::pair("0.00", "0"), std::pair("-0.0010", "-0.001")}) {
    Arena arena;
    const std::string key = key_of({Decimal::from_text(text)->to_value(arena)});
    std::string_view rest = key;
    EXPECT_EQ(Decimal::from_value(read_key(rest, 1, arena)->front()).to_text(), canonical);
  }
}

TEST(KeyBytesTest, ASumBeyondTheLargestReadableDecimalComesBack) {
  Arena arena;
  const Decimal largest = *Decimal::from_text(std::string(Decimal::max_integer_digits, '9'));
  const Decimal sum = largest + largest;
  const std::string key = key_of({sum.to_value(arena)});
  std::string_view rest = key;
  const auto read = read_key(rest, 1, arena);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(Decimal::from_value(read->front()), sum);
}

TEST(KeyBytesTest, EveryTruncationIsAnErrorAndMovesNothing) {
  RandomValues random(6);
  for (int i = 0; i < 2'000; ++i) {
    const std::vector<Value> values = draw_keys(random).a;
    const std::string key = key_of(values);
    for (std::size_t length = 0; length < key.size(); ++length) {
      // A copy of exactly that length, so that the address sanitizer sees an over-read.
      const std::vector<char> copy(key.begin(), key.begin() + static_cast<std::ptrdiff_t>(length));
      std::string_view rest(copy.data(), copy.size());
      Arena arena;
      const auto read = read_key(rest, values.size(), arena);
      ASSERT_FALSE(read.ok());
      ASSERT_EQ(read.error().code, ErrorCode::malformed_record);
      ASSERT_EQ(rest.size(), length);
    }
  }
}

TEST(KeyBytesTest, DamagedBytesAreAnErrorOrAnotherKeysBytes) {
  RandomValues random(9);
  int refused = 0;
  for (int i = 0; i < 50'000; ++i) {
    const std::vector<Value> values = draw_keys(random).a;
    std::string key = key_of(values);
    key[random.below(key.size())] = static_cast<char>(random.below(256));
    std::string_view rest = key;
    Arena arena;
    const auto read = read_key(rest, values.size(), arena);
    if (!read.ok()) {
      ++refused;
      continue;
    }
    ASSERT_EQ(key_of({read->begin(), read->end()}), key.substr(0, key.size() - rest.size())) << i;
  }
  EXPECT_GT(refused, 5'000);
}

TEST(KeyBytesTest, DeepListsAreReadAndDeeperOnesRefused) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '\x0e') + std::string(depth, '\0'); };
  Arena arena;
  const std::string deep = nested(500);
  std::string_view rest = deep;
  EXPECT_TRUE(read_key(rest, 1, arena).ok());
  const std::string deeper = nested(100'000);
  rest = deeper;
  EXPECT_FALSE(read_key(rest, 1, arena).ok());
}

TEST(KeyBytesTest, TheBytesOfAStoredKeyDoNotChange) {
  // Stores and topics hold these: a change needs a new format version.
  EXPECT_EQ(key_of({Value::null()}), std::string("\x01", 1));
  EXPECT_EQ(key_of({Value::integer(-1)}), "\x04\x7f\xff\xff\xff\xff\xff\xff\xff");
  EXPECT_EQ(key_of({Value::string(std::string_view("a\0b", 3))}), std::string("\x08"
                                                                              "a\0\xff"
                                                                              "b\0\0",
                                                                              7));
  EXPECT_EQ(key_of({Value::small_decimal(1'250, 2)}), std::string("\x07\x02\x80\x00\x02\x0d\x33\x00", 8));
  EXPECT_EQ(key_of({Value::small_decimal(-5, 2)}), std::string("\x07\x00\x80\x00\x00\xcc\xff", 7));
}

TEST(KeyBytesDeathTest, WhatIsNotKnownIsNoKey) {
  std::string key;
  const Value value = Value::unavailable();
  EXPECT_DEATH(append_key(key, {&value, 1}), "never part of a key");
}

TEST(KeyBytesDeathTest, AMapIsNoKey) {
  std::string key;
  const Value map = Value::map({});
  EXPECT_DEATH(append_key(key, {&map, 1}), "never part of a key");
}

}  // namespace
}  // namespace tallymill::topology
