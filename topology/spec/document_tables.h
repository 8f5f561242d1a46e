#pragma once

#include <span>

#include "topology/spec/field_spec.h"

namespace tallymill::topology {

// The tables that document.h does not already show.

/// Fields of one entry of `pipelines`.
std::span<const FieldSpec> pipeline_fields();
/// Fields of a file named by `include`.
std::span<const FieldSpec> included_fields();

}  // namespace tallymill::topology
