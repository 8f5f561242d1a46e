#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "topology/spec/document.h"

namespace {

using tallymill::topology::Diagnostics;
using tallymill::topology::FieldSpec;
using tallymill::topology::FieldType;
using tallymill::topology::OperatorSpec;
using tallymill::topology::YamlNode;

/// Whether range_within stays within the file for every scalar, and depth and keys are what the reader
/// promises.
void check(const YamlNode& node, std::size_t depth) {
  if (depth > tallymill::topology::YamlLimits().depth_max) std::abort();
  if (node.kind == YamlNode::Kind::scalar) {
    const auto range = range_within(node, node.text.size() / 2, node.text.size());
    if (range.length == 0 || range.begin.line == 0 || range.begin.column == 0) std::abort();
  }
  for (const YamlNode& item : node.items) check(item, depth + 1);
  for (const YamlNode::Entry& entry : node.entries) {
    if (node.find(entry.key) != &entry.value) std::abort();
    check(entry.value, depth + 1);
  }
}

constexpr FieldSpec expression_specs[] = {{.name = "", .type = FieldType::expression, .required = true}};
constexpr FieldSpec group_specs[] = {
    {.name = "by", .type = FieldType::groups},
    {.name = "compute", .type = FieldType::aggregates, .required = true},
};
constexpr OperatorSpec filter = {.name = "filter", .fields = expression_specs};
constexpr OperatorSpec aggregate = {.name = "aggregate", .fields = group_specs, .keeps_state = true};
constexpr const OperatorSpec* operators[] = {&filter, &aggregate};

}  // namespace

/// Any bytes are read or refused, as YAML and as a topology, with a text that can be shown.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Diagnostics diagnostics;
  const YamlNode root = read_yaml(text, diagnostics.add_file("fuzz", text), diagnostics);
  if (diagnostics.has_errors() && root.kind != YamlNode::Kind::null) std::abort();
  check(root, 0);

  Diagnostics findings;
  read_document(text, "fuzz", "nowhere", operators, findings);
  if (findings.to_text().empty()) std::abort();
  return 0;
}
