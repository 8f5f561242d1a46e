#include "ops/window/accumulator.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "topology/data/decimal.h"

namespace tallymill::ops {
namespace {

using topology::Decimal;
using topology::Value;

/// An ordered store as a plain map.
class MapStore final : public StateStore {
 public:
  std::map<std::string, std::string, std::less<>> map;

  std::optional<std::string_view> get(std::string_view key) override {
    const auto found = map.find(key);
    return found == map.end() ? std::nullopt : std::optional<std::string_view>(found->second);
  }
  std::optional<std::string_view> get_committed(std::string_view key) override { return get(key); }
  void put(std::string_view key, std::string_view value) override {
    map.insert_or_assign(std::string(key), std::string(value));
  }
  void erase(std::string_view key) override { map.erase(std::string(key)); }
  std::optional<Entry> first_in(std::string_view lower, std::string_view upper) override {
    const auto found = map.lower_bound(lower);
    if (found == map.end() || found->first >= upper) return std::nullopt;
    return Entry{found->first, found->second};
  }
  std::optional<Entry> last_in(std::string_view lower, std::string_view upper) override {
    auto found = map.lower_bound(upper);
    if (found == map.begin() || std::prev(found)->first < lower) return std::nullopt;
    --found;
    return Entry{found->first, found->second};
  }
};

/// An accumulator with its state, fed through deltas of several folds each.
class Fed {
 public:
  explicit Fed(std::unique_ptr<Accumulator> accumulator) : accumulator_(std::move(accumulator)) {}

  void apply(const std::vector<std::pair<std::string, int>>& folds) {
    topology::Arena arena;
    std::byte* delta = arena.allocate(accumulator_->delta_bytes(), 16);
    accumulator_->begin_delta(delta);
    for (const auto& [text, sign] : folds) {
      const Value value = text == "null" ? Value::null() : Decimal::from_text(text)->to_value(arena);
      accumulator_->fold(delta, value, sign, arena);
    }
    std::string bytes;
    accumulator_->append_delta(bytes, delta);
    topology::ByteReader delta_reader(bytes);
    topology::ByteReader state_reader(state_);
    std::string merged;
    accumulator_->merge(state_reader, is_new_, delta_reader, merged, {&store_, "p"});
    EXPECT_TRUE(delta_reader.at_end());
    EXPECT_TRUE(state_reader.at_end());
    state_ = merged;
    is_new_ = false;
  }

  AccumulatorResult result() {
    topology::ByteReader reader(state_);
    return accumulator_->read(reader, arena_);
  }
  std::string text(const Value& value) {
    return value.is_null() ? "null" : Decimal::from_value(value).to_text();
  }
  std::size_t entries() const { return store_.map.size(); }

 private:
  std::unique_ptr<Accumulator> accumulator_;
  MapStore store_;
  std::string state_;
  bool is_new_ = true;
  topology::Arena arena_;
};

TEST(SumAccumulator, HasTheLargestScalePresentWhateverWasTakenBack) {
  Fed sum(make_sum_accumulator());
  sum.apply({{"1.5", 1}, {"2.250", 1}});
  EXPECT_EQ(sum.text(sum.result().total), "3.750");
  sum.apply({{"2.250", -1}});
  EXPECT_EQ(sum.text(sum.result().total), "1.5");
  sum.apply({{"1.5", -1}, {"null", 1}});
  EXPECT_EQ(sum.text(sum.result().total), "null") << "the sum of no values is null, not zero";
  EXPECT_EQ(sum.result().count, 0);
}

TEST(SumAccumulator, GoesBeyond128BitsAndBack) {
  Fed sum(make_sum_accumulator());
  const std::string huge(60, '9');
  sum.apply({{huge, 1}, {huge, 1}, {"0.01", 1}});
  EXPECT_EQ(sum.text(sum.result().total), "1" + std::string(59, '9') + "8.01");
  sum.apply({{huge, -1}, {huge, -1}});
  EXPECT_EQ(sum.text(sum.result().total), "0.01");
}

TEST(ExtremesAccumulator, FollowsARandomHistoryOfPutsAndTakes) {
  std::mt19937 random(11);
  Fed extremes(make_extremes_accumulator());
  std::multimap<Decimal, std::string> present;
  for (int cycle = 0; cycle < 300; ++cycle) {
    std::vector<std::pair<std::string, int>> folds;
    for (std::uint32_t i = random() % 5; i > 0; --i) {
      if (!present.empty() && random() % 2 == 0) {
        const auto taken = std::next(present.begin(), static_cast<int>(random() % present.size()));
        folds.emplace_back(taken->second, -1);
        present.erase(taken);
      } else {
        const std::string text = std::to_string(static_cast<int>(random() % 21) - 10) + ".5";
        folds.emplace_back(text, 1);
        present.emplace(*Decimal::from_text(text), text);
      }
    }
    extremes.apply(folds);
    const auto result = extremes.result();
    ASSERT_EQ(extremes.text(result.smallest), present.empty() ? "null" : present.begin()->second);
    ASSERT_EQ(extremes.text(result.largest), present.empty() ? "null" : present.rbegin()->second);
  }
}

TEST(ExtremesAccumulator, LeavesNothingBehindWhenAllIsTakenBack) {
  Fed extremes(make_extremes_accumulator());
  extremes.apply({{"1.50", 1}, {"1.5", 1}});
  extremes.apply({{"1.50", -1}});
  EXPECT_EQ(extremes.text(extremes.result().smallest), "1.5") << "what is left is the text that was put in";
  extremes.apply({{"1.5", -1}});
  EXPECT_EQ(extremes.entries(), 0U);
}

TEST(InsertOnlyExtremesAccumulator, KeepsTwoValuesAndNoEntries) {
  Fed extremes(make_insert_only_extremes_accumulator());
  extremes.apply({{"3", 1}, {"-2.5", 1}});
  extremes.apply({{"null", 1}, {"7", 1}});
  EXPECT_EQ(extremes.text(extremes.result().smallest), "-2.5");
  EXPECT_EQ(extremes.text(extremes.result().largest), "7");
  EXPECT_EQ(extremes.entries(), 0U);
}

TEST(SumAccumulatorDeathTest, TakingOutMoreThanWasPutInStops) {
  Fed sum(make_sum_accumulator());
  EXPECT_DEATH(sum.apply({{"1", -1}}), "taken out of a sum");
}

}  // namespace
}  // namespace tallymill::ops
