#pragma once

#include <memory>
#include <vector>

#include "ops/operator.h"
#include "topology/plan/operator_kind.h"

namespace tallymill::ops {

/// Runs stateless steps over both halves of a change. The rules of retraction for pure functions of a row
/// stand here, once:
/// - a half that a step drops is filtered; an update of which one half remains becomes an insert or a delete;
/// - an `after` that fails is taken out and becomes a dead letter; a `before` that fails was never put in, so
/// it is
///   taken out in silence;
/// - halves that come out equal are not sent on: nothing changed downstream.
class StatelessRun final : public Operator {
 public:
  explicit StatelessRun(std::vector<topology::NamedRowStep> steps) : steps_(std::move(steps)) {}

  void process(const topology::Change& change, OperatorContext& context, Output& output) const override;

 private:
  struct Result {
    RowStep::Outcome outcome;
    std::size_t step = 0;  ///< the last one that ran
  };
  Result run(topology::Row row, topology::Arena& arena) const;

  std::vector<topology::NamedRowStep> steps_;
};

/// For OperatorCatalog::fuse.
std::shared_ptr<const Operator> fuse(std::vector<topology::NamedRowStep> steps);

}  // namespace tallymill::ops
