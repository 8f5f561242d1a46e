#include "processor/app.h"

#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <iostream>

#include "processor/admin/admin_server.h"
#include "processor/commands/commands.h"
#include "processor/commands/run.h"
#include "processor/commands/topology_file.h"
#include "processor/kafka/client_config.h"
#include "processor/kafka/kafka_connector.h"
#include "processor/metrics/metric_table.h"
#include "topology/data/row.h"

namespace tallymill::processor {
namespace {

constexpr int exit_usage = 2;
constexpr int exit_stopped = 3;

constexpr const char* pipe_footer =
    R"(Read line by line, in whatever mixture: bare change envelopes and rows; records as {"topic", "key", "value",
"partition", "offset", "timestamp"}, key and value as text or JSON, null for a tombstone; and what these tools print:
  kcat -C -J -e -b HOST:9092 -t cdc.public.orders | tallymill pipe orders.yaml --final
  kafka-console-consumer --bootstrap-server HOST:9092 --topic cdc.public.orders --from-beginning \
    --timeout-ms 10000 --property print.key=true | tallymill pipe orders.yaml --final -
  rpk topic consume cdc.public.orders --offset :end > orders.json && tallymill pipe orders.yaml --final orders.json
Without print.key the keys are not known: on several partitions a bare value is given its row's primary key. Dumps are
read packed: tallymill pipe orders.yaml --final monday.jsonl.gz tuesday.jsonl.gz

Lines of topics that no source reads are counted and skipped; a line that is no record is a dead letter that names file
and line. Standard error has the counts. Ctrl-C ends the reading: what was read is finished, counted, and printed.

Exit code: 0 done, 1 the topology has errors, 2 wrong usage, a file that cannot be read, a line that is no record with
--strict, or lines of which no source reads one, 3 the engine stopped, 4 dead letters with --fail-on-dead-letters,
130 ended by SIGINT (Ctrl-C), 143 by SIGTERM)";

void add_run(CLI::App& app, RunOptions& options) {
  CLI::App* command = app.add_subcommand("run", "Runs a topology on Kafka, exactly once");
  command->add_option("TOPOLOGY", options.topology, "Topology file")->required();
  command->add_option("--config", options.config_file, "Engine settings (YAML)");
  command->add_option("--set", options.settings, "PATH=VALUE: one setting; may be repeated")
      ->allow_extra_args(false);
  command->add_option("--until", options.until,
                      "`end`: stop at the ends that the sources have now; or a time of records");
  command->add_flag("--dry-run", options.dry_run, "Check brokers, topics and plan; write nothing");
  command->footer(
      "Settings: `tallymill settings`. SIGTERM commits and leaves within 10 s; SIGHUP reads log.level "
      "again.\n"
      "Example: tallymill run deploy/topologies/spend_per_user.yaml --set "
      "kafka.bootstrap.servers=localhost:9092\n"
      "Exit code: 0 stopped or done, 1 the topology has errors, 2 a setting, a topic or a right is wrong, 3 "
      "the "
      "engine stopped");
}

/// The one place that names Kafka: everything else sees ports.
RunParts run_parts() {
  RunParts parts;
  parts.check_kafka_property = kafka::check_property;
  parts.connect = [](const EngineSettings& settings, const std::string& group, const std::string& process_id,
                     EventLog& log, const std::atomic<bool>& stop) -> std::unique_ptr<Connector> {
    return std::make_unique<kafka::KafkaConnector>(settings, group, process_id, log, stop);
  };
  parts.serve = [](const ServedParts& served) -> topology::Result<std::unique_ptr<AdminService>> {
    auto server = AdminServer::start(served);
    if (!server) return server.error();
    return std::unique_ptr<AdminService>(std::move(*server));
  };
  return parts;
}

void add_lint(CLI::App& app, LintOptions& options) {
  CLI::App* command =
      app.add_subcommand("lint", "Checks topologies; prints all errors with place and remedy");
  command->add_option("TOPOLOGY", options.files, "Topology files")->required();
  command->footer(
      "Example: tallymill lint deploy/topologies/spend_per_user.yaml\nExit code: 0 no errors, 1 errors, 2 a "
      "file cannot be read");
}

void add_explain(CLI::App& app, ExplainOptions& options) {
  CLI::App* command =
      app.add_subcommand("explain", "Says how a topology will run: parts, topics, keys, stores");
  command->add_option("TOPOLOGY", options.file, "Topology file")->required();
  command->add_option("--format", options.format, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  command->footer(
      "Example: tallymill explain deploy/topologies/spend_per_user.yaml --format json\n"
      "Exit code: 0 printed, 1 the topology has errors, 2 the file cannot be read");
}

void add_test(CLI::App& app, TestOptions& options) {
  CLI::App* command = app.add_subcommand("test", "Runs test cases over the real engine, without a broker");
  command->add_option("PATH", options.paths, "Case files, or folders of them")->required();
  command->add_option("--junit", options.junit_file, "Also write a JUnit XML report to this file");
  command->add_flag("--quiet", options.quiet, "Print only failures and the closing line");
  command->footer(
      "Example: tallymill test tests/scenarios\nExit code: 0 all passed, 1 some failed, 2 the report cannot "
      "be written");
}

void add_pipe(CLI::App& app, PipeOptions& options) {
  CLI::App* command = app.add_subcommand(
      "pipe", "Runs a topology over records from files or standard input, without a broker");
  command->add_option("TOPOLOGY", options.topology, "Topology file")->required();
  command->add_option("FILE", options.inputs, "Input files, gzip too; `-`, or none: standard input");
  command->add_flag("--final", options.final_tables, "Print the last table of each topic, not every record");
  command
      ->add_option("--map", options.topic_by_source,
                   "SOURCE=TOPIC: read the source from another topic; may be repeated")
      ->allow_extra_args(false);
  command->add_option("--commit-every", options.commit_every, "Records between two commits")
      ->check(CLI::Range(std::size_t{1}, std::size_t{10'000'000}))
      ->capture_default_str();
  command
      ->add_option("--partitions", options.partitions,
                   "Partitions of each source topic; else 1 + the highest in the files, 1 for standard input")
      ->check(CLI::Range(1, partitions_max));
  command->add_flag("--strict", options.strict, "End at a line that is no record; else it is a dead letter");
  command->add_flag("--fail-on-dead-letters", options.fail_on_dead_letters,
                    "End with exit code 4 if there was a dead letter, for CI");
  command->add_flag("--show-sensitive", options.show_sensitive, "Print sensitive columns as they are");
  command->footer(pipe_footer);
}

/// Where a standard descriptor is closed, the next file opened would take its number, and be read or written
/// as if it were the user's. What stands there instead refuses both.
void occupy_standard_descriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) >= 0) continue;
    // The lowest free number is given, and this is it.
    (void)::open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
}

/// Whether the first argument is a command or an option; else says which commands there are.
bool check_command(const CLI::App& app, const std::string& given) {
  std::vector<std::string> names;
  std::string list;
  for (const CLI::App* command : app.get_subcommands({})) {
    names.push_back(command->get_name());
    list += (list.empty() ? "" : ", ") + names.back();
  }
  if (given.starts_with('-') || std::find(names.begin(), names.end(), given) != names.end()) return true;
  const std::string nearest = topology::nearest_name(given, names);
  const std::string guess = nearest.empty() ? "" : "did you mean \"" + nearest + "\"? ";
  print_error({topology::ErrorCode::usage, "there is no command \"" + given + "\"",
               guess + "the commands are " + list + "; `tallymill --help` says what they do"});
  return false;
}

int print_metrics() {
  std::cout << metric_reference();
  return 0;
}

}  // namespace

int run_app(int argc, char** argv) {
  occupy_standard_descriptors();
  CLI::App app("Tallymill turns a database's changes into numbers that are right while they change.",
               "tallymill");
  app.require_subcommand(1);
  RunOptions run;
  LintOptions lint;

  ExplainOptions explain;
  TestOptions test;
  PipeOptions pipe;
  add_run(app, run);
  add_lint(app, lint);

  add_explain(app, explain);
  add_test(app, test);
  add_pipe(app, pipe);
  app.add_subcommand("settings", "Prints all settings of the engine with their defaults")
      ->footer("Example: tallymill settings");
  app.add_subcommand("metrics", "Prints all metrics as a table in Markdown")
      ->footer("Example: tallymill metrics");
  app.add_subcommand("version", "Prints the version")->footer("Example: tallymill version");
  app.set_version_flag("--version", version_text());
  if (argc < 2) {
    std::cerr << app.help();
    return exit_usage;
  }
  if (!check_command(app, argv[1])) return exit_usage;
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : exit_usage;
  }
  const std::string command = app.get_subcommands().front()->get_name();
  try {
    const int exit_code = command == "run"        ? run_run(run, run_parts())
                          : command == "lint"     ? run_lint(lint)
                          : command == "explain"  ? run_explain(explain)
                          : command == "test"     ? run_test(test)
                          : command == "pipe"     ? run_pipe(pipe)
                          : command == "settings" ? run_settings()
                          : command == "metrics"  ? print_metrics()
                                                  : run_version();
    std::cout.flush();
    if (std::cout) return exit_code;
    std::cerr << "error: the output could not be written whole\n";
    return exit_usage;
  } catch (const std::exception& error) {
    // Our own code does not throw; this is memory that ran out.
    std::cerr << "error: " << error.what() << "\nhint: give the process more memory, or less at once\n";
    return exit_stopped;
  }
}

}  // namespace tallymill::processor
