#pragma once

#include "topology/plan/operator_kind.h"

namespace tallymill::ops {

// Four steps of the language and one physical step: a list of expressions makes the new row.

/// `map: {col: EXPR}`: the new row, whole.
const topology::OperatorKind& map_operator();
/// `set: {col: EXPR}`: columns added or replaced.
const topology::OperatorKind& set_operator();
/// `select: [col]`: columns kept, in that order.
const topology::OperatorKind& select_operator();
/// `drop: [col]`: columns removed.
const topology::OperatorKind& drop_operator();

}  // namespace tallymill::ops
