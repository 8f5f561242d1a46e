#include "processor/codec/json_tree.h"

#include <simdjson.h>

namespace tallymill::processor {
namespace {

JsonTree tree_of(const simdjson::dom::element& element) {
  JsonTree tree;
  switch (element.type()) {
    case simdjson::dom::element_type::NULL_VALUE:
      break;
    case simdjson::dom::element_type::OBJECT: {
      tree.kind = JsonTree::Kind::object;
      simdjson::dom::object fields;
      if (element.get(fields) != simdjson::SUCCESS) break;
      for (const auto field : fields) tree.fields.push_back({std::string(field.key), tree_of(field.value)});
      break;
    }
    case simdjson::dom::element_type::ARRAY: {
      tree.kind = JsonTree::Kind::array;
      simdjson::dom::array items;
      if (element.get(items) != simdjson::SUCCESS) break;
      for (const auto item : items) tree.items.push_back(tree_of(item));
      break;
    }
    case simdjson::dom::element_type::STRING: {
      tree.kind = JsonTree::Kind::string;
      std::string_view text;
      if (element.get(text) == simdjson::SUCCESS) tree.text = text;
      break;
    }
    default:
      tree.kind = JsonTree::Kind::scalar;
      tree.text = simdjson::to_string(element);
      break;
  }
  return tree;
}

}  // namespace

const JsonTree* JsonTree::find(std::string_view name) const {
  for (const auto& [field, value] : fields) {
    if (field == name) return &value;
  }
  return nullptr;
}

std::optional<JsonTree> parse_json_tree(std::string_view text) {
  simdjson::dom::parser parser;
  simdjson::dom::element element;
  if (parser.parse(simdjson::padded_string(text)).get(element) != simdjson::SUCCESS) return std::nullopt;
  return tree_of(element);
}

}  // namespace tallymill::processor
