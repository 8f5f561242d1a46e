#pragma once

#include <string>

#include "topology/plan/plan.h"

namespace tallymill::processor {

/// The plan as one JSON object, for `explain --format json` and /topology.
std::string plan_as_json(const topology::Plan& plan);

}  // namespace tallymill::processor
