#include "processor/commands/test/case_run.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "ops/operator_catalog.h"
#include "processor/commands/test/case_input.h"
#include "processor/commands/test/case_match.h"
#include "processor/local/local_engine.h"
#include "processor/local/record_placement.h"
#include "topology/plan/plan_printer.h"

namespace tallymill::processor {
namespace {

using topology::Diagnostic;
using topology::Diagnostics;
using topology::YamlNode;

/// The clock of a case: it moves only when the case says so.
class ManualClock final : public topology::Clock {
 public:
  topology::EventTime now() const override { return now_; }
  topology::Duration steady() const override { return {now_.microseconds}; }
  void advance(topology::Duration duration) { now_ = saturating_add(now_, duration); }

 private:
  topology::EventTime now_{0};
};

/// Stops at one step of one commit, once.
class CrashOnce final : public CommitProbe {
 public:
  explicit CrashOnce(TestCase::Crash crash) : crash_(crash) {}
  bool stops_at(CommitStep step) override {
    if (step == CommitStep::flush) ++commits_;
    if (has_crashed_ || commits_ != crash_.commit || step != crash_.step) return false;
    has_crashed_ = true;
    return true;
  }
  bool has_crashed() const { return has_crashed_; }

 private:
  TestCase::Crash crash_;
  std::size_t commits_ = 0;
  bool has_crashed_ = false;
};

std::vector<const YamlNode*> items_of(const YamlNode* node) {
  std::vector<const YamlNode*> items;
  if (node == nullptr) return items;
  for (const YamlNode& item : node->items) items.push_back(&item);
  return items;
}

/// What a run left behind: per topic every record in order.
struct Outcome {
  struct Record {
    std::optional<std::string> key;
    std::optional<std::string> value;
    std::vector<std::pair<std::string, std::string>> headers;
  };
  std::map<std::string, std::vector<Record>> topics;
  FateTotals fates;
  std::string imbalance;
  std::optional<topology::Error> stop;
};

JsonTree tree_of(const std::optional<std::string>& bytes) {
  if (!bytes) return {};
  if (auto tree = parse_json_tree(*bytes); tree && tree->kind == JsonTree::Kind::object) return *tree;
  JsonTree text;
  text.kind = JsonTree::Kind::string;
  text.text = *bytes;
  return text;
}

JsonTree object_of(std::vector<JsonTree::Field> fields) {
  JsonTree tree;
  tree.kind = JsonTree::Kind::object;
  tree.fields = std::move(fields);
  return tree;
}

/// Checks one case's expectations; collects what differs.
class Expectations {
 public:
  Expectations(const TestCase& test, const topology::Plan& plan, const Outcome& outcome)
      : node_(*test.node), plan_(plan), outcome_(outcome) {
    const YamlNode* exact = node_.find("exact");
    exact_ = exact != nullptr && exact->text == "true";
  }

  std::string check() {
    check_stop();
    if (!outcome_.imbalance.empty()) report("the fates do not add up: " + outcome_.imbalance, {});
    check_tables();
    check_emits();
    check_late();
    check_dead_letters();
    check_others();
    check_counts("fates", [&](std::string_view name) { return fate(name); });
    check_images();
    check_counts("observations", [&](std::string_view name) { return observation(name); });
    check_explain();
    return report_;
  }

 private:
  void report(const std::string& title, const std::string& diff) { report_ += "  " + title + "\n" + diff; }

  const std::vector<Outcome::Record>& records(const std::string& topic) {
    static const std::vector<Outcome::Record> none;
    seen_.insert(topic);
    const auto found = outcome_.topics.find(topic);
    return found == outcome_.topics.end() ? none : found->second;
  }

  void check_stop() {
    const YamlNode* expected = node_.find("stops");
    if (expected == nullptr && outcome_.stop) report("the engine stopped: " + outcome_.stop->message, {});
    if (expected == nullptr) return;
    if (!outcome_.stop) {
      report("the engine did not stop", {});
    } else if (name_of(outcome_.stop->code) != expected->text) {
      report("the engine stopped with " + std::string(name_of(outcome_.stop->code)) + ": " +
                 outcome_.stop->message,
             {});
    }
  }

  void check_tables() {
    const YamlNode* tables = node_.find("expect");
    if (tables == nullptr) return;
    for (const YamlNode::Entry& table : tables->entries) {
      std::map<std::string, JsonTree> rows;
      std::vector<JsonTree> actual;
      for (const Outcome::Record& record : records(table.key)) {
        if (!record.key) {
          actual.push_back(tree_of(record.value));
        } else if (record.value) {
          rows[*record.key] = tree_of(record.value);
        } else {
          rows.erase(*record.key);
        }
      }
      for (auto& [key, row] : rows) actual.push_back(std::move(row));
      const std::string diff = diff_rows(items_of(&table.value), actual, exact_);
      if (!diff.empty()) report("final table of " + table.key, diff);
    }
  }

  void check_emits() {
    const YamlNode* emits = node_.find("emits");
    if (emits == nullptr) return;
    for (const YamlNode::Entry& topic : emits->entries) {
      std::vector<JsonTree> actual;
      for (const Outcome::Record& record : records(topic.key)) {
        actual.push_back(object_of({{"key", tree_of(record.key)}, {"value", tree_of(record.value)}}));
      }
      const std::string diff = diff_sequence(items_of(&topic.value), actual, exact_);
      if (!diff.empty()) report("records of " + topic.key, diff);
    }
  }

  void check_late() {
    const YamlNode* expected = node_.find("expect_late");
    if (expected == nullptr) return;
    std::vector<JsonTree> actual;
    for (const Outcome::Record& record : records(plan_.late_topic)) actual.push_back(tree_of(record.value));
    const std::string diff = diff_sequence(items_of(expected), actual, exact_);
    if (!diff.empty()) report("late records", diff);
  }

  /// Of a dead letter what the case speaks of; `message` is replaced by the expected part if it contains it.
  static JsonTree letter_tree(const Outcome::Record& record, const YamlNode* expected) {
    JsonTree tree = object_of({{"key", tree_of(record.key)}, {"value", tree_of(record.value)}});
    for (const auto& [name, value] : record.headers) {
      JsonTree text;
      text.kind = JsonTree::Kind::string;
      text.text = value;
      const std::string short_name = name.substr(name.find('.') + 1);
      const YamlNode* part = expected != nullptr ? expected->find(short_name) : nullptr;
      if (short_name == "message" && part != nullptr && value.find(part->text) != std::string::npos) {
        text.text = part->text;
      }
      tree.fields.push_back({short_name, std::move(text)});
    }
    return tree;
  }

  void check_dead_letters() {
    const YamlNode* expected = node_.find("expect_dead_letter");
    if (expected == nullptr) return;
    std::vector<JsonTree> actual;
    const auto& letters = records(plan_.dead_letter_topic);
    for (std::size_t i = 0; i < letters.size(); ++i) {
      actual.push_back(letter_tree(letters[i], i < expected->items.size() ? &expected->items[i] : nullptr));
    }
    const std::string diff = diff_sequence(items_of(expected), actual, false);
    if (!diff.empty()) report("dead letters", diff);
  }

  void check_others() {
    const YamlNode* others = node_.find("others");
    if (others != nullptr && others->text == "any") return;
    for (const auto& [topic, records] : outcome_.topics) {
      if (seen_.contains(topic) || records.empty()) continue;
      std::string diff;
      for (const Outcome::Record& record : records) {
        diff += "    + " + to_line(letter_tree(record, nullptr)) + "\n";
      }
      report("topic " + topic + " should be empty (the case does not name it)", diff);
    }
  }

  template <class Count>
  void check_counts(std::string_view field, Count count) {
    const YamlNode* expected = node_.find(field);
    if (expected == nullptr) return;
    for (const YamlNode::Entry& entry : expected->entries) {
      const std::optional<std::uint64_t> actual = count(entry.key);
      const std::string text = actual ? std::to_string(*actual) : "no such count";
      if (text != entry.value.text) {
        report(std::string(field) + " " + entry.key, "    - " + entry.value.text + "\n    + " + text + "\n");
      }
    }
  }

  std::optional<std::uint64_t> fate(std::string_view name) const {
    if (name == "read") return outcome_.fates.read;
    for (std::size_t i = 0; i < ops::record_fate_count; ++i) {
      if (name_of(static_cast<ops::RecordFate>(i)) == name) return outcome_.fates.records[i];
    }
    return std::nullopt;
  }

  /// Of a pipeline by its name, of a step as PIPELINE.STEP: `received` and each fate.
  void check_images() {
    const YamlNode* expected = node_.find("images");
    if (expected == nullptr) return;
    const CountedPlaces places = CountedPlaces::of(plan_);
    for (const YamlNode::Entry& place : expected->entries) {
      const ImageCounts* counts = counts_at(place.key, places);
      for (const YamlNode::Entry& entry : place.value.entries) {
        const std::string text =
            counts == nullptr ? "no such pipeline or step" : image_count(*counts, entry.key);
        if (text != entry.value.text) {
          report("images " + place.key + " " + entry.key,
                 "    - " + entry.value.text + "\n    + " + text + "\n");
        }
      }
    }
  }

  const ImageCounts* counts_at(std::string_view name, const CountedPlaces& places) const {
    if (const auto pipeline = places.find(name)) return &outcome_.fates.pipelines[*pipeline];
    const std::size_t point = name.find('.');
    if (point == std::string_view::npos) return nullptr;
    const auto step = places.find(name.substr(0, point), name.substr(point + 1));
    return step ? &outcome_.fates.steps[*step] : nullptr;
  }

  static std::string image_count(const ImageCounts& counts, std::string_view name) {
    if (name == "received") return std::to_string(counts.received);
    for (std::size_t i = 0; i < ops::image_fate_count; ++i) {
      if (name_of(static_cast<ops::ImageFate>(i)) == name) return std::to_string(counts.by_fate[i]);
    }
    return "no such count";
  }

  std::optional<std::uint64_t> observation(std::string_view name) const {
    for (std::size_t i = 0; i < ops::observation_count; ++i) {
      if (name_of(static_cast<ops::Observation>(i)) == name) return outcome_.fates.observations[i];
    }
    return std::nullopt;
  }

  void check_explain() {
    const std::string text = print_plan(plan_);
    for (const YamlNode* part : items_of(node_.find("explain"))) {
      if (text.find(part->text) == std::string::npos) report("explain lacks \"" + part->text + "\"", text);
    }
  }

  const YamlNode& node_;
  const topology::Plan& plan_;
  const Outcome& outcome_;
  bool exact_ = false;
  std::set<std::string> seen_;
  std::string report_;
};

/// The findings of lint of one severity against those that the case lists; `what` names them.
std::string check_findings(const YamlNode* expected, const Diagnostics& diagnostics,
                           topology::Severity severity, const std::string& what) {
  if (expected == nullptr) return {};
  std::vector<Diagnostic> errors;
  for (const Diagnostic& diagnostic : diagnostics.sorted()) {
    if (diagnostic.severity == severity) errors.push_back(diagnostic);
  }
  std::vector<JsonTree> actual;
  for (std::size_t i = 0; i < errors.size(); ++i) {
    const auto scalar = [](std::string text) {
      JsonTree tree;
      tree.kind = JsonTree::Kind::scalar;
      tree.text = std::move(text);
      return tree;
    };
    std::string message = errors[i].message + " (hint: " + errors[i].hint + ")";
    const YamlNode* part = i < expected->items.size() ? expected->items[i].find("message") : nullptr;
    if (part != nullptr && message.find(part->text) != std::string::npos) message = part->text;
    actual.push_back(object_of({{"code", scalar(std::string(name_of(errors[i].code)))},
                                {"line", scalar(std::to_string(errors[i].range.begin.line))},
                                {"column", scalar(std::to_string(errors[i].range.begin.column))},
                                {"message", scalar(message)}}));
  }
  const std::string diff = diff_sequence(items_of(expected), actual, false);
  return diff.empty() ? std::string() : "  " + what + " of lint\n" + diff;
}

/// By topic.
using Placements = std::map<std::string, RecordPlacement>;

Placements placements_of(const topology::Plan& plan, std::int32_t partitions) {
  Placements placements;
  for (const topology::SourcePlan& source : plan.sources) {
    for (const std::string& topic : source.declaration.topics)
      placements.emplace(topic, RecordPlacement(source, partitions));
  }
  return placements;
}

void feed(const CaseRecord& record, const Placements& placements, LocalEngine& engine, std::size_t index) {
  LocalRecord local;
  local.key = record.key;
  local.value = record.value;
  local.timestamp_ms = record.timestamp_ms >= 0 ? record.timestamp_ms : static_cast<std::int64_t>(index);
  const topology::Partition partition =
      placements.at(record.topic).place(local, record.has_key, record.partition);
  engine.input({record.topic, partition})
      .append(std::move(local),
              record.offset ? std::optional(topology::Offset(*record.offset)) : std::nullopt);
}

Outcome run_engine(const TestCase& test, const Placements& placements, const std::vector<CaseRecord>& records,
                   ManualClock& clock, LocalEngine& engine) {
  Outcome outcome;
  const auto work = [&] {
    if (outcome.stop) return;
    if (const auto status = engine.run(); !status) outcome.stop = status.error();
    engine.drain([&](const VisibleRecord& visible) {
      outcome.topics[visible.from->topic].push_back(
          {visible.record->key, visible.record->value, visible.record->headers});
    });
  };
  std::size_t waiting = 0;
  for (std::size_t i = 0; i < records.size(); ++i) {
    clock.advance(records[i].time_advance);
    if (records[i].is_commit || records[i].time_advance.microseconds > 0) {
      work();
      waiting = 0;
      continue;
    }
    feed(records[i], placements, engine, i);
    // Cases say when a commit is; records of several partitions then come in the order of the case.
    if (++waiting < test.commit_every) continue;
    work();
    waiting = 0;
  }
  work();
  outcome.fates = engine.fates();
  outcome.imbalance = outcome.stop ? "" : outcome.fates.imbalance(engine.layout().counted_places());
  return outcome;
}

}  // namespace

std::string run_case(const TestCase& test, const std::string& directory) {
  Diagnostics diagnostics;
  const auto loaded = topology::load_topology(
      test.topology_text, test.topology_path,
      std::filesystem::path(test.topology_path).parent_path().string(), ops::operator_catalog(), diagnostics);
  const YamlNode* errors = test.node->find("expect_errors");
  const YamlNode* warnings = test.node->find("expect_warnings");
  if (errors != nullptr || (warnings != nullptr && loaded.plan)) {
    return check_findings(errors, diagnostics, topology::Severity::error, "errors") +
           check_findings(warnings, diagnostics, topology::Severity::warning, "warnings");
  }
  if (!loaded.plan) return "  the topology has errors\n" + diagnostics.to_text();

  const auto records = CaseInput(*loaded.plan, directory).read(test.input);
  if (!records) return "  " + records.error().message + "\n";
  ManualClock clock;
  std::optional<CrashOnce> crash;
  if (test.crash) crash.emplace(*test.crash);
  LocalEngineSettings settings;
  settings.source_partitions = test.partitions;
  settings.commit_every = std::max<std::size_t>(test.commit_every, 1);
  settings.probe = crash ? &*crash : nullptr;
  if (crash) settings.durability = Durability::changelogs;
  for (const CaseRecord& record : *records) {
    if (record.partition.value_or(0) < test.partitions) continue;
    return "  an input is of partition " + std::to_string(*record.partition) + ", and there are " +
           std::to_string(test.partitions) + " (`partitions`)\n";
  }
  auto engine = LocalEngine::make(*loaded.plan, clock, settings);
  if (!engine) return "  " + engine.error().message + "\n";
  const Outcome outcome =
      run_engine(test, placements_of(*loaded.plan, test.partitions), *records, clock, **engine);
  std::string report = Expectations(test, *loaded.plan, outcome).check();
  if (crash && !crash->has_crashed()) report += "  the crash did not happen: there were fewer commits\n";
  return report;
}

}  // namespace tallymill::processor
