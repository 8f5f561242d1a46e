#pragma once

#include <span>

#include "topology/spec/document.h"

namespace tallymill::topology {

/// Reads one entry of `pipelines`: what it reads, its steps, its sinks. A declaration comes back whatever is
/// wrong.
PipelineDeclaration read_pipeline(const YamlNode::Entry& entry,
                                  std::span<const OperatorSpec* const> operators, Diagnostics& diagnostics);

}  // namespace tallymill::topology
