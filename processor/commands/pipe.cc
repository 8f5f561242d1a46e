#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <set>

#include "processor/commands/commands.h"
#include "processor/commands/pipe/counts.h"
#include "processor/commands/pipe/input_lines.h"
#include "processor/commands/pipe/partition_counts.h"
#include "processor/commands/pipe/record_feeder.h"
#include "processor/commands/pipe/record_printer.h"
#include "processor/commands/topology_file.h"
#include "processor/local/local_engine.h"

namespace tallymill::processor {
namespace {

using topology::Error;
using topology::ErrorCode;

constexpr int exit_usage = 2;
constexpr int exit_stopped = 3;
constexpr int exit_dead_letters = 4;
/// A shell's number for a process that a signal has ended, before the signal's own.
constexpr int exit_signal_base = 128;

/// Every topic that the application reads or writes.
std::multiset<std::string> topics_of(const topology::Plan& plan) {
  const auto sinks = plan.sink_topics();
  std::multiset<std::string> topics(sinks.begin(), sinks.end());
  topics.insert({plan.dead_letter_topic, plan.late_topic});
  for (const topology::SourcePlan& source : plan.sources) {
    topics.insert(source.declaration.topics.begin(), source.declaration.topics.end());
  }
  return topics;
}

bool map_topics(topology::Plan& plan, const std::vector<std::string>& mappings) {
  const auto refuse = [](std::string message, std::string hint) {
    print_error({ErrorCode::usage, std::move(message), std::move(hint)});
    return false;
  };
  std::set<std::string> mapped;
  for (const std::string& mapping : mappings) {
    const std::size_t equals = mapping.find('=');
    const std::string name = mapping.substr(0, equals);
    const auto source = std::find_if(plan.sources.begin(), plan.sources.end(),
                                     [&](const auto& each) { return each.declaration.name == name; });
    if (equals == std::string::npos || equals + 1 == mapping.size() || source == plan.sources.end()) {
      return refuse("--map " + mapping + " names no source of the topology",
                    "write --map SOURCE=TOPIC, such as --map transactions=cdc.public.transactions");
    }
    if (!mapped.insert(name).second)
      return refuse("--map names source \"" + name + "\" twice", "map it once");
    source->declaration.topics = {mapping.substr(equals + 1)};
  }
  // Only when all are mapped: two sources may change places.
  const auto topics = topics_of(plan);
  for (const std::string& topic : topics) {
    if (topics.count(topic) == 1) continue;
    return refuse("after --map, topic \"" + topic + "\" is read or written by two parts of the topology",
                  "map each source to a topic of its own");
  }
  return true;
}

/// One run of `pipe`: reads all inputs, in order.
class Pipe {
 public:
  Pipe(const topology::Plan& plan, LocalEngine& engine, const PipeOptions& options,
       const std::map<std::string, std::int32_t>& partitions, const StopSignals& signals)
      : plan_(plan),
        engine_(engine),
        options_(options),
        signals_(signals),
        feeder_(plan, engine, partitions),
        printer_(plan, options, feeder_) {}

  int run() {
    std::optional<Error> failure = read_all();
    // What came before the failure is worked on, printed and counted: it was good.
    if (!is_stopped_) work();
    if (is_stopped_) return exit_stopped;
    // run_app says that the output cannot be written; here it only ends.
    if (!std::cout) return exit_usage;
    printer_.finish();
    print_counts(std::cerr, engine_, feeder_, printer_);
    const FateTotals fates = engine_.fates();
    if (const std::string imbalance = fates.imbalance(engine_.layout().counted_places());
        !imbalance.empty()) {
      std::cerr << "error: the fates do not add up: " << imbalance << "\n";
      return exit_stopped;
    }
    if (!failure && signals_.received() == 0) failure = nothing_taken();
    if (failure) {
      print_error(*failure);
      return exit_usage;
    }
    print_notes();
    if (const int signal = signals_.received(); signal != 0) {
      std::cerr << "ended by " << (signal == SIGINT ? "SIGINT" : "SIGTERM")
                << "; the counts are of what was read\n";
      return exit_signal_base + signal;
    }
    return options_.fail_on_dead_letters && !printer_.dead_letters().empty() ? exit_dead_letters : 0;
  }

 private:
  std::optional<Error> read_all() {
    for (const std::string& path : options_.inputs) {
      if (signals_.received() != 0) return std::nullopt;
      const auto input = InputBytes::open(path, signals_);
      if (!input) return input.error();
      if (auto failure = read(**input, path == "-" ? "standard input" : path)) return failure;
    }
    return std::nullopt;
  }

  /// Nothing if all was read, or a signal or the engine ended it.
  std::optional<Error> read(InputBytes& input, const std::string& name) {
    InputLines lines(input);
    names_.insert(name);
    InputPlace place{&*names_.find(name), 0};
    while (true) {
      const auto next = lines.next();
      place.line = lines.line_number();
      if (!next) return with_place(next.error(), {place.input, place.line + 1});
      if (*next == InputLines::Next::end) return std::nullopt;
      ++texts_;
      const topology::Status status = *next == InputLines::Next::text
                                          ? feeder_.feed(lines.text(), lines.readable_behind_text(), place)
                                          : too_long();
      if (!status) {
        if (options_.strict || status.error().code == ErrorCode::usage)
          return with_place(status.error(), place);
        printer_.take_broken(status.error(), place);
      }
      // Nobody who types or tails waits for a full commit: what is there is worked on when the input pauses.
      if (feeder_.taken() - worked_ >= options_.commit_every || lines.would_wait()) {
        work();
        if (is_stopped_ || !std::cout) return std::nullopt;
      }
    }
  }

  static Error too_long() {
    return {ErrorCode::malformed_record,
            "the line is longer than " + std::to_string(InputLines::bytes_max >> 20) + " MiB",
            "a line is one record"};
  }

  static Error with_place(Error error, const InputPlace& place) {
    error.message = to_text(place) + ": " + error.message;
    return error;
  }

  void work() {
    worked_ = feeder_.taken();
    const auto status = engine_.run();
    engine_.drain([&](const VisibleRecord& record) { printer_.take(record); });
    feeder_.forget_places();
    if (!options_.final_tables) std::cout.flush();
    if (status) return;
    is_stopped_ = true;
    print_error(status.error());
  }

  /// The sources that read a topic which no line was of.
  std::vector<std::pair<std::string, std::string>> unseen_sources() const {
    std::vector<std::pair<std::string, std::string>> sources;
    for (const std::string& topic : feeder_.unseen_topics()) {
      for (const topology::SourcePlan& source : plan_.sources) {
        const auto& topics = source.declaration.topics;
        if (std::find(topics.begin(), topics.end(), topic) != topics.end())
          sources.emplace_back(source.declaration.name, topic);
      }
    }
    return sources;
  }

  /// Lines of which none could be taken are a mistake, and no result.
  std::optional<Error> nothing_taken() const {
    if (feeder_.taken() > 0 || texts_ == 0) return std::nullopt;
    if (feeder_.skipped().empty()) {
      return Error{ErrorCode::usage, "not one line of " + std::to_string(texts_) + " is a record",
                   "`tallymill pipe --help` lists the tools whose output is read"};
    }
    const auto sources = unseen_sources();
    std::string reads;
    for (const auto& [source, topic] : sources) {
      if (!reads.empty()) reads += ", ";
      reads.append(source).append(" reads ").append(topic);
    }
    const std::string seen = feeder_.skipped().size() == 1 ? feeder_.skipped().begin()->first : "TOPIC";
    return Error{ErrorCode::usage,
                 "no line is of a topic that a source reads; the lines are of " + skipped_topics(feeder_),
                 reads + "; say --map " + sources.front().first + "=" + seen};
  }

  /// What may well be meant so: an input without lines, and a source without a line. Where there are lines that nobody
  /// reads, the latter hardly is.
  void print_notes() const {
    if (texts_ == 0 && signals_.received() == 0) std::cerr << "note: the input is empty, and so is the result\n";
    if (feeder_.skipped().empty()) return;
    for (const auto& [source, topic] : unseen_sources()) {
      std::cerr << "note: no line is of topic \"" << topic << "\", which source \"" << source
                << "\" reads; if it has another name in the input, say --map " << source << "=TOPIC\n";
    }
  }

  const topology::Plan& plan_;
  LocalEngine& engine_;
  const PipeOptions& options_;
  const StopSignals& signals_;
  std::set<std::string> names_;  ///< of inputs; places point to them
  RecordFeeder feeder_;
  RecordPrinter printer_;
  std::size_t texts_ = 0;
  std::size_t worked_ = 0;
  bool is_stopped_ = false;  ///< the engine said that it cannot go on
};

/// Whether the inputs can be read as they are named; said before anything is worked on.
bool check_inputs(const PipeOptions& options) {
  const auto times = std::count(options.inputs.begin(), options.inputs.end(), "-");
  if (times + (options.topology == "-" ? 1 : 0) > 1) {
    print_error(
        {ErrorCode::usage, "standard input is named twice", "read the topology, or one input, from a file"});
    return false;
  }
  for (const std::string& path : options.inputs) {
    std::error_code ignored;
    const bool is_folder = std::filesystem::is_directory(path, ignored);
    if (path == "-" || (!is_folder && ::access(path.c_str(), R_OK) == 0)) continue;
    const std::string why = is_folder ? "it is a folder" : std::strerror(errno);
    print_error({ErrorCode::cannot_read, "cannot read \"" + path + "\": " + why, "check the path"});
    return false;
  }
  return true;
}

}  // namespace

int run_pipe(PipeOptions options) {
  std::ios::sync_with_stdio(false);
  // Whoever closes the other end of the output has seen enough: that ends the process quietly, as it ends
  // others.
  std::signal(SIGPIPE, SIG_DFL);
  if (options.inputs.empty()) options.inputs.emplace_back("-");
  if (!check_inputs(options)) return exit_usage;
  int exit_code = 0;
  auto plan = load_plan(options.topology, exit_code);
  if (!plan) return exit_code;
  if (!map_topics(*plan, options.topic_by_source)) return exit_usage;
  const StopSignals signals;
  const topology::SystemClock clock;
  LocalEngineSettings settings;
  settings.partitions_by_topic = count_partitions(*plan, options.inputs, options.partitions, signals);
  settings.commit_every = options.commit_every;
  auto engine = LocalEngine::make(*plan, clock, settings);
  if (!engine) {
    print_error(engine.error());
    return exit_stopped;
  }
  return Pipe(*plan, **engine, options, settings.partitions_by_topic, signals).run();
}

}  // namespace tallymill::processor
