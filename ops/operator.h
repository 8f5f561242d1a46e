#pragma once

#include <memory>
#include <string_view>

#include "ops/operator_context.h"
#include "topology/base/time.h"
#include "topology/data/change.h"
#include "topology/data/row.h"
#include "topology/expr/expression.h"

namespace tallymill::ops {

/// What a combiner sends for one group and slice: the sum of a commit cycle's folds, as bytes that only the
/// operator's other stage reads. Partials are deltas: commutative, and in order per upstream task.
struct Partial {
  /// What the exchange partitions by: the group, without the slice.
  std::string_view partition_key;
  std::string_view key;
  std::string_view delta;
};

/// Where an operator's results go. Views need to live only during the call.
class Output {
 public:
  virtual ~Output() = default;
  virtual void emit(const topology::Change& change) = 0;
  virtual void emit(const Partial& partial) = 0;
};

/// A stateful stage of a step. Immutable after it was resolved and shared by all tasks: what changes is in
/// stores and in the cycle state, so that dropping the overlay undoes everything.
class Operator {
 public:
  virtual ~Operator() = default;

  /// Null if the operator needs none.
  virtual std::unique_ptr<CycleState> make_cycle_state() const { return nullptr; }

  /// One change, in the order of its partition.
  virtual void process(const topology::Change& change, OperatorContext& context, Output& output) const;
  /// One partial from the stage before an exchange.
  virtual void receive(const Partial& partial, OperatorContext& context, Output& output) const;
  /// Once per commit, upstream operators first: emits what was held back.
  virtual void flush(OperatorContext&, Output&) const {}
  /// The task's watermark moved. Called after flush, never between two changes.
  virtual void advance(topology::EventTime, OperatorContext&, Output&) const {}
};

/// A stateless step: a pure function of ONE row. Which image the row is, and what follows from a failure, is
/// not its business (stateless_run.h has the rules).
class RowStep {
 public:
  enum class Verdict : std::uint8_t { keep, drop, fail };
  struct Outcome {
    Verdict verdict = Verdict::keep;
    topology::Row row;
    // If the verdict is `fail`:
    topology::Value error;                       ///< of kind error
    const topology::Program* program = nullptr;  ///< what failed
    std::string_view column;                     ///< that it computes; empty: it is a condition
  };

  virtual ~RowStep() = default;
  /// New rows are made in `arena`.
  virtual Outcome apply(topology::Row row, topology::Arena& arena) const = 0;
};

}  // namespace tallymill::ops
