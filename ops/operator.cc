#include "ops/operator.h"

#include "topology/base/invariant.h"

namespace tallymill::ops {

void Operator::process(const topology::Change&, OperatorContext&, Output&) const {
  INVARIANT(false, "a change reached an operator that takes partials only");
}

void Operator::receive(const Partial&, OperatorContext&, Output&) const {
  INVARIANT(false, "a partial reached an operator that takes changes only");
}

}  // namespace tallymill::ops
