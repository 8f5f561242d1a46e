#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "processor/commands/pipe/stop_signals.h"
#include "topology/plan/plan.h"

namespace tallymill::processor {

/// By source topic how many partitions it has: `given`, else one more than the highest that a line of the
/// files names, 1 where none does. What cannot be read twice, such as standard input, is passed over. What is
/// wrong with a file is for its reader to say.
std::map<std::string, std::int32_t> count_partitions(const topology::Plan& plan,
                                                     const std::vector<std::string>& inputs,
                                                     std::optional<std::int32_t> given,
                                                     const StopSignals& signals);

}  // namespace tallymill::processor
