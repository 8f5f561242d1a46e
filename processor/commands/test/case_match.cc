#include "processor/commands/test/case_match.h"

#include <algorithm>

#include "topology/base/time.h"

namespace tallymill::processor {

using topology::YamlNode;

bool is_null(const YamlNode& node) {
  if (node.kind == YamlNode::Kind::null) return true;
  return node.kind == YamlNode::Kind::scalar && node.plain && (node.text == "null" || node.text == "~");
}

bool matches(const YamlNode& expected, const JsonTree& actual, bool exact) {
  if (is_null(expected)) return actual.kind == JsonTree::Kind::null;
  switch (expected.kind) {
    case YamlNode::Kind::null:
      return false;
    case YamlNode::Kind::scalar: {
      if (actual.kind != JsonTree::Kind::scalar && actual.kind != JsonTree::Kind::string) return false;
      if (expected.text == actual.text) return true;
      // A case may write a time without the six fraction digits that the wire has.
      const auto expected_time = topology::parse_instant(expected.text);
      return expected_time && expected_time == topology::parse_instant(actual.text);
    }
    case YamlNode::Kind::sequence: {
      if (actual.kind != JsonTree::Kind::array || actual.items.size() != expected.items.size()) return false;
      for (std::size_t i = 0; i < expected.items.size(); ++i) {
        if (!matches(expected.items[i], actual.items[i], exact)) return false;
      }
      return true;
    }
    case YamlNode::Kind::mapping: {
      if (actual.kind != JsonTree::Kind::object) return false;
      if (exact && actual.fields.size() != expected.entries.size()) return false;
      for (const YamlNode::Entry& entry : expected.entries) {
        const JsonTree* field = actual.find(entry.key);
        if (field == nullptr || !matches(entry.value, *field, exact)) return false;
      }
      return true;
    }
  }
  return false;
}

std::string to_line(const YamlNode& node) {
  std::string line;
  switch (node.kind) {
    case YamlNode::Kind::null:
      return "null";
    case YamlNode::Kind::scalar:
      return node.text;
    case YamlNode::Kind::sequence:
      for (const YamlNode& item : node.items) line += (line.empty() ? "" : ", ") + to_line(item);
      return "[" + line + "]";
    case YamlNode::Kind::mapping:
      for (const YamlNode::Entry& entry : node.entries) {
        line += (line.empty() ? "" : ", ") + entry.key + ": " + to_line(entry.value);
      }
      return "{" + line + "}";
  }
  return line;
}

std::string to_line(const JsonTree& tree) {
  std::string line;
  switch (tree.kind) {
    case JsonTree::Kind::null:
      return "null";
    case JsonTree::Kind::scalar:
    case JsonTree::Kind::string:
      return tree.text;
    case JsonTree::Kind::array:
      for (const JsonTree& item : tree.items) line += (line.empty() ? "" : ", ") + to_line(item);
      return "[" + line + "]";
    case JsonTree::Kind::object:
      for (const auto& [name, value] : tree.fields)
        line += (line.empty() ? "" : ", ") + name + ": " + to_line(value);
      return "{" + line + "}";
  }
  return line;
}

std::string diff_rows(const std::vector<const YamlNode*>& expected, const std::vector<JsonTree>& actual,
                      bool exact) {
  // Each expected row looks for a partner, and may send one away that finds another (augmenting paths), so
  // that the order in which subsets are written does not matter.
  constexpr std::size_t nobody = static_cast<std::size_t>(-1);
  std::vector<std::size_t> partner_of(actual.size(), nobody);
  std::vector<bool> found(expected.size(), false);
  std::vector<bool> tried;
  const auto seek = [&](const auto& self, std::size_t row) -> bool {
    for (std::size_t i = 0; i < actual.size(); ++i) {
      if (tried[i] || !matches(*expected[row], actual[i], exact)) continue;
      tried[i] = true;
      if (partner_of[i] == nobody || self(self, partner_of[i])) {
        partner_of[i] = row;
        return true;
      }
    }
    return false;
  };
  std::string diff;
  for (std::size_t row = 0; row < expected.size(); ++row) {
    tried.assign(actual.size(), false);
    if (!seek(seek, row)) diff += "    - " + to_line(*expected[row]) + "\n";
  }
  for (std::size_t i = 0; i < actual.size(); ++i) {
    if (partner_of[i] == nobody) diff += "    + " + to_line(actual[i]) + "\n";
  }
  return diff;
}

std::string diff_sequence(const std::vector<const YamlNode*>& expected, const std::vector<JsonTree>& actual,
                          bool exact) {
  std::string diff;
  bool differs = expected.size() != actual.size();
  for (std::size_t i = 0; i < std::max(expected.size(), actual.size()); ++i) {
    const bool same = i < expected.size() && i < actual.size() && matches(*expected[i], actual[i], exact);
    differs = differs || !same;
    if (same) {
      diff += "      " + to_line(actual[i]) + "\n";
      continue;
    }
    if (i < expected.size()) diff += "    - " + to_line(*expected[i]) + "\n";
    if (i < actual.size()) diff += "    + " + to_line(actual[i]) + "\n";
  }
  return differs ? diff : std::string();
}

}  // namespace tallymill::processor
