#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "ops/fate.h"

namespace tallymill::processor {

/// What became of a source partition's records, and of the halves that entered each pipeline from it. Part of
/// a task's progress: committed and dropped with everything else, so that the sums are exact at any commit.
struct FateTotals {
  struct PipelineHalves {
    std::uint64_t entered = 0;
    std::array<std::uint64_t, ops::half_fate_count> by_fate{};
  };

  std::uint64_t read = 0;
  std::array<std::uint64_t, ops::record_fate_count> records{};
  std::array<std::uint64_t, ops::observation_count> observations{};
  std::vector<PipelineHalves> pipelines;  ///< by position in PartitionLayout::pipeline_names
  /// Rows that failed downstream of a flush: dead letters without a source record.
  std::uint64_t derived_dead = 0;

  void add(const FateTotals& other);
  /// What came on top of `earlier`, an earlier value of the same counts.
  FateTotals since(const FateTotals& earlier) const;
  /// read = sum of the records' fates, and entered = sum of the halves' fates. Empty if so, else what
  /// disagrees.
  std::string imbalance(const std::vector<std::string>& pipeline_names) const;

 private:
  template <class Operation>
  void combine(const FateTotals& other, Operation operation);
};

}  // namespace tallymill::processor
