#pragma once

#include "topology/plan/operator_kind.h"

namespace tallymill::ops {

/// The operators of the language, in the order of documentation. To add one: a file pair in ops/, a line
/// here.
const topology::OperatorCatalog& operator_catalog();

}  // namespace tallymill::ops
