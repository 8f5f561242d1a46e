#pragma once

#include "topology/plan/operator_kind.h"

namespace tallymill::ops {

/// `aggregate: {by, window, compute, emit}`: groups rows and adds them up, under every correction.
const topology::OperatorKind& aggregate_operator();

}  // namespace tallymill::ops
