#pragma once

#include <optional>
#include <string>

#include "topology/base/result.h"
#include "topology/plan/plan.h"

namespace tallymill::processor {

/// The whole content of a file; "-" is standard input. Error: cannot_read.
topology::Result<std::string> read_file(const std::string& path);

/// Prints an error as one line and its hint to standard error.
void print_error(const topology::Error& error);

/// Reads and plans a topology with the operators that exist. Prints findings to standard error, warnings too.
/// Returns nothing if there are errors; `exit_code` says why.
std::optional<topology::Plan> load_plan(const std::string& path, int& exit_code);

}  // namespace tallymill::processor
