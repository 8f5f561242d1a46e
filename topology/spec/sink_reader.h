#pragma once

#include <span>
#include <string>
#include <vector>

#include "topology/spec/document.h"

namespace tallymill::topology {

/// Makes sinks of the mappings under `to` and checks that a list of them covers every row: each has `when`,
/// the last `otherwise: true`. `owner` names the pipeline in messages.
std::vector<SinkDeclaration> read_sinks(std::span<const FieldSet> entries, const std::string& owner,
                                        Diagnostics& diagnostics);

}  // namespace tallymill::topology
