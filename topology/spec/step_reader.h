#pragma once

#include <span>
#include <string>
#include <vector>

#include "topology/spec/document.h"

namespace tallymill::topology {

/// Reads `steps`: a list of `operator: value`, each with an optional `name`. Names are unique afterwards: a
/// step that keeps state has the given or the operator's name, because its state is found again by it; others
/// get a number if need be. `owner` names the pipeline in messages.
std::vector<StepDeclaration> read_steps(const YamlNode& node, const std::string& owner,
                                        std::span<const OperatorSpec* const> operators,
                                        Diagnostics& diagnostics);

}  // namespace tallymill::topology
