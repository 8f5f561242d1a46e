#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ops/fate.h"
#include "topology/plan/plan.h"

namespace tallymill::processor {

/// The images that came to one place, and what became of each of them there. received = the sum of the fates.
struct ImageCounts {
  std::uint64_t received = 0;
  std::array<std::uint64_t, ops::image_fate_count> by_fate{};

  std::uint64_t& of(ops::ImageFate fate) { return by_fate[static_cast<std::size_t>(fate)]; }
  std::uint64_t of(ops::ImageFate fate) const { return by_fate[static_cast<std::size_t>(fate)]; }
};

/// Where images are counted, in the order of the lists of FateTotals.
struct CountedPlaces {
  struct Step {
    std::string pipeline;
    /// The step's name; "NAME results" for the rows that an aggregate makes, "to" for the sink.
    std::string step;
  };
  std::vector<std::string> pipelines;  ///< sorted
  std::vector<Step> steps;             ///< pipeline by pipeline, in the order of the plan

  static CountedPlaces of(const topology::Plan& plan);
  std::optional<std::size_t> find(std::string_view pipeline) const;
  std::optional<std::size_t> find(std::string_view pipeline, std::string_view step) const;
};

/// What became of a task's records, and of the images at each place of its chain. Part of a task's progress:
/// committed and dropped with everything else, so that the sums are exact at any commit.
struct FateTotals {
  std::uint64_t read = 0;
  std::array<std::uint64_t, ops::record_fate_count> records{};
  std::array<std::uint64_t, ops::observation_count> observations{};
  /// The ledger: images that entered the pipeline from a source or another pipeline, followed to its first
  /// aggregate or to its end. By position in CountedPlaces::pipelines.
  std::vector<ImageCounts> pipelines;
  /// Every step, in front of an aggregate and behind it. By position in CountedPlaces::steps.
  std::vector<ImageCounts> steps;

  /// All zero.
  static FateTotals for_places(const CountedPlaces& places);
  void add(const FateTotals& other);
  /// What came on top of `earlier`, an earlier value of the same counts.
  FateTotals since(const FateTotals& earlier) const;
  /// read = sum of the records' fates, and at every place received = sum of the images' fates. Empty if so,
  /// else what disagrees.
  std::string imbalance(const CountedPlaces& places) const;

 private:
  template <class Operation>
  void combine(const FateTotals& other, Operation operation);
};

}  // namespace tallymill::processor
