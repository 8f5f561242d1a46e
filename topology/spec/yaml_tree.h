#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "topology/spec/diagnostics.h"
#include "topology/spec/source_text.h"
#include "topology/spec/yaml_reader.h"
#include "topology/spec/yaml_traps.h"

namespace tallymill::topology {

/// Builds a YamlNode from a parser's events, in order, and refuses what the language has no place for.
/// Offsets are bytes of the source. An event that returns false must be the last one.
class YamlTree {
 public:
  YamlTree(const SourceText& source, std::uint32_t file, const YamlLimits& limits, Diagnostics& diagnostics)
      : source_(source), file_(file), limits_(limits), diagnostics_(diagnostics) {}

  bool begin_document(std::size_t offset);
  /// An empty value, or a plain scalar that YAML takes for null.
  bool add_null(std::size_t offset);
  bool add_alias(std::size_t offset);
  bool add_scalar(std::size_t offset, std::string_view text, bool plain);
  bool begin_collection(std::size_t offset, YamlNode::Kind kind, bool in_brackets);
  void end_collection();

  /// What the parser could not read at `offset`.
  void refuse_syntax(YamlSyntax kind, std::size_t offset, std::string_view library_message);

  /// The document; null if anything was refused.
  YamlNode root() &&;

 private:
  /// A collection that is being read, and in a mapping the key whose value comes next.
  struct Open {
    YamlNode node;
    bool has_key = false;
    YamlNode::Entry entry;
  };

  /// Counts the node and refuses its tag or anchor.
  bool begin_node(std::size_t offset);
  bool awaits_key() const;
  /// What a value is shown as that shows nothing of its own: its key, or the list that it is in.
  SourceRange owner_range(std::size_t offset) const;
  bool add_key(YamlNode node, std::size_t offset);
  void place(YamlNode node);
  void refuse_duplicate_keys(const YamlNode& mapping);
  void error(ErrorCode code, SourceRange range, std::string message, std::string hint);
  SourceRange range_at(std::size_t offset) const { return {file_, source_.position(offset), 1}; }

  const SourceText& source_;
  std::uint32_t file_;
  YamlLimits limits_;
  Diagnostics& diagnostics_;
  std::vector<Open> open_;
  YamlNode root_;
  std::size_t node_count_ = 0;
  std::size_t document_count_ = 0;
  std::size_t last_offset_ = 0;
  bool refused_ = false;
};

}  // namespace tallymill::topology
