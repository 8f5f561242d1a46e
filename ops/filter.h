#pragma once

#include "topology/plan/operator_kind.h"

namespace tallymill::ops {

/// `filter: EXPR`: keeps rows for which the expression is true.
const topology::OperatorKind& filter_operator();

}  // namespace tallymill::ops
