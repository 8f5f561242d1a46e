#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tallymill::processor {

/// A JSON value as a tree, for tests and tools; the record path never builds one.
struct JsonTree {
  enum class Kind : std::uint8_t { null, scalar, string, array, object };
  Kind kind = Kind::null;
  std::string text;  ///< of a string: its content; of a number or boolean: as written
  std::vector<JsonTree> items;
  struct Field;
  std::vector<Field> fields;

  const JsonTree* find(std::string_view name) const;
};

/// A name and its value in an object.
struct JsonTree::Field {
  std::string name;
  JsonTree value;
};

/// Nothing if `text` is no JSON.
std::optional<JsonTree> parse_json_tree(std::string_view text);

}  // namespace tallymill::processor
