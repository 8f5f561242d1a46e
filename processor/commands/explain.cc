#include <iostream>

#include "processor/commands/commands.h"
#include "processor/commands/topology_file.h"
#include "processor/plan_json.h"
#include "topology/plan/plan_printer.h"

namespace tallymill::processor {

int run_explain(const ExplainOptions& options) {
  int exit_code = 0;
  const auto plan = load_plan(options.file, exit_code);
  if (!plan) return exit_code;
  if (options.format == "json") {
    std::cout << plan_as_json(*plan) << "\n";
  } else {
    std::cout << print_plan(*plan);
  }
  return 0;
}

}  // namespace tallymill::processor
