#pragma once

#include <string>

#include "processor/codec/json_writer.h"
#include "topology/plan/plan.h"

namespace tallymill::processor {

/// Writes the plan's fields into the object that is open, for `explain --format json` and /topology.
void write_plan(const topology::Plan& plan, JsonWriter& json);

/// The same as an object of its own.
std::string plan_as_json(const topology::Plan& plan);

}  // namespace tallymill::processor
