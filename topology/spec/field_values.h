#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "topology/spec/field_spec.h"

namespace tallymill::topology {

/// Whether `text` may name a column, source, pipeline or step: [A-Za-z_][A-Za-z0-9_-]*, at most 200 bytes.
bool is_name(std::string_view text);

/// `did you mean "name"?`
std::string did_you_mean_hint(std::string_view name);

/// "did you mean ..?" for a misspelt name; empty if no candidate is near. Also empty once so much was found
/// that the hint would not be shown, or among so many candidates that a hostile file could make the search
/// long.
std::string did_you_mean(std::string_view name, const std::vector<std::string>& candidates,
                         const Diagnostics& diagnostics);

/// Reads single values of fields. `what` names the field in messages, such as `"by" in step aggregate`.
/// Everything refused is added to the diagnostics, and then nothing is returned.
class FieldValueReader {
 public:
  explicit FieldValueReader(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  std::optional<std::string> text(const YamlNode& node, const std::string& what);
  std::optional<bool> boolean(const YamlNode& node, const std::string& what);
  std::optional<std::int64_t> integer(const YamlNode& node, const std::string& what);
  std::optional<Duration> duration(const YamlNode& node, const std::string& what);
  std::optional<std::string> choice(const YamlNode& node, std::span<const Choice> choices,
                                    const std::string& what);
  std::optional<NameUse> name(const YamlNode& node, const std::string& what);
  std::optional<ExpressionText> expression(const YamlNode& node, const std::string& what);
  /// A list, or one item without brackets; items are names if `as_names`, else any text. No item stands
  /// twice.
  std::optional<std::vector<NameUse>> list(const YamlNode& node, bool as_names, const std::string& what);
  /// A mapping from new columns to expressions or aggregate calls; no entry is an error.
  std::optional<std::vector<NamedExpression>> expressions(const YamlNode& node, const std::string& what);
  /// A mapping from any text to any text.
  std::optional<std::vector<NamedExpression>> texts(const YamlNode& node, const std::string& what);
  std::optional<std::vector<GroupItem>> groups(const YamlNode& node, const std::string& what);

 private:
  bool expect_scalar(const YamlNode& node, std::string_view expected, const std::string& what);
  bool expect_mapping(const YamlNode& node, const std::string& what);
  std::optional<GroupItem> group(const YamlNode& node, const std::string& what);
  void refuse(SourceRange range, std::string message, std::string hint);

  Diagnostics& diagnostics_;
};

}  // namespace tallymill::topology
