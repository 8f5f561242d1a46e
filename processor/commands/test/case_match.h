#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "processor/codec/json_tree.h"
#include "topology/spec/yaml_reader.h"

namespace tallymill::processor {

/// Whether a node of a case says null: empty, or a plain `null` or `~`. (To the topology language these are
/// texts.)
bool is_null(const topology::YamlNode& node);

/// Whether JSON is what a node of a case expects: scalars by text (timestamps as points in time), null as
/// null, mappings by subset, or with all fields if `exact`, sequences in full.
bool matches(const topology::YamlNode& expected, const JsonTree& actual, bool exact);

/// A node or a JSON value on one line, for diffs.
std::string to_line(const topology::YamlNode& node);
std::string to_line(const JsonTree& tree);

/// Rows expected in any order against those found. Empty if each row has exactly one partner, else a diff:
/// lines that begin with "- " for what was expected and not found, "+ " for what was found and not expected.
std::string diff_rows(const std::vector<const topology::YamlNode*>& expected,
                      const std::vector<JsonTree>& actual, bool exact);
/// The same in order, one by one.
std::string diff_sequence(const std::vector<const topology::YamlNode*>& expected,
                          const std::vector<JsonTree>& actual, bool exact);

}  // namespace tallymill::processor
