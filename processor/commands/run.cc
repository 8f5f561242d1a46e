#include "processor/commands/run.h"

#include <atomic>
#include <cstdlib>
#include <iostream>

#include "processor/commands/commands.h"
#include "processor/commands/topology_file.h"
#include "processor/logging/line_event_log.h"
#include "processor/runtime/engine.h"
#include "processor/runtime/process_signals.h"
#include "processor/runtime/supervisor.h"
#include "processor/runtime/watchdog.h"
#include "processor/settings/setting_table.h"
#include "processor/state/process_identity.h"
#include "topology/base/time.h"
#include "topology/plan/internal_topics.h"

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX declares it nowhere

namespace tallymill::processor {
namespace {

using topology::Error;
using topology::ErrorClass;
using topology::ErrorCode;
using topology::Result;
using topology::Status;

constexpr int exit_configuration = 2;
constexpr int exit_stopped = 3;

int report(const Error& error) {
  print_error(error);
  return class_of(error.code) == ErrorClass::configuration ? exit_configuration : exit_stopped;
}

/// `--until`: "end", or a time.
Result<RunUntil> parse_until(const std::string& text) {
  if (text.empty()) return RunUntil();
  if (text == "end") return RunUntil(LogPlace{LogPlace::Kind::end, 0});
  const auto instant = topology::parse_instant(text);
  if (!instant || !instant->is_finite()) {
    return Error{ErrorCode::usage, "--until " + text + " is neither \"end\" nor a time",
                 "write --until end, or --until 2026-11-25T00:00:00Z"};
  }
  return RunUntil(LogPlace{LogPlace::Kind::time, instant->seconds * 1000 + instant->nanoseconds / 1'000'000});
}

Result<EngineConfig> load_config(const RunOptions& options, const KafkaPropertyCheck& check) {
  EngineConfigSource source;
  source.arguments = options.settings;
  if (!options.config_file.empty()) {
    source.file_name = options.config_file;
    auto text = read_file(options.config_file);
    if (!text) return text.error();
    source.file_text = std::move(*text);
  }
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text(*variable);
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    source.environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return read_engine_config(source, check);
}

/// At SIGHUP: what can change while the engine runs.
void reload(const RunOptions& options, const KafkaPropertyCheck& check, LineEventLog& log) {
  const auto config = load_config(options, check);
  if (!config) {
    log.write(Severity::error, "the settings were not read again", {{"cause", config.error().message}});
    return;
  }
  log.set_level(config->settings.log.level);
  log.write(Severity::info, "read the settings again; log.level is in force, the others at the next start",
            {});
}

int check_only(Engine& engine) {
  std::vector<std::string> missing;
  if (const Status status = engine.check(missing); !status) return report(status.error());
  for (const std::string& topic : missing) std::cout << "would create topic " << topic << " partitions\n";
  std::cout << "ready to run; nothing was written\n";
  return 0;
}

}  // namespace

int run_run(const RunOptions& options, const RunParts& parts) {
  const auto until = parse_until(options.until);
  if (!until) return report(until.error());
  int exit_code = 0;
  auto plan = load_plan(options.topology, exit_code);
  if (!plan) return exit_code;
  auto config = load_config(options, parts.check_kafka_property);
  if (!config) {
    std::cerr << config.error().message << "\n";
    return exit_configuration;
  }
  const EngineSettings& settings = config->settings;
  if (!settings.internal_topics.prefix.empty()) plan->set_internal_prefix(settings.internal_topics.prefix);
  if (!settings.dead_letter_hash_key.empty()) plan->dead_letter_hash_key = settings.dead_letter_hash_key;
  if (const auto status = topology::check_internal_topics(*plan); !status) return report(status.error());
  const auto identity = ProcessIdentity::acquire(settings.state_directory + "/" + plan->name);
  if (!identity) return report(identity.error());

  const topology::SystemClock clock;
  LineEventLog log(settings.log, clock);
  std::atomic<bool> stop{false};
  const ProcessSignals signals(stop, log, [&] { reload(options, parts.check_kafka_property, log); });
  const auto connector = parts.connect(settings, plan->name, identity->id(), log, stop);
  Engine engine(*plan, settings, *connector, clock, log, stop);
  if (options.dry_run) return check_only(engine);

  const auto admin = parts.serve({*plan, *config, engine, clock, log});
  if (!admin) return report(admin.error());
  auto supervisor = Supervisor::from_environment();
  const Watchdog watchdog(engine.pulses(), log, supervisor, [] { std::_Exit(exit_stopped); });
  Status status = engine.prepare();
  if (status && !stop) {
    supervisor.note_ready();
    status = engine.run(*until);
  }
  supervisor.note_stopping();
  if (!status) return report(status.error());
  log.write(Severity::info, "stopped", {});
  return 0;
}

int run_settings() {
  std::cout << setting_reference();
  return 0;
}

}  // namespace tallymill::processor
