#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "ops/operator.h"
#include "ops/window/aggregate_functions.h"
#include "ops/window/tumbling_window.h"

namespace tallymill::ops {

/// A column of `by`.
struct GroupColumn {
  topology::Column column;
  std::shared_ptr<const topology::Program> program;  ///< null: input column `source`
  std::size_t source = 0;
};

/// An aggregate step as resolved; its two stages share it. Immutable.
struct Aggregation {
  std::vector<GroupColumn> groups;
  std::optional<TumblingWindow> window;     ///< nothing: a running total
  std::optional<topology::Duration> grace;  ///< nothing: unlimited
  std::vector<FoldedArgument> folded;
  std::vector<AggregateColumn> columns;
  /// The input may retract what was never added: no stored row vouches for its before images.
  bool keyless = false;
  topology::RowType input;                       ///< of the rows that are aggregated
  std::optional<std::size_t> event_time_column;  ///< of the input, if it still has it
  /// Group columns and the input columns that aggregates read, as late records show them.
  LateFormat late_format;
  std::vector<std::size_t> late_columns;  ///< positions of LateFormat::columns in the input
};

/// Before the exchange: judges which images are late, and folds a commit cycle's images into one delta per
/// group and slice. Key of a partial: key bytes of the group columns, then the slice's start as ordered 64
/// bits if windowed.
std::shared_ptr<const Operator> make_combine(std::shared_ptr<const Aggregation> aggregation);

/// Behind the exchange: merges deltas into the slices' states and emits groups whose row changed, once per
/// commit. Stores: "slices" (point: key -> format byte, row count, accumulators' states), then, if
/// merge_stores() lists them, "extremes" (ordered) and "closing" (ordered: window end, key; what a finite
/// grace lets go of).
std::shared_ptr<const Operator> make_merge(std::shared_ptr<const Aggregation> aggregation);
std::vector<topology::StoreSpec> merge_stores(const Aggregation& aggregation);

}  // namespace tallymill::ops
