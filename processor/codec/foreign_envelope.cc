#include "processor/codec/foreign_envelope.h"

#include <algorithm>
#include <array>
#include <string>

#include "processor/codec/json_text.h"
#include "processor/codec/lenient_json.h"

namespace tallymill::processor {

using simdjson::dom::element;
using simdjson::dom::element_type;
using simdjson::dom::object;
using topology::Error;
using topology::ErrorCode;

namespace {

enum class Kind : std::uint8_t { nothing, anything, text, object, array };

struct Sign {
  std::string_view field = {};
  Kind kind = Kind::nothing;
};

/// An envelope is known by the fields at its top.
struct KnownEnvelope {
  std::string_view name;
  std::array<Sign, 4> signs;
  std::string_view remedy;
};

constexpr std::string_view use_debezium =
    "Tallymill reads Debezium's records: capture the table with Debezium's PostgreSQL connector";
constexpr std::string_view outbox_payload =
    "the outbox router puts the payload into the value as an object with table.expand.json.payload=true, and "
    "without additional fields in the envelope; its events are a source of `mode: events`";
constexpr std::string_view consumers_output =
    "it is what a console tool prints of a record: write the record's own value to the topic";

constexpr KnownEnvelope known_envelopes[] = {
    {"CloudEvents",
     {{{"specversion", Kind::anything}, {"id", Kind::anything}, {"source", Kind::text}, {"type", Kind::text}}},
     "set value.converter to org.apache.kafka.connect.json.JsonConverter in place of CloudEventsConverter; to read "
     "the attributes themselves as columns, declare `specversion: string` too"},
    {"Canal", {{{"isDdl", Kind::anything}, {"type", Kind::text}, {"data", Kind::anything}}}, use_debezium},
    {"Maxwell",
     {{{"data", Kind::object}, {"database", Kind::text}, {"table", Kind::text}, {"type", Kind::text}}},
     use_debezium},
    {"wal2json", {{{"action", Kind::text}, {"schema", Kind::text}, {"table", Kind::text}}}, use_debezium},
    {"wal2json", {{{"change", Kind::array}}}, use_debezium},
    {"AWS DMS", {{{"data", Kind::object}, {"metadata", Kind::object}}}, use_debezium},
    {"GoldenGate", {{{"op_type", Kind::text}, {"table", Kind::text}, {"op_ts", Kind::anything}}}, use_debezium},
    {"Qlik Replicate", {{{"magic", Kind::text}, {"message", Kind::object}}}, use_debezium},
    {"a CockroachDB changefeed", {{{"after", Kind::anything}, {"updated", Kind::text}}}, use_debezium},
    {"a MongoDB change stream", {{{"operationType", Kind::text}, {"ns", Kind::object}}}, use_debezium},
    {"Debezium's MongoDB connector", {{{"after", Kind::text}, {"op", Kind::text}}}, use_debezium},
    {"Debezium's MongoDB connector", {{{"op", Kind::text}, {"patch", Kind::text}}}, use_debezium},
    {"Debezium's MongoDB connector", {{{"op", Kind::text}, {"updateDescription", Kind::object}}}, use_debezium},
    {"kcat -J",
     {{{"topic", Kind::text},
       {"partition", Kind::anything},
       {"offset", Kind::anything},
       {"payload", Kind::anything}}},
     consumers_output},
    {"rpk",
     {{{"topic", Kind::text},
       {"partition", Kind::anything},
       {"offset", Kind::anything},
       {"value", Kind::anything}}},
     consumers_output},
    {"an outbox event", {{{"eventType", Kind::text}, {"payload", Kind::anything}}}, outbox_payload},
};

bool fits(const object& record, const Sign& sign) {
  if (sign.kind == Kind::nothing) return true;
  element value;
  if (record[sign.field].get(value)) return false;
  switch (sign.kind) {
    case Kind::text:
      return value.type() == element_type::STRING;
    case Kind::object:
      return value.type() == element_type::OBJECT;
    case Kind::array:
      return value.type() == element_type::ARRAY;
    default:
      return true;
  }
}

/// An image with one field that is called like a type: Avro's JSON writes {"cdc.public.orders.Value":{..}}.
bool has_union_image(const object& record) {
  for (const std::string_view image : {"after", "before"}) {
    object fields;
    if (record[image].get(fields) || fields.size() != 1) continue;
    const std::string_view name = (*fields.begin()).key;
    if ((*fields.begin()).value.type() == element_type::OBJECT && name.find('.') != std::string_view::npos) {
      return true;
    }
  }
  return false;
}

/// Where other tools say of a row in its own block that it was deleted: Estuary, DMS flattened by a transform.
std::optional<std::string_view> block_with_deletion(const object& record) {
  constexpr std::pair<std::string_view, std::string_view> places[] = {{"_meta", "op"}, {"metadata", "operation"}};
  for (const auto& [block, field] : places) {
    object inner;
    std::string_view word;
    if (record[block].get(inner) || inner[field].get(word)) continue;
    if (word == "d" || word == "delete" || word == "DELETE") return block;
  }
  return std::nullopt;
}

Error named(std::string_view name, std::string_view remedy) {
  return {ErrorCode::foreign_envelope, "the value is an envelope of " + std::string(name) + ", whose row is not read",
          std::string(remedy)};
}

Error named_value(std::string_view what, std::string_view remedy) {
  return {ErrorCode::foreign_envelope, "the value is " + std::string(what), std::string(remedy)};
}

constexpr std::string_view use_json_converter =
    "set the connector's value.converter to org.apache.kafka.connect.json.JsonConverter";

/// What a value's first bytes tell of its format.
std::optional<Error> format_by_first_bytes(std::string_view value) {
  constexpr std::size_t registry_frame = 5;
  if (value.size() > registry_frame && value[0] == '\0') {
    const bool is_json = value[registry_frame] == '{';
    return named_value(is_json ? "JSON behind the five bytes of a schema registry"
                               : "Avro or Protobuf behind the five bytes of a schema registry",
                       use_json_converter);
  }
  if (value.starts_with("Struct{")) {
    return named_value("no JSON: it begins with \"Struct{\", as StringConverter writes records", use_json_converter);
  }
  if (value.size() > 1 && value[0] == '{' && ((value[1] | 0x20) >= 'a' && (value[1] | 0x20) <= 'z')) {
    return named_value("no JSON: it begins with a name without quotes, as Java prints a map", use_json_converter);
  }
  if (value.starts_with("Obj\x01")) return named_value("a file of Avro", use_json_converter);
  if (value.starts_with("\x1f\x8b")) return named_value("compressed by gzip, inside of Kafka's own compression", "");
  if (value.starts_with("\xef\xbb\xbf")) {
    return malformed_record("value", "it begins with a byte order mark, which JSON does not have");
  }
  return std::nullopt;
}

}  // namespace

std::optional<Error> foreign_envelope(simdjson::dom::parser& parser, std::string_view record) {
  object fields;
  if (parse_leniently(parser, record).get(fields)) return std::nullopt;
  for (const KnownEnvelope& known : known_envelopes) {
    const bool is_it = std::all_of(known.signs.begin(), known.signs.end(),
                                   [&](const Sign& sign) { return fits(fields, sign); });
    if (is_it) return named(known.name, known.remedy);
  }
  if (const auto block = block_with_deletion(fields)) {
    return named_value("a row whose block \"" + std::string(*block) + "\" says that it was deleted",
                       "lift the operation to the top of the record with a transform, and name it with `operation: "
                       "FIELD` in the source");
  }
  if (has_union_image(fields)) {
    return named("Avro's JSON with unions", "read the topic with Connect's JsonConverter, not with Avro's JSON");
  }
  element inner;
  if (fields.size() == 1 && !fields["payload"].get(inner)) {
    return named_value("an object that has a `payload` and nothing else",
                       "unwrap it with the transform ExtractField$Value of field payload");
  }
  return std::nullopt;
}

std::string_view reason_of(simdjson::error_code error) {
  switch (error) {
    case simdjson::EMPTY:
      return "it is empty";
    case simdjson::UTF8_ERROR:
      return "it is no UTF-8";
    case simdjson::UNCLOSED_STRING:
    case simdjson::INCOMPLETE_ARRAY_OR_OBJECT:
      return "its JSON ends too early";
    case simdjson::UNESCAPED_CHARS:
      return "a string of its JSON holds a control character";
    case simdjson::TRAILING_CONTENT:
      return "something follows its JSON";
    case simdjson::INCORRECT_TYPE:
      return "it is no JSON object";
    case simdjson::CAPACITY:
    case simdjson::MEMALLOC:
      return "it is too large";
    default:
      return "its JSON is broken";
  }
}

Error no_json_object(std::string_view value, simdjson::error_code error) {
  if (std::optional<Error> known = format_by_first_bytes(value)) return std::move(*known);
  const std::size_t start = value.find_first_not_of(" \t\r\n");
  if (start != std::string_view::npos && value[start] == '"' && error == simdjson::INCORRECT_TYPE) {
    const bool holds_json = value.substr(start + 1).starts_with("{");
    return named_value(holds_json ? "a JSON text that holds JSON" : "a JSON text and no object",
                       holds_json ? outbox_payload : use_json_converter);
  }
  return malformed_record("value", reason_of(error));
}

}  // namespace tallymill::processor
