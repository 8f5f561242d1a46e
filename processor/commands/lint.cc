#include <algorithm>
#include <filesystem>
#include <iostream>
#include <string>

#include "ops/operator_catalog.h"
#include "processor/commands/commands.h"
#include "processor/commands/topology_file.h"
#include "topology/plan/sensitive_topics.h"

namespace tallymill::processor {

namespace {

/// "ok", or how many warnings there are.
std::string verdict(std::size_t warnings) {
  if (warnings == 0) return "ok";
  return "ok, " + std::to_string(warnings) + (warnings == 1 ? " warning" : " warnings");
}

}  // namespace

int run_lint(const LintOptions& options) {
  int exit_code = 0;
  for (const std::string& file : options.files) {
    const auto text = read_file(file);
    if (!text) {
      // The other files are looked at all the same; this is the graver finding.
      print_error(text.error());
      exit_code = 2;
      continue;
    }
    topology::Diagnostics diagnostics;
    const auto loaded =
        topology::load_topology(*text, file, std::filesystem::path(file).parent_path().string(),
                                ops::operator_catalog(), diagnostics);
    if (loaded.plan) {
      std::cout << diagnostics.findings_text() << file << ": " << verdict(diagnostics.warning_count()) << "\n"
                << topology::sensitive_topics_text(*loaded.plan);
    } else {
      std::cout << diagnostics.to_text();
      exit_code = std::max(exit_code, 1);
    }
  }
  return exit_code;
}

}  // namespace tallymill::processor
