#pragma once

#include <string>

#include "topology/plan/plan.h"

namespace tallymill::topology {

/// The plan for people: sources, sub-topologies with their nodes, stores and topics, why each exchange is or
/// is not needed, and what readers of the outputs must set.
std::string print_plan(const Plan& plan);

/// "user_id, currency": names of columns.
std::string column_list(const RowType& type, const std::vector<std::size_t>& columns);

}  // namespace tallymill::topology
