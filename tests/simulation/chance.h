#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <utility>
#include <vector>

namespace tallymill::simulation {

/// Everything that happens by chance comes from one seed. mt19937_64 gives the same numbers with every
/// standard library, its distributions do not: so they are made here.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : engine_(seed) {}

  /// From 0 to `bound` - 1; `bound` is at least 1.
  std::size_t below(std::size_t bound) { return engine_() % bound; }
  /// From `least` to `most`.
  std::int64_t between(std::int64_t least, std::int64_t most) {
    return least + static_cast<std::int64_t>(below(static_cast<std::size_t>(most - least + 1)));
  }
  /// True once in `times`; never for 0.
  bool one_in(std::size_t times) { return times > 0 && below(times) == 0; }
  template <class T>
  T pick(std::initializer_list<T> items) {
    return *(items.begin() + below(items.size()));
  }
  template <class T>
  T& pick(std::vector<T>& items) {
    return items[below(items.size())];
  }
  /// A position of `weights`, each as likely as its weight says.
  std::size_t weighted(std::span<const unsigned> weights) {
    std::size_t sum = 0;
    for (const unsigned weight : weights) sum += weight;
    std::size_t drawn = below(sum);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      if (drawn < weights[i]) return i;
      drawn -= weights[i];
    }
    return weights.size() - 1;
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace tallymill::simulation
