#include "topology/spec/yaml_reader.h"

#include <algorithm>

#include "topology/expr/utf8.h"
#include "topology/spec/source_text.h"
#include "topology/spec/yaml_checks.h"
#include "topology/spec/yaml_events.h"

namespace tallymill::topology {

const YamlNode* YamlNode::find(std::string_view key) const {
  const auto found =
      std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) { return entry.key == key; });
  return found == entries.end() ? nullptr : &found->value;
}

YamlNode read_yaml(std::string_view text, std::uint32_t file, Diagnostics& diagnostics,
                   const YamlLimits& limits) {
  if (text.size() > limits.bytes_max) {
    diagnostics.error(ErrorCode::bad_yaml, {file, {1, 1}, 1},
                      "the file has more than " + std::to_string(limits.bytes_max) + " bytes",
                      "a topology is smaller than that; check that this is the right file");
    return {};
  }
  const SourceText source(text);
  if (!check_yaml_text(source, file, limits, diagnostics)) return {};
  return parse_yaml(source, file, limits, diagnostics);
}

SourceRange range_within(const YamlNode& scalar, std::size_t offset, std::size_t length) {
  SourceRange range = scalar.range;
  if (!scalar.in_place || offset > scalar.text.size()) {
    range.length = 1;
    return range;
  }
  const auto columns = [&](std::string_view part) {
    const auto doubled = scalar.quote == '\'' ? std::count(part.begin(), part.end(), '\'') : 0;
    return static_cast<std::uint32_t>(count_code_points(part) + doubled);
  };
  const std::string_view text = scalar.text;
  range.begin.column += columns(text.substr(0, offset)) + (scalar.quote == 0 ? 0 : 1);
  range.length = std::max(1U, columns(text.substr(offset, length)));
  return range;
}

}  // namespace tallymill::topology
