#include "processor/codec/printed_json.h"

#include <simdjson.h>

#include <algorithm>

#include "processor/codec/json_encoder.h"

namespace tallymill::processor {

using simdjson::SUCCESS;
using simdjson::ondemand::field;
using simdjson::ondemand::json_type;
using simdjson::ondemand::object;
using simdjson::ondemand::value;

namespace {

bool mask_object(object fields, std::span<const std::string> names, std::string& out);

bool mask_value(value& json, std::span<const std::string> names, std::string& out) {
  json_type type;
  if (json.type().get(type) != SUCCESS) return false;
  if (type == json_type::object) {
    object nested;
    return json.get_object().get(nested) == SUCCESS && mask_object(nested, names, out);
  }
  if (type == json_type::array) {
    simdjson::ondemand::array items;
    if (json.get_array().get(items) != SUCCESS) return false;
    out += '[';
    for (auto item : items) {
      value each;
      if (item.get(each) != SUCCESS) return false;
      if (out.back() != '[') out += ',';
      if (!mask_value(each, names, out)) return false;
    }
    out += ']';
    return true;
  }
  std::string_view token = json.raw_json_token();
  while (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ') token.remove_suffix(1);
  out += token;
  return true;
}

bool mask_object(object fields, std::span<const std::string> names, std::string& out) {
  out += '{';
  for (auto entry : fields) {
    field each;
    std::string_view name;
    if (std::move(entry).get(each) != SUCCESS || each.unescaped_key().get(name) != SUCCESS) return false;
    if (out.back() != '{') out += ',';
    append_json_string(out, name);
    out += ':';
    if (std::find(names.begin(), names.end(), name) != names.end()) {
      out += "\"***\"";
    } else if (!mask_value(each.value(), names, out)) {
      return false;
    }
  }
  out += '}';
  return true;
}

}  // namespace

std::string mask_fields(std::string_view json, std::span<const std::string> names) {
  simdjson::ondemand::parser parser;
  const simdjson::padded_string padded(json);
  simdjson::ondemand::document document;
  object fields;
  std::string out;
  if (parser.iterate(padded).get(document) == SUCCESS && document.get_object().get(fields) == SUCCESS &&
      mask_object(fields, names, out)) {
    return out;
  }
  return "\"***\"";
}

bool is_json_object(std::string_view text) {
  simdjson::dom::parser parser;
  simdjson::dom::object parsed;
  return parser.parse(simdjson::padded_string(text)).get(parsed) == SUCCESS;
}

std::string on_one_line(std::string_view json) {
  if (json.find_first_of("\r\n") == std::string_view::npos) return std::string(json);
  std::string compact(json.size() + simdjson::SIMDJSON_PADDING, ' ');
  std::size_t size = 0;
  // What is no JSON is not to be called with; its line feeds would break the caller's lines.
  if (simdjson::minify(json.data(), json.size(), compact.data(), size) != SUCCESS) return "null";
  compact.resize(size);
  return compact;
}

std::string as_utf8(std::string_view bytes) {
  if (simdjson::validate_utf8(bytes)) return std::string(bytes);
  std::string text;
  for (const char byte : bytes) {
    if (static_cast<unsigned char>(byte) < 0x80) {
      text += byte;
    } else {
      text += "\xEF\xBF\xBD";
    }
  }
  return text;
}

}  // namespace tallymill::processor
