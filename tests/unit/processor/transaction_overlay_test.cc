#include "processor/state/transaction_overlay.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace tallymill::processor {
namespace {

using topology::StoreKind;

/// A store as a plain map, for comparison.
using Model = std::map<std::string, std::string>;

std::string key_of(std::uint32_t number) {
  return std::string(number % 3, '\0') + std::string(1, static_cast<char>('a' + number % 7));
}

void expect_same_ends(TransactionOverlay& overlay, const Model& model, const std::string& lower,
                      const std::string& upper) {
  const auto begin = model.lower_bound(lower);
  const auto end = upper.empty() ? model.end() : model.lower_bound(upper);
  const bool any = upper.empty() || lower < upper ? begin != end : false;
  const auto first = overlay.first_in(lower, upper);
  const auto last = overlay.last_in(lower, upper);
  ASSERT_EQ(first.has_value(), any);
  ASSERT_EQ(last.has_value(), any);
  if (!any) return;
  EXPECT_EQ(first->key, begin->first);
  EXPECT_EQ(first->value, begin->second);
  EXPECT_EQ(last->key, std::prev(end)->first);
  EXPECT_EQ(last->value, std::prev(end)->second);
}

TEST(TransactionOverlay, BehavesAsOneStoreThroughWritesCommitsAndAborts) {
  for (const StoreKind kind : {StoreKind::point, StoreKind::ordered}) {
    std::mt19937 random(7);
    MemoryStore committed(kind);
    topology::Arena arena;
    TransactionOverlay overlay(committed, arena);
    Model committed_model;
    Model model;
    for (int step = 0; step < 20'000; ++step) {
      const std::string key = key_of(random());
      switch (random() % 8) {
        case 0:
          overlay.erase(key), model.erase(key);
          break;
        case 1:
          if (random() % 10 == 0) overlay.apply(), arena.reset(), committed_model = model;
          break;
        case 2:
          if (random() % 10 == 0) overlay.drop(), arena.reset(), model = committed_model;
          break;
        default: {
          const std::string value = std::to_string(step);
          overlay.put(key, value);
          model[key] = value;
        }
      }
      const std::string probe = key_of(random());
      const auto found = overlay.get(probe);
      ASSERT_EQ(found.has_value(), model.contains(probe));
      if (found) {
        ASSERT_EQ(*found, model[probe]);
      }
      const auto before = overlay.get_committed(probe);
      ASSERT_EQ(before.has_value(), committed_model.contains(probe));
      if (kind == StoreKind::ordered) {
        const std::string other = key_of(random());
        expect_same_ends(overlay, model, std::min(probe, other), std::max(probe, other));
        expect_same_ends(overlay, model, probe, {});
        // From the low end, where the overlay remembers what it has taken off.
        expect_same_ends(overlay, model, {}, probe);
        expect_same_ends(overlay, model, {}, {});
      }
    }
  }
}

}  // namespace
}  // namespace tallymill::processor
