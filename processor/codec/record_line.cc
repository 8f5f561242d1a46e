#include "processor/codec/record_line.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "processor/codec/json_encoder.h"
#include "processor/codec/json_text.h"
#include "processor/codec/lenient_json.h"
#include "topology/base/time.h"

namespace tallymill::processor {

using simdjson::SUCCESS;
using simdjson::ondemand::document;
using simdjson::ondemand::field;
using simdjson::ondemand::json_type;
using simdjson::ondemand::object;
using simdjson::ondemand::value;
using topology::Error;
using topology::ErrorCode;

namespace {

/// Fields that say something of what a line is.
enum class LineField : std::uint8_t {
  topic,
  partition,
  offset,
  timestamp,
  key,
  value,
  headers,     // kcat, rpk
  value_size,  // rpk, which leaves the value out with --meta-only
  payload,
  timestamp_type,
  kcat_timestamp,
  broker,
  key_schema,
  value_schema,
  key_error,
  payload_error,  // kcat
  operation,
  before,
  after,
  source,
  meta_operation,
  meta_deleted,  // Debezium
};

constexpr std::pair<std::string_view, LineField> line_fields[] = {
    {"topic", LineField::topic},
    {"partition", LineField::partition},
    {"offset", LineField::offset},
    {"timestamp", LineField::timestamp},
    {"key", LineField::key},
    {"value", LineField::value},
    {"headers", LineField::headers},
    {"value_size", LineField::value_size},
    {"payload", LineField::payload},
    {"tstype", LineField::timestamp_type},
    {"ts", LineField::kcat_timestamp},
    {"broker", LineField::broker},
    {"key_schema_id", LineField::key_schema},
    {"value_schema_id", LineField::value_schema},
    {"key_error", LineField::key_error},
    {"payload_error", LineField::payload_error},
    {"op", LineField::operation},
    {"before", LineField::before},
    {"after", LineField::after},
    {"source", LineField::source},
    {"__op", LineField::meta_operation},
    {"__deleted", LineField::meta_deleted},
};

template <class... Fields>
constexpr std::uint32_t bits(Fields... fields) {
  return ((1u << static_cast<unsigned>(fields)) | ...);
}

constexpr std::uint32_t place_fields = bits(LineField::topic, LineField::partition, LineField::offset);
constexpr std::uint32_t kcat_errors = bits(LineField::key_error, LineField::payload_error);
constexpr std::uint32_t kcat_needs = place_fields | bits(LineField::key, LineField::payload);
constexpr std::uint32_t kcat_marks = bits(LineField::timestamp_type, LineField::broker);  // one or both
constexpr std::uint32_t kcat_fields =
    kcat_needs | kcat_marks | kcat_errors |
    bits(LineField::kcat_timestamp, LineField::headers, LineField::key_schema, LineField::value_schema);
constexpr std::uint32_t rpk_needs = place_fields | bits(LineField::timestamp);
constexpr std::uint32_t rpk_fields =
    rpk_needs | bits(LineField::key, LineField::value, LineField::headers, LineField::value_size);

std::optional<LineField> line_field(std::string_view name) {
  for (const auto& [known, field] : line_fields) {
    if (known == name) return field;
  }
  return std::nullopt;
}

constexpr std::string_view blanks = " \t\r\n";

/// As kafka-console-consumer prints it, and kcat with -Z.
bool says_null(std::string_view text) { return text == "null" || text == "NULL"; }

/// The key of a line on which kcat has written a key, a tab and nothing: it prints a null so.
std::optional<std::string_view> key_without_value(std::string_view line) {
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  if (!line.ends_with('\t')) return std::nullopt;
  line.remove_suffix(1);
  if (line.empty() || line.find('\t') != std::string_view::npos) return std::nullopt;
  return line;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// What stands behind the JSON object that the line begins with; empty if it begins with none.
std::string_view behind_object(std::string_view line) {
  std::size_t depth = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '"') in_text = !in_text;
    if (in_text && c == '\\') ++i;
    if (in_text) continue;
    if (c == '{') ++depth;
    if (c == '}' && --depth == 0) return is_json(line.substr(0, i + 1)) ? line.substr(i + 1) : std::string_view();
  }
  return {};
}

Error no_record(std::string_view line) {
  constexpr std::string_view forms =
      "a line is a change envelope, or {\"topic\":..,\"key\":..,\"value\":..}; `tallymill pipe --help` lists "
      "the "
      "tools whose output is read";
  if (!simdjson::validate_utf8(line)) {
    return {ErrorCode::malformed_record, "the line is not UTF-8",
            "what is not text, such as Avro, must be printed as JSON by the tool that reads the topic"};
  }
  if (line.starts_with('[')) {
    return {ErrorCode::malformed_record, "the line is a JSON array, and a line is one record",
            "`jq -c '.[]'` writes the items of an array as lines"};
  }
  if (line.starts_with('{')) {
    // Behind a tab stands the value of a key, which is what is broken.
    if (const std::string_view rest = behind_object(line); !rest.empty() && !rest.starts_with('\t')) {
      const bool is_value = rest.find('{') != std::string_view::npos;
      return {ErrorCode::malformed_record,
              "something stands behind the line's JSON object, and a line is one record",
              is_value ? "if it is a key and a value, let the consumer write a tab between them (kcat -K '\\t', "
                         "kafka-console-consumer's own separator); `jq -c .` writes objects that stand behind each "
                         "other as lines"
                       : "`jq -c .` writes objects that stand behind each other as lines"};
    }
    return {ErrorCode::malformed_record, "the line begins a JSON object that is broken", std::string(forms)};
  }
  return {ErrorCode::malformed_record, "the line is no JSON object", std::string(forms)};
}

Error bad_value(std::string_view field) {
  const bool is_number = field == "partition" || field == "offset";
  return {ErrorCode::malformed_record, "the line's field \"" + std::string(field) + "\" cannot be read",
          is_number ? "it is a whole number from 0" : "it is a text in UTF-8, JSON, or null"};
}

/// False also where the JSON is broken.
bool is_null(value& json) {
  bool is_it = false;
  return json.is_null().get(is_it) == SUCCESS && is_it;
}

/// Bytes of a key or value: a text's content, anything else as JSON; nothing for null. False: not
/// well-formed.
bool read_bytes(value& json, std::optional<std::string_view>& bytes) {
  json_type type;
  if (json.type().get(type) != SUCCESS) return false;
  if (type == json_type::null) {
    bytes.reset();
    return is_null(json);
  }
  std::string_view text;
  if (type == json_type::string) {
    if (json.get_string().get(text) != SUCCESS) return false;
  } else if (type == json_type::object) {
    object as_object;
    if (json.get_object().get(as_object) != SUCCESS || as_object.raw_json().get(text) != SUCCESS)
      return false;
  } else if (type == json_type::array) {
    simdjson::ondemand::array as_array;
    if (json.get_array().get(as_array) != SUCCESS || as_array.raw_json().get(text) != SUCCESS) return false;
  } else {
    text = token_of(json);
  }
  bytes = text;
  return true;
}

/// Offsets beyond this leave no room for those behind them.
constexpr std::int64_t offset_max = std::int64_t{1} << 62;
constexpr std::int64_t partition_max = std::numeric_limits<std::int32_t>::max() - 1;

template <class Integer>
bool read_integer(value& json, std::int64_t most, std::optional<Integer>& out) {
  json_type type;
  if (json.type().get(type) != SUCCESS) return false;
  if (type == json_type::null) return is_null(json);
  std::int64_t number = 0;
  if (json.get_int64().get(number) != SUCCESS || number < 0 || number > most) return false;
  out = static_cast<Integer>(number);
  return true;
}

/// Milliseconds, or a date and time as text. Anything else is none: -1 is Kafka's own, and a row may have a
/// field of this name.
void read_timestamp(value& json, std::optional<std::int64_t>& out) {
  std::int64_t time_ms = 0;
  std::string_view text;
  if (json.get_int64().get(time_ms) == SUCCESS) {
    if (time_ms >= 0) out = time_ms;
  } else if (json.get_string().get(text) == SUCCESS) {
    const auto instant = topology::parse_instant(text);
    const auto time = instant ? to_event_time(*instant) : std::nullopt;
    if (time && time->microseconds >= 0) out = time->microseconds / 1000;
  }
}

/// What the top level of a line's object holds.
struct LineObject {
  RecordLine line;
  std::optional<std::string_view> payload;
  bool key_is_json = false;
  std::uint32_t seen = 0;
  bool has_others = false;     ///< fields that mean nothing here
  std::string_view bad_field;  ///< the first that cannot be read as a record's

  bool saw_all(std::uint32_t fields) const { return (seen & fields) == fields; }
  bool saw_any(std::uint32_t fields) const { return (seen & fields) != 0; }
  bool is_only_of(std::uint32_t fields) const { return !has_others && (seen & ~fields) == 0; }

  /// False: not well-formed.
  bool read_field(LineField name, value& json) {
    switch (name) {
      case LineField::value:
        return read_bytes(json, line.value);
      case LineField::payload:
        return read_bytes(json, payload);
      case LineField::key:
        key_is_json = token_of(json).front() != '"';
        return read_bytes(json, line.key);
      case LineField::topic: {
        std::string_view topic;
        // A row may have a field of that name; what is no text is not a topic.
        if (json.get_string().get(topic) == SUCCESS) line.topic = topic;
        return true;
      }
      case LineField::partition:
        return read_integer(json, partition_max, line.partition);
      case LineField::offset:
        return read_integer(json, offset_max, line.offset);
      case LineField::timestamp:
      case LineField::kcat_timestamp:
        read_timestamp(json, line.timestamp_ms);
        return true;
      default:
        return true;
    }
  }
};

std::optional<std::int64_t> number_behind(std::string_view text, std::string_view name, std::int64_t most) {
  if (!text.starts_with(name)) return std::nullopt;
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, code] = std::from_chars(text.data() + name.size(), end, number);
  return code == std::errc() && stopped == end && number >= 0 && number <= most ? std::optional(number)
                                                                                : std::nullopt;
}

/// Takes one of the columns that kafka-console-consumer writes before key and value.
bool read_consumer_column(std::string_view column, RecordLine& line) {
  if (const auto partition = number_behind(column, "Partition:", partition_max)) {
    line.partition = static_cast<std::int32_t>(*partition);
    return true;
  }
  if (const auto offset = number_behind(column, "Offset:", offset_max)) {
    line.offset = offset;
    return true;
  }
  for (const std::string_view type : {"CreateTime:", "LogAppendTime:"}) {
    if (const auto time_ms = number_behind(column, type, std::numeric_limits<std::int64_t>::max())) {
      line.timestamp_ms = time_ms;
      return true;
    }
  }
  return column == "NO_TIMESTAMP" || column == "NO_HEADERS" || column.starts_with("Delivery:");
}

}  // namespace

struct RecordLineReader::Implementation {
  KnownNames known;
  simdjson::ondemand::parser parser;
  simdjson::ondemand::parser names_parser;
  std::string copy;  ///< of a line behind which nothing may be read
  simdjson::padded_string_view padded;
  std::string compact_key;  ///< a key that came as JSON, without its white space

  void pad(std::string_view line, std::size_t readable_behind) {
    static_assert(padding >= simdjson::SIMDJSON_PADDING);
    if (readable_behind < padding) {
      copy.reserve(line.size() + padding);
      copy.assign(line);
      line = copy;
    }
    padded = simdjson::padded_string_view(line.data(), line.size(), line.size() + padding);
  }

  /// Reads the fields of the one object that `padded` is. False: it is none.
  bool read_object(LineObject& out) {
    document json;
    object fields;
    if (parser.iterate(padded).get(json) != SUCCESS || json.get_object().get(fields) != SUCCESS) return false;
    for (auto entry : fields) {
      field each;
      if (std::move(entry).get(each) != SUCCESS) return false;
      const std::optional<std::string_view> name = name_of(each);
      if (!name) return false;
      const auto known_field = line_field(*name);
      if (!known_field) {
        out.has_others = true;
        continue;
      }
      out.seen |= bits(*known_field);
      if (!out.read_field(*known_field, each.value()) && out.bad_field.empty()) out.bad_field = *name;
    }
    // Behind the object there must be nothing: then there is no location either.
    return json.current_location().error() != SUCCESS;
  }

  /// Whether one of the fields that mean nothing in a record is a declared column.
  bool has_declared_column() {
    document json;
    object fields;
    if (names_parser.iterate(padded).get(json) != SUCCESS || json.get_object().get(fields) != SUCCESS)
      return false;
    for (auto entry : fields) {
      field each;
      if (std::move(entry).get(each) != SUCCESS) return false;
      const std::optional<std::string_view> name = name_of(each);
      if (!name) return false;
      if (!line_field(*name) && known.columns.contains(*name)) return true;
    }
    return false;
  }

  /// The record that the object is; nothing: a bare envelope or row.
  topology::Result<std::optional<RecordLine>> record_of(LineObject& read) {
    constexpr std::uint32_t images = bits(LineField::before, LineField::after, LineField::source);
    constexpr std::uint32_t flattened = bits(LineField::meta_operation, LineField::meta_deleted);
    const std::optional<RecordLine> none;
    if (read.saw_any(flattened) || (read.saw_all(bits(LineField::operation)) && read.saw_any(images)))
      return none;
    const bool is_kcat = read.line.topic && read.saw_all(kcat_needs) && read.saw_any(kcat_marks) &&
                         read.is_only_of(kcat_fields);
    const bool has_value = read.saw_all(bits(LineField::value));
    if (is_kcat) {
      if (read.saw_any(kcat_errors)) {
        return Error{ErrorCode::malformed_record, "kcat could not decode the record, and says so in the line",
                     "see that kcat reads the schema registry, or let it print the record undecoded"};
      }
      read.line.value = read.payload;
    } else if (has_value && (read.line.topic || read.saw_all(bits(LineField::key)))) {
      const bool is_read = read.line.topic && known.topics.contains(*read.line.topic);
      if (read.has_others && !is_read && has_declared_column()) return none;
    } else if (read.line.topic && read.saw_all(rpk_needs) && read.is_only_of(rpk_fields)) {
      if (read.saw_all(bits(LineField::value_size))) {
        return Error{ErrorCode::malformed_record, "the line has a record's size in place of its value",
                     "call `rpk topic consume` without --meta-only"};
      }
    } else {
      return none;
    }
    if (!read.bad_field.empty()) return bad_value(read.bad_field);
    read.line.has_key = read.saw_all(bits(LineField::key)) || read.line.partition || read.line.offset;
    if (read.line.key && read.key_is_json) read.line.key = without_blanks(*read.line.key);
    return std::optional(read.line);
  }

  std::string_view without_blanks(std::string_view json) {
    // No control character stands in a JSON text, so what is not above a blank is one.
    const bool has_blank = std::any_of(json.begin(), json.end(),
                                       [](char c) { return static_cast<unsigned char>(c) <= ' '; });
    if (!has_blank) return json;
    compact_key.resize(json.size() + simdjson::SIMDJSON_PADDING);
    std::size_t size = 0;
    if (simdjson::minify(json.data(), json.size(), compact_key.data(), size) != SUCCESS) return json;
    return std::string_view(compact_key).substr(0, size);
  }

  /// The columns of kafka-console-consumer. What is no value at the end of the line is no record.
  std::optional<RecordLine> read_columns(std::string_view line) {
    RecordLine result;
    std::string_view rest = line;
    std::size_t tab = rest.find('\t');
    while (tab != std::string_view::npos && read_consumer_column(rest.substr(0, tab), result)) {
      rest.remove_prefix(tab + 1);
      tab = rest.find('\t');
    }
    // The value is what is one from the first tab on that has one behind it: neither key nor headers are JSON
    // that goes on to the end of the line.
    std::size_t start = 0;
    while (!is_value(rest.substr(start))) {
      const std::size_t next = rest.find('\t', start);
      if (next == std::string_view::npos) return std::nullopt;
      start = next + 1;
    }
    if (start == 0 && rest.size() == line.size()) return std::nullopt;
    result.has_key = start > 0 || result.partition || result.offset;
    if (start > 0) {
      std::string_view key = rest.substr(0, start - 1);
      key.remove_prefix(key.rfind('\t') + 1);  // behind headers
      if (!says_null(key)) result.key = key;
    }
    if (!says_null(rest.substr(start))) result.value = rest.substr(start);
    return result;
  }

  bool is_value(std::string_view text) {
    if (says_null(text)) return true;
    LineObject ignored;
    if (!text.starts_with('{') || !text.ends_with('}')) return false;
    pad(text, 0);
    return read_object(ignored);
  }
};

KnownNames KnownNames::of(const topology::Plan& plan) {
  KnownNames known;
  for (const topology::SourcePlan& source : plan.sources) {
    known.topics.insert(source.declaration.topics.begin(), source.declaration.topics.end());
    for (const auto& column : source.declaration.columns) known.columns.insert(column.wire_name);
  }
  return known;
}

RecordLineReader::RecordLineReader(KnownNames known) : implementation_(std::make_unique<Implementation>()) {
  implementation_->known = std::move(known);
}
RecordLineReader::~RecordLineReader() = default;

topology::Result<RecordLine> RecordLineReader::read(std::string_view line, std::size_t readable_behind) {
  Implementation& state = *implementation_;
  RecordLine bare;
  if (const auto key = key_without_value(line)) {
    bare.has_key = true;
    if (!says_null(*key)) bare.key = *key;
    return bare;
  }
  line = trimmed(line);
  if (line == "null") {
    bare.has_key = true;
    return bare;
  }
  LineObject object;
  if (line.starts_with('{')) state.pad(line, readable_behind);
  if (line.starts_with('{') && state.read_object(object)) {
    auto record = state.record_of(object);
    if (!record) return record.error();
    if (*record) return **record;
    bare.value = std::string_view(state.padded.data(), state.padded.size());
    return bare;
  }
  if (line.find('\t') != std::string_view::npos && simdjson::validate_utf8(line)) {
    if (const auto record = state.read_columns(line)) return *record;
  }
  return no_record(line);
}

}  // namespace tallymill::processor
