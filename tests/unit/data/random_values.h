#pragma once

#include <random>
#include <vector>

#include "topology/data/arena.h"
#include "topology/data/value.h"

namespace tallymill::topology {

/// Draws values with many borders and many equal ones, so that comparisons have ties.
class RandomValues {
 public:
  explicit RandomValues(std::uint64_t seed) : random_(seed) {}

  /// A value of the kind, or null now and then. Lists hold values of one kind, lists among them; maps hold
  /// strings.
  Value draw(ValueKind kind);
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

 private:
  Value draw_present(ValueKind kind, int depth);
  std::int64_t integer();
  double floating();
  Value decimal();
  std::string_view text();

  std::mt19937_64 random_;
  Arena arena_;
};

/// The kinds that a key may hold, and those of a row.
const std::vector<ValueKind>& key_kinds();
const std::vector<ValueKind>& row_kinds();

}  // namespace tallymill::topology
