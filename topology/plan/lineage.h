#pragma once

#include <string>
#include <string_view>

#include "topology/plan/plan.h"

namespace tallymill::topology {

/// Everything that determines what the plan's stores hold, canonical, one fact per line: sources with their
/// columns, keys and watermarks, then per sub-topology the nodes above a store, with defaults filled in and
/// expressions re-printed, and the stores. Sinks and what stands between a store and a sink are left out:
/// they may change without the state.
std::string lineage_of(const Plan& plan);

/// The first line of every lineage: the format of the rows that its stores hold.
std::string row_format_line();

/// The first line in which two such texts differ, as "was: ..." and "is: ..."; empty if they are equal.
std::string first_difference(std::string_view before, std::string_view after);

}  // namespace tallymill::topology
