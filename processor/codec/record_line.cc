#include "processor/codec/record_line.h"

#include <simdjson.h>

#include <algorithm>

#include "processor/codec/json_encoder.h"

namespace tallymill::processor {

using simdjson::SUCCESS;
using simdjson::ondemand::field;
using simdjson::ondemand::json_type;
using simdjson::ondemand::object;
using simdjson::ondemand::value;
using topology::Error;
using topology::ErrorCode;

struct RecordLineReader::Implementation {
  simdjson::ondemand::parser parser;
  std::string padded;  ///< the line with the bytes behind it that simdjson may read
};

RecordLineReader::RecordLineReader() : implementation_(std::make_unique<Implementation>()) {}
RecordLineReader::~RecordLineReader() = default;

namespace {

Error no_record() {
  return {ErrorCode::malformed_record, "the line is no JSON object",
          "a line is a change envelope, or {\"topic\":..,\"key\":..,\"value\":..}"};
}

Error bad_value(const std::string& field) {
  const bool is_number = field == "partition" || field == "offset";
  return {ErrorCode::malformed_record, "the line's field \"" + field + "\" cannot be read",
          is_number ? "it is a whole number from 0" : "it is a text in UTF-8, JSON, or null"};
}

/// Bytes of a key or value: a text's content, anything else as JSON; nothing for null. False: not
/// well-formed.
bool read_bytes(value& json, std::optional<std::string_view>& bytes) {
  json_type type;
  if (json.type().get(type) != SUCCESS) return false;
  if (type == json_type::null) {
    bytes.reset();
    return json.is_null();
  }
  std::string_view text;
  if (type == json_type::string) {
    if (json.get_string().get(text) != SUCCESS) return false;
  } else if (type == json_type::object || type == json_type::array) {
    if (json.raw_json_token().empty()) return false;
    simdjson::ondemand::object as_object;
    simdjson::ondemand::array as_array;
    if (type == json_type::object) {
      if (json.get_object().get(as_object) != SUCCESS || as_object.raw_json().get(text) != SUCCESS)
        return false;
    } else if (json.get_array().get(as_array) != SUCCESS || as_array.raw_json().get(text) != SUCCESS) {
      return false;
    }
  } else {
    text = json.raw_json_token();
    while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  }
  bytes = text;
  return true;
}

/// Offsets beyond this leave no room for those behind them.
constexpr std::int64_t offset_max = std::int64_t{1} << 62;

template <class Integer>
bool read_integer(value& json, std::int64_t most, std::optional<Integer>& out) {
  json_type type;
  if (json.type().get(type) != SUCCESS) return false;
  if (type == json_type::null) return json.is_null();
  std::int64_t number = 0;
  if (json.get_int64().get(number) != SUCCESS || number < 0 || number > most) return false;
  out = static_cast<Integer>(number);
  return true;
}

struct Seen {
  bool key = false;
  bool value = false;
};

bool read_field(std::string_view name, value& json, RecordLine& line, Seen& seen) {
  if (name == "value") {
    seen.value = true;
    return read_bytes(json, line.value);
  }
  if (name == "key") {
    seen.key = true;
    return read_bytes(json, line.key);
  }
  if (name == "topic") {
    std::string_view topic;
    // A field of that name may belong to a bare envelope; what is no text is not a topic.
    if (json.get_string().get(topic) == SUCCESS) line.topic = topic;
    return true;
  }
  if (name == "partition")
    return read_integer(json, std::numeric_limits<std::int32_t>::max() - 1, line.partition);
  if (name == "offset") return read_integer(json, offset_max, line.offset);
  if (name == "timestamp") {
    std::int64_t time_ms = 0;
    // -1 is Kafka's own "none"; a bare envelope may have anything here.
    if (json.get_int64().get(time_ms) == SUCCESS && time_ms >= 0) line.timestamp_ms = time_ms;
    return true;
  }
  return true;
}

}  // namespace

topology::Result<RecordLine> RecordLineReader::read(std::string_view line) {
  Implementation& state = *implementation_;
  state.padded.assign(line);
  state.padded.reserve(line.size() + simdjson::SIMDJSON_PADDING);
  simdjson::ondemand::document document;
  const simdjson::padded_string_view padded(state.padded.data(), line.size(), state.padded.capacity());
  object fields;
  if (state.parser.iterate(padded).get(document) != SUCCESS || document.get_object().get(fields) != SUCCESS) {
    return no_record();
  }
  RecordLine result;
  Seen seen;
  std::string bad_field;
  for (auto entry : fields) {
    field each;
    std::string_view name;
    if (std::move(entry).get(each) != SUCCESS || each.unescaped_key().get(name) != SUCCESS)
      return no_record();
    if (!read_field(name, each.value(), result, seen) && bad_field.empty()) bad_field = name;
  }
  if (seen.value && (seen.key || result.topic)) {
    // Behind the object there must be nothing: then there is no location either.
    if (document.current_location().error() == SUCCESS) return no_record();
    if (!bad_field.empty()) return bad_value(bad_field);
    return result;
  }
  // A bare envelope; the decoder says whether it is one.
  RecordLine bare;
  bare.value = std::string_view(state.padded);
  return bare;
}

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

}  // namespace tallymill::processor
