#include "processor/commands/test/case_file.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <memory>
#include <set>

#include "processor/commands/commands.h"
#include "processor/commands/topology_file.h"

namespace tallymill::processor {
namespace {

using topology::Diagnostics;
using topology::ErrorCode;
using topology::YamlNode;

struct CaseField {
  std::string_view name;
  YamlNode::Kind kind;
  bool is_expectation = false;
  /// Of a mapping: what its values are.
  YamlNode::Kind values = YamlNode::Kind::scalar;
};

using Kind = YamlNode::Kind;
constexpr auto case_fields = std::to_array<CaseField>({
    {"name", Kind::scalar},
    {"topology", Kind::scalar},
    {"input", Kind::sequence},
    {"partitions", Kind::scalar},
    {"commit_every", Kind::scalar},
    {"crash_at", Kind::mapping},
    {"others", Kind::scalar},
    {"exact", Kind::scalar},
    {"expect", Kind::mapping, true, Kind::sequence},
    {"emits", Kind::mapping, true, Kind::sequence},
    {"expect_late", Kind::sequence, true},
    {"expect_dead_letter", Kind::sequence, true},
    {"expect_errors", Kind::sequence, true},
    {"expect_warnings", Kind::sequence, true},
    {"fates", Kind::mapping, true},
    {"images", Kind::mapping, true, Kind::mapping},
    {"observations", Kind::mapping, true},
    {"stops", Kind::scalar, true},
    {"explain", Kind::sequence, true},
});

std::string_view name_of(Kind kind) {
  return kind == Kind::sequence ? "a list" : kind == Kind::mapping ? "a mapping" : "a text";
}

/// Reads the cases of one file; findings go to the diagnostics.
class CaseReader {
 public:
  CaseReader(const std::string& path, Diagnostics& diagnostics) : path_(path), diagnostics_(diagnostics) {}

  std::vector<TestCase> read(const YamlNode& root) {
    std::vector<TestCase> cases;
    const YamlNode* list = root.find("cases");
    if (list == nullptr || list->kind != YamlNode::Kind::sequence || list->items.empty()) {
      error(root, "a case file has a list `cases`");
      return cases;
    }
    for (const YamlNode& node : list->items) {
      TestCase test;
      test.node = &node;
      read_case(root, node, test);
      cases.push_back(std::move(test));
    }
    return cases;
  }

 private:
  void error(const YamlNode& node, std::string message, std::string hint = {}) {
    diagnostics_.error(ErrorCode::invalid_value, node.range, std::move(message), std::move(hint));
  }

  void read_case(const YamlNode& root, const YamlNode& node, TestCase& test) {
    if (node.kind != Kind::mapping)
      return error(node, "a case is a mapping with a `name` and what it expects");
    bool expects = false;
    for (const YamlNode::Entry& entry : node.entries) expects |= check_field(entry);
    if (const YamlNode* name = node.find("name")) test.name = name->text;
    if (test.name.empty()) error(node, "a case needs a name that says what it shows");
    const YamlNode* topology =
        node.find("topology") != nullptr ? node.find("topology") : root.find("topology");
    if (topology == nullptr) {
      error(node, "the case names no topology",
            "write `topology: FILE`, or the text itself behind `topology: |`");
    } else {
      read_topology(*topology, test);
    }
    if (const YamlNode* input = node.find("input")) {
      for (const YamlNode& item : input->items) test.input.push_back(&item);
    }
    read_count(node, "partitions", test.partitions);
    if (test.partitions > partitions_max) {
      error(*node.find("partitions"),
            "there can be " + std::to_string(partitions_max) + " partitions at most");
    }
    read_count(node, "commit_every", test.commit_every);
    if (const YamlNode* crash = node.find("crash_at")) read_crash(*crash, test);
    if (!expects)
      error(node, "the case expects nothing, so it cannot fail", "add `expect:` with the final tables");
  }

  /// Whether the field is an expectation, of the kind that it must be.
  bool check_field(const YamlNode::Entry& entry) {
    const auto field = std::find_if(case_fields.begin(), case_fields.end(),
                                    [&](const CaseField& known) { return known.name == entry.key; });
    if (field == case_fields.end()) {
      error(entry.value, "a case has no field \"" + entry.key + "\"");
      return false;
    }
    bool is_right = entry.value.kind == field->kind;
    if (!is_right) error(entry.value, "`" + entry.key + "` takes " + std::string(name_of(field->kind)));
    if (is_right && field->kind == Kind::mapping && entry.key != "crash_at") {
      for (const YamlNode::Entry& value : entry.value.entries) {
        if (value.value.kind == field->values) continue;
        error(value.value,
              "`" + value.key + "` in `" + entry.key + "` takes " + std::string(name_of(field->values)));
        is_right = false;
      }
    }
    const bool is_flag = entry.key == "exact" || entry.key == "others";
    const std::string_view only = entry.key == "exact" ? "true" : "any";
    if (is_flag && entry.value.text != only)
      error(entry.value, "`" + entry.key + "` is " + std::string(only) + " or left out");
    return is_right && field->is_expectation;
  }

  void read_topology(const YamlNode& node, TestCase& test) {
    if (node.text.find('\n') != std::string::npos) {
      test.topology_text = node.text;
      test.topology_path = "topology";
      return;
    }
    test.topology_path = (std::filesystem::path(path_).parent_path() / node.text).lexically_normal().string();
    auto text = read_file(test.topology_path);
    if (text) {
      test.topology_text = std::move(*text);
    } else {
      error(node, text.error().message);
    }
  }

  template <class Count>
  void read_count(const YamlNode& node, std::string_view field, Count& count) {
    const YamlNode* found = node.find(field);
    if (found == nullptr) return;
    const auto [end, code] =
        std::from_chars(found->text.data(), found->text.data() + found->text.size(), count);
    if (code != std::errc() || end != found->text.data() + found->text.size() || count < 1) {
      error(*found, "`" + std::string(field) + "` is a whole number from 1");
      count = 1;
    }
  }

  void read_crash(const YamlNode& node, TestCase& test) {
    TestCase::Crash crash;
    read_count(node, "commit", crash.commit);
    const YamlNode* step = node.find("step");
    for (const CommitStep known : {CommitStep::flush, CommitStep::begin, CommitStep::produce,
                                   CommitStep::send_offsets, CommitStep::commit, CommitStep::apply}) {
      if (step != nullptr && step->text == name_of(known)) {
        crash.step = known;
        test.crash = crash;
      }
    }
    if (!test.crash) {
      error(node,
            "`crash_at` is { commit: N, step: flush | begin | produce | send_offsets | commit | "
            "apply }");
    }
  }

  const std::string& path_;
  Diagnostics& diagnostics_;
};

}  // namespace

topology::Result<CaseFile> CaseFile::read(const std::string& path) {
  auto text = read_file(path);
  if (!text) return text.error();
  Diagnostics diagnostics;
  const std::uint32_t file = diagnostics.add_file(path, *text);
  CaseFile result;
  result.path_ = path;
  result.root_ = std::make_unique<YamlNode>(read_yaml(*text, file, diagnostics));
  if (!diagnostics.has_errors()) result.cases_ = CaseReader(path, diagnostics).read(*result.root_);
  if (diagnostics.has_errors()) return topology::Error{ErrorCode::bad_yaml, diagnostics.to_text(), {}};
  return result;
}

}  // namespace tallymill::processor
