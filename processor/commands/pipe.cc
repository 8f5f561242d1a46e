#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <set>

#include "processor/codec/json_encoder.h"
#include "processor/codec/partitioner.h"
#include "processor/codec/record_line.h"
#include "processor/commands/commands.h"
#include "processor/commands/image_counts.h"
#include "processor/commands/topology_file.h"
#include "processor/local/local_engine.h"

namespace tallymill::processor {
namespace {

constexpr int exit_usage = 2;
constexpr int exit_stopped = 3;

/// Prints records as lines {"topic","key","value"}, or keeps the newest value per key for the end.
class RecordPrinter {
 public:
  RecordPrinter(const topology::Plan& plan, const PipeOptions& options) : options_(options) {
    fact_topics_ = {plan.dead_letter_topic, plan.late_topic};
    dead_letter_topic_ = plan.dead_letter_topic;
    std::set<std::string> sensitive;
    for (const topology::SourcePlan& source : plan.sources) add_sensitive(source.type, sensitive);
    for (const topology::SubTopology& sub_topology : plan.sub_topologies) {
      for (const topology::NodePlan& node : sub_topology.nodes) {
        if (!node.sink) continue;
        add_sensitive(node.sink->type, sensitive);
        for (const topology::SinkBranch& branch : node.sink->branches) {
          if (node.sink->insert_only) fact_topics_.insert(branch.topic);
          if (branch.key_as_string) text_key_topics_.insert(branch.topic);
        }
      }
    }
    if (options.show_sensitive || sensitive.empty()) return;
    // Late records show rows from the middle of a pipeline, under names that no sink has.
    sensitive.insert({"group", "columns"});
    sensitive_.assign(sensitive.begin(), sensitive.end());
  }

  void take(const VisibleRecord& visible) {
    const LocalRecord& record = *visible.record;
    std::string line = "{\"topic\":";
    append_json_string(line, visible.from->topic);
    line += ",\"key\":";
    // What the sinks and the late topic hold is JSON of our own; a dead letter holds anything.
    const bool is_json = visible.from->topic != dead_letter_topic_;
    append_bytes(line, is_json && !text_key_topics_.contains(visible.from->topic), record.key);
    line += ",\"value\":";
    append_bytes(line, is_json, record.value);
    if (!record.headers.empty()) append_headers(line, record);
    line += "}\n";
    if (!options_.final_tables) {
      std::cout << line;
    } else if (!record.key || fact_topics_.contains(visible.from->topic)) {
      facts_.push_back(std::move(line));
    } else if (record.value) {
      tables_[{visible.from->topic, *record.key}] = std::move(line);
    } else {
      tables_.erase({visible.from->topic, *record.key});
    }
  }

  void finish() {
    for (const auto& [key, line] : tables_) std::cout << line;
    for (const std::string& line : facts_) std::cout << line;
    std::cout.flush();
  }

 private:
  static void add_sensitive(const topology::RowType& type, std::set<std::string>& names) {
    for (const topology::Column& column : type.columns) {
      if (column.sensitive) names.insert(column.name);
    }
  }

  /// JSON as it is, anything else as a JSON string. With sensitive columns their fields are masked, and what
  /// has no fields that could be told apart is masked whole: dead letters hold what the connector sent, under
  /// its names.
  void append_bytes(std::string& line, bool is_json, const std::optional<std::string>& bytes) const {
    if (!bytes) {
      line += "null";
    } else if (is_json) {
      line += sensitive_.empty() ? *bytes : mask_fields(*bytes, sensitive_);
    } else if (!sensitive_.empty()) {
      line += "\"***\"";
    } else if (is_json_object(*bytes)) {
      line += *bytes;
    } else {
      append_json_string(line, *bytes);
    }
  }

  static void append_headers(std::string& line, const LocalRecord& record) {
    line += ",\"headers\":{";
    for (const auto& [name, value] : record.headers) {
      if (line.back() != '{') line += ',';
      append_json_string(line, name);
      line += ':';
      append_json_string(line, value);
    }
    line += '}';
  }

  const PipeOptions& options_;
  std::vector<std::string> sensitive_;  ///< names of fields to mask; empty: none
  std::string dead_letter_topic_;
  std::set<std::string> text_key_topics_;  ///< `key_format: string`
  std::map<std::pair<std::string, std::string>, std::string> tables_;
  std::set<std::string> fact_topics_;  ///< none of their records replaces another, whatever its key
  std::vector<std::string> facts_;
};

/// Feeds lines into the engine's source topics.
class LineFeeder {
 public:
  LineFeeder(const topology::Plan& plan, LocalEngine& engine, std::int32_t partitions)
      : partitions_(partitions) {
    for (const topology::SourcePlan& source : plan.sources) {
      for (const std::string& topic : source.declaration.topics) {
        for (std::int32_t p = 0; p < partitions; ++p)
          logs_[topic].push_back(&engine.input({topic, topology::Partition(p)}));
      }
    }
  }

  /// Nothing if the line was taken or belongs to a topic that no source reads.
  topology::Status feed(std::string_view line) {
    const auto read = reader_.read(line);
    if (!read) return read.error();
    if (!read->topic && logs_.size() > 1) {
      return topology::Error{topology::ErrorCode::malformed_record,
                             "the line names no topic, and the topology reads several",
                             "wrap it: {\"topic\":..,\"key\":..,\"value\":..}"};
    }
    const auto logs = read->topic ? logs_.find(*read->topic) : logs_.begin();
    if (logs == logs_.end()) {
      ++skipped_;
      return {};
    }
    const std::int32_t partition = read->partition ? *read->partition
                                   : read->key     ? partition_of(*read->key, partitions_).value
                                                   : 0;
    if (partition >= partitions_) {
      const bool is_possible = partition < partitions_max;
      return topology::Error{topology::ErrorCode::usage,
                             "the record is of partition " + std::to_string(partition) + ", and there are " +
                                 std::to_string(partitions_),
                             is_possible ? "say --partitions " + std::to_string(partition + 1)
                                         : "there can be " + std::to_string(partitions_max) + " at most"};
    }
    LocalLog& log = *logs->second[static_cast<std::size_t>(partition)];
    if (read->offset && topology::Offset(*read->offset) < log.end_offset()) {
      return topology::Error{
          topology::ErrorCode::malformed_record,
          "offset " + std::to_string(*read->offset) + " of partition " + std::to_string(partition) +
              " comes behind " + std::to_string(log.end_offset().value - 1),
          "a partition's offsets only go up; leave `offset` out to have records numbered here"};
    }
    LocalRecord record;
    if (read->key) record.key = std::string(*read->key);
    if (read->value) record.value = std::string(*read->value);
    record.timestamp_ms = read->timestamp_ms.value_or(-1);
    log.append(std::move(record),
               read->offset ? std::optional(topology::Offset(*read->offset)) : std::nullopt);
    ++taken_;
    return {};
  }

  std::size_t taken() const { return taken_; }
  std::size_t skipped() const { return skipped_; }

 private:
  std::int32_t partitions_;
  std::map<std::string, std::vector<LocalLog*>, std::less<>> logs_;  ///< by topic, by partition
  RecordLineReader reader_;
  std::size_t taken_ = 0;
  std::size_t skipped_ = 0;
};

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
    print_error({topology::ErrorCode::usage, std::move(message), std::move(hint)});
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

void print_summary(const FateTotals& fates, const LocalEngine& engine, std::size_t skipped) {
  std::cerr << "read " << fates.read;
  for (std::size_t i = 0; i < ops::record_fate_count; ++i) {
    std::cerr << (i == 0 ? ": " : ", ") << name_of(static_cast<ops::RecordFate>(i)) << " "
              << fates.records[i];
  }
  std::cerr << "; other topics' lines skipped " << skipped << "\n";
  print_image_counts(std::cerr, fates, engine.layout().counted_places());
  for (std::size_t i = 0; i < ops::observation_count; ++i) {
    if (fates.observations[i] == 0) continue;
    std::cerr << name_of(static_cast<ops::Observation>(i)) << " " << fates.observations[i] << "\n";
  }
}

/// One run of `pipe`: reads all inputs, in order.
class Pipe {
 public:
  Pipe(const topology::Plan& plan, LocalEngine& engine, const PipeOptions& options)
      : engine_(engine),
        options_(options),
        feeder_(plan, engine, options.partitions),
        printer_(plan, options) {}

  int run() {
    if (options_.inputs.empty()) {
      if (const int code = read(std::cin, "standard input"); code != 0) return code;
    }
    for (const std::string& input : options_.inputs) {
      std::ifstream file(input, std::ios::binary);
      std::error_code ignored;
      if (!file || std::filesystem::is_directory(input, ignored)) {
        print_error({topology::ErrorCode::cannot_read, "cannot read \"" + input + "\"", "check the path"});
        return 2;
      }
      if (const int code = read(file, input); code != 0) return code;
    }
    if (const int code = work(); code != 0) return code;
    printer_.finish();
    const FateTotals fates = engine_.fates();
    print_summary(fates, engine_, feeder_.skipped());
    if (const std::string imbalance = fates.imbalance(engine_.layout().counted_places());
        !imbalance.empty()) {
      std::cerr << "error: the fates do not add up: " << imbalance << "\n";
      return exit_stopped;
    }
    return 0;
  }

 private:
  static bool standard_input_pauses() {
    if (std::cin.rdbuf()->in_avail() > 0) return false;
    pollfd input{STDIN_FILENO, POLLIN, 0};
    return ::poll(&input, 1, 0) == 0;
  }

  int read(std::istream& input, const std::string& name) {
    std::string line;
    std::size_t number = 0;
    while (std::getline(input, line)) {
      ++number;
      if (!line.empty() && line.back() == '\r') line.pop_back();
      if (line.find_first_not_of(" \t") == std::string::npos) continue;
      if (const auto status = feeder_.feed(line); !status) {
        // What came before it is worked on: it was good.
        if (const int code = work(); code != 0) return code;
        topology::Error error = status.error();
        error.message = name + " line " + std::to_string(number) + ": " + error.message;
        print_error(error);
        return 2;
      }
      // Nobody who types or tails waits for a full commit: what is there is worked on when the input pauses.
      if (feeder_.taken() - worked_ >= options_.commit_every ||
          (&input == &std::cin && standard_input_pauses())) {
        if (const int code = work(); code != 0) return code;
      }
    }
    if (input.bad()) {
      print_error({topology::ErrorCode::cannot_read,
                   name + " line " + std::to_string(number + 1) + ": reading failed",
                   "the file, or the memory for a line of it, ended early"});
      return exit_usage;
    }
    return 0;
  }

  int work() {
    worked_ = feeder_.taken();
    const auto status = engine_.run();
    engine_.drain([&](const VisibleRecord& record) { printer_.take(record); });
    if (!options_.final_tables) std::cout.flush();
    // run_app says that the output cannot be written; here it only ends.
    if (!std::cout) return exit_usage;
    if (status) return 0;
    print_error(status.error());
    return exit_stopped;
  }

  LocalEngine& engine_;
  const PipeOptions& options_;
  LineFeeder feeder_;
  RecordPrinter printer_;
  std::size_t worked_ = 0;
};

}  // namespace

int run_pipe(const PipeOptions& options) {
  std::ios::sync_with_stdio(false);
  int exit_code = 0;
  auto plan = load_plan(options.topology, exit_code);
  if (!plan) return exit_code;
  if (!map_topics(*plan, options.topic_by_source)) return 2;
  const topology::SystemClock clock;
  LocalEngineSettings settings;
  settings.source_partitions = options.partitions;
  settings.commit_every = options.commit_every;
  auto engine = LocalEngine::make(*plan, clock, settings);
  if (!engine) {
    print_error(engine.error());
    return exit_stopped;
  }
  return Pipe(*plan, **engine, options).run();
}

}  // namespace tallymill::processor
