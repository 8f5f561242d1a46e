#include "processor/codec/schema_description.h"

#include <charconv>

namespace tallymill::processor {

using simdjson::dom::element;

namespace {

struct LogicalType {
  std::string_view name;
  WireForm form;
};

// Types with text on the wire need no entry: the JSON string says it.
constexpr LogicalType logical_types[] = {
    {"org.apache.kafka.connect.data.Decimal", WireForm::connect_decimal},
    {"org.apache.kafka.connect.data.Date", WireForm::days},
    {"org.apache.kafka.connect.data.Time", WireForm::milliseconds},
    {"org.apache.kafka.connect.data.Timestamp", WireForm::milliseconds},
    {"io.debezium.time.Date", WireForm::days},
    {"io.debezium.time.Time", WireForm::milliseconds},
    {"io.debezium.time.MicroTime", WireForm::microseconds},
    {"io.debezium.time.NanoTime", WireForm::nanoseconds},
    {"io.debezium.time.Timestamp", WireForm::milliseconds},
    {"io.debezium.time.MicroTimestamp", WireForm::microseconds},
    {"io.debezium.time.NanoTimestamp", WireForm::nanoseconds},
    {"io.debezium.time.MicroDuration", WireForm::microseconds},
    {"io.debezium.time.NanoDuration", WireForm::nanoseconds},
};

std::string_view text_at(const element& object, std::string_view name) {
  std::string_view text;
  return object[name].get(text) ? std::string_view() : text;
}

std::optional<std::int32_t> scale_of(const element& type) {
  std::string_view text;
  if (type["parameters"]["scale"].get(text)) return std::nullopt;
  std::int32_t scale = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), scale);
  if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return scale;
}

WireEncoding encoding_of(element type, std::optional<int> declared_scale) {
  // A hostile schema may nest arrays as deep as the parser lets it: a loop, no recursion.
  for (element items; text_at(type, "type") == "array" && !type["items"].get(items);) type = items;

  const std::string_view logical = text_at(type, "name");
  for (const LogicalType& known : logical_types) {
    if (known.name != logical) continue;
    if (known.form == WireForm::connect_decimal) return {known.form, scale_of(type)};
    return {known.form, std::nullopt};
  }
  const std::string_view physical = text_at(type, "type");
  if (physical == "string") return {WireForm::text, std::nullopt};
  if (physical == "bytes") return {WireForm::bytes, declared_scale};
  return {WireForm::unknown, declared_scale};
}

std::vector<WireEncoding> without_schema(std::span<const WireColumn> columns) {
  std::vector<WireEncoding> encodings;
  for (const WireColumn& column : columns) encodings.push_back({WireForm::unknown, column.scale});
  return encodings;
}

std::vector<WireEncoding> describe_struct(const element& type, std::span<const WireColumn> columns) {
  std::vector<WireEncoding> encodings = without_schema(columns);
  simdjson::dom::array fields;
  if (type["fields"].get(fields)) return encodings;
  for (const element field : fields) {
    const std::string_view name = text_at(field, "field");
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (columns[i].wire_name == name) encodings[i] = encoding_of(field, columns[i].scale);
    }
  }
  return encodings;
}

/// The struct of the field `name`; `type` itself is left where there is none.
std::optional<element> struct_of_field(const element& type, std::string_view name) {
  simdjson::dom::array fields;
  if (type["fields"].get(fields)) return std::nullopt;
  for (const element field : fields) {
    if (text_at(field, "field") == name) return field;
  }
  return std::nullopt;
}

}  // namespace

SchemaDescription describe_without_schema(std::span<const WireColumn> columns) {
  return {without_schema(columns), without_schema(columns)};
}

std::optional<SchemaDescription> describe_schema(simdjson::dom::parser& parser, std::string_view schema,
                                                 std::span<const WireColumn> columns) {
  element root;
  if (parser.parse(schema.data(), schema.size()).get(root)) return std::nullopt;
  std::optional<element> row = struct_of_field(root, "after");
  if (!row) row = struct_of_field(root, "before");
  return SchemaDescription{row ? describe_struct(*row, columns) : without_schema(columns),
                           describe_struct(root, columns)};
}

}  // namespace tallymill::processor
