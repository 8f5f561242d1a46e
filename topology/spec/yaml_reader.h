#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "topology/spec/diagnostics.h"

namespace tallymill::topology {

/// Limits on a YAML document; what passes one is refused with the limit and the place.
struct YamlLimits {
  std::size_t bytes_max = 1 << 20;
  std::size_t nodes_max = 100'000;
  std::size_t depth_max = 40;
};

/// A node of a YAML document. A scalar is text, whatever it looks like: the field that it belongs to gives it
/// a type. Keys are scalars, unique within their mapping.
struct YamlNode {
  enum class Kind : std::uint8_t { null, scalar, sequence, mapping };

  struct Entry;

  Kind kind = Kind::null;
  std::string text;   ///< of a scalar
  bool plain = true;  ///< a scalar without quotes and not a block scalar
  bool in_place =
      false;       ///< a scalar that stands in one line of the file letter by letter (but for doubled quotes)
  char quote = 0;  ///< the quote around a scalar that is `in_place`; 0 if there is none
  /// Of a scalar with its quotes, or the bracket that opens a collection. What shows nothing of its own (an
  /// empty value, a collection in block style) has the range of its key.
  SourceRange range;
  std::vector<YamlNode> items;
  std::vector<Entry> entries;

  const YamlNode* find(std::string_view key) const;
};

struct YamlNode::Entry {
  std::string key;
  SourceRange key_range;
  YamlNode value;
};

/// Reads one YAML document. Refuses tags, anchors, aliases, merge keys, duplicate keys, a second document, a
/// BOM, bytes that are no UTF-8, control characters and whatever passes a limit, each with place and remedy;
/// `filter: !is_refund && big` and the other traps of the language get the hint "quote it or use block
/// style". `file` is the index that `diagnostics.add_file` gave for this text. Returns a null node if
/// anything was refused. Takes bounded time and memory on any input, and never throws.
YamlNode read_yaml(std::string_view text, std::uint32_t file, Diagnostics& diagnostics,
                   const YamlLimits& limits = {});

/// The range in the file of `length` bytes at `offset` of a scalar's text. Exact for plain and single-quoted
/// scalars of one line; for others the scalar's beginning.
SourceRange range_within(const YamlNode& scalar, std::size_t offset, std::size_t length);

}  // namespace tallymill::topology
