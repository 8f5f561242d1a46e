#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// One function a command of the language document, one file each. All return the process's exit code (app.h).
namespace tallymill::processor {

struct LintOptions {
  std::vector<std::string> files;
};
/// Prints all findings about topology files.
int run_lint(const LintOptions& options);

struct ExplainOptions {
  std::string file;
  std::string format = "text";  ///< text, json
};
/// Prints how a topology will run.
int run_explain(const ExplainOptions& options);

struct TestOptions {
  std::vector<std::string> paths;  ///< files, or folders searched for *.yaml
  std::string junit_file;          ///< empty: no report
  bool quiet = false;              ///< failures and the closing line only
};
/// Runs YAML cases over the real tasks.
int run_test(const TestOptions& options);

/// As many as a topic of a broker has in practice.
inline constexpr std::int32_t partitions_max = 10'000;

struct PipeOptions {
  std::string topology;
  std::vector<std::string> inputs;  ///< files, `-` for standard input; none: standard input
  bool final_tables = false;
  std::vector<std::string> topic_by_source;  ///< "SOURCE=TOPIC"
  std::size_t commit_every = 20'000;
  std::optional<std::int32_t> partitions;  ///< of each source topic; nothing: as the files have them
  bool strict = false;                     ///< a line that is no record ends the run
  bool fail_on_dead_letters = false;
  bool show_sensitive = false;
};
/// Runs a topology over records in the forms in which the usual tools print them.
int run_pipe(PipeOptions options);

/// Prints all settings of the engine with their defaults.
int run_settings();

/// "tallymill 0.1.0".
std::string version_text();
/// Prints the version.
int run_version();

}  // namespace tallymill::processor
