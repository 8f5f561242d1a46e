#pragma once

#include <memory>
#include <vector>

#include "ops/operator.h"
#include "topology/plan/operator_kind.h"

namespace tallymill::ops {

/// Runs stateless steps over both images of a change. The rules of retraction for pure functions of a row
/// stand here, once:
/// - an image that a step drops is filtered; an update of which one image remains becomes an insert or a
/// delete;
/// - an after image that fails is taken out and becomes a dead letter; a before image that fails was never
/// put
///   in, so it is taken out in silence;
/// - images that come out equal are not sent on: nothing changed downstream.
class StatelessRun final : public Operator {
 public:
  explicit StatelessRun(std::vector<topology::NamedRowStep> steps) : steps_(std::move(steps)) {}

  void process(const topology::Change& change, OperatorContext& context, Output& output) const override;

 private:
  struct Result {
    RowStep::Outcome outcome;
    std::size_t step = 0;  ///< the last one that ran
    topology::Row given;   ///< what that one was applied to
  };
  Result run(topology::Row row, topology::Arena& arena) const;
  void report(const Result& failed, topology::Row received, OperatorContext& context) const;

  std::vector<topology::NamedRowStep> steps_;
};

/// For OperatorCatalog::fuse.
std::shared_ptr<const Operator> fuse(std::vector<topology::NamedRowStep> steps);

}  // namespace tallymill::ops
