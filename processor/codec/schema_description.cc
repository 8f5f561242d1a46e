#include "processor/codec/schema_description.h"

#include <charconv>

#include "processor/codec/lenient_json.h"

namespace tallymill::processor {

using simdjson::dom::element;
using topology::TypeKind;

namespace {

struct LogicalType {
  std::string_view name;
  WireForm form;
  TypeKind kind;
};

// Types with text on the wire need no entry: the JSON string says it.
constexpr LogicalType logical_types[] = {
    {"org.apache.kafka.connect.data.Decimal", WireForm::connect_decimal, TypeKind::decimal},
    {"org.apache.kafka.connect.data.Date", WireForm::days, TypeKind::date},
    {"org.apache.kafka.connect.data.Time", WireForm::milliseconds, TypeKind::time_of_day},
    {"org.apache.kafka.connect.data.Timestamp", WireForm::milliseconds, TypeKind::timestamp},
    {"io.debezium.time.Date", WireForm::days, TypeKind::date},
    {"io.debezium.time.Time", WireForm::milliseconds, TypeKind::time_of_day},
    {"io.debezium.time.MicroTime", WireForm::microseconds, TypeKind::time_of_day},
    {"io.debezium.time.NanoTime", WireForm::nanoseconds, TypeKind::time_of_day},
    {"io.debezium.time.Timestamp", WireForm::milliseconds, TypeKind::timestamp},
    {"io.debezium.time.MicroTimestamp", WireForm::microseconds, TypeKind::timestamp},
    {"io.debezium.time.NanoTimestamp", WireForm::nanoseconds, TypeKind::timestamp},
    {"io.debezium.time.MicroDuration", WireForm::microseconds, TypeKind::duration},
    {"io.debezium.time.NanoDuration", WireForm::nanoseconds, TypeKind::duration},
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

/// The kind of a column, of a list that of its items.
TypeKind kind_of(const WireColumn& column) {
  const topology::Type* type = &column.type;
  while (type->kind == TypeKind::list) type = type->element.get();
  return type->kind;
}

bool is_time(TypeKind kind) {
  return kind == TypeKind::timestamp || kind == TypeKind::date || kind == TypeKind::time_of_day ||
         kind == TypeKind::duration;
}

WireEncoding unit_of_declaration(WireForm unit) {
  WireEncoding encoding{unit, std::nullopt};
  encoding.unit_is_declared = true;
  return encoding;
}

/// What the column's own words say, which count where no schema does.
WireEncoding declared_encoding(const WireColumn& column) {
  if (column.wire == topology::DecimalWire::text) return {WireForm::text, std::nullopt};
  if (column.wire == topology::DecimalWire::base64 && column.scale) return {WireForm::base64_decimal, column.scale};
  if (column.encoding) {
    return {*column.encoding == topology::BytesEncoding::hex ? WireForm::hex : WireForm::bytes, std::nullopt};
  }
  if (!column.unit) return {};
  switch (*column.unit) {
    case topology::TimeUnit::seconds:
      return unit_of_declaration(WireForm::seconds);
    case topology::TimeUnit::milliseconds:
      return unit_of_declaration(WireForm::milliseconds);
    case topology::TimeUnit::microseconds:
      return unit_of_declaration(WireForm::microseconds);
    case topology::TimeUnit::nanoseconds:
      return unit_of_declaration(WireForm::nanoseconds);
  }
  return {};
}

WireEncoding encoding_of(element type, const WireColumn& column) {
  // A hostile schema may nest arrays as deep as the parser lets it: a loop, no recursion.
  for (element items; text_at(type, "type") == "array" && !type["items"].get(items);) type = items;

  const TypeKind kind = kind_of(column);
  const std::string_view logical = text_at(type, "name");
  for (const LogicalType& known : logical_types) {
    if (known.name != logical) continue;
    if (known.form == WireForm::connect_decimal) {
      const auto scale = scale_of(type);
      return {known.form, scale ? scale : column.scale};
    }
    // A date is a point in time as well, and MySQL's TIME a duration; else a time of day or a duration would be read
    // as a time of 1970.
    const bool is_readable = !is_time(kind) || known.kind == kind ||
                             (known.kind == TypeKind::date && kind == TypeKind::timestamp) ||
                             (known.kind == TypeKind::time_of_day && kind == TypeKind::duration);
    return {is_readable ? known.form : WireForm::another_time, std::nullopt};
  }
  const std::string_view physical = text_at(type, "type");
  if (physical == "string" && kind == TypeKind::decimal) return {WireForm::text, std::nullopt};
  if (physical == "bytes") return {WireForm::bytes, column.scale};
  return declared_encoding(column);
}

/// No schema says how large a decimal may be.
WireEncoding with_digits(WireEncoding encoding, const WireColumn& column) {
  encoding.digits_max = column.digits;
  return encoding;
}

std::vector<WireEncoding> without_schema(std::span<const WireColumn> columns) {
  std::vector<WireEncoding> encodings;
  for (const WireColumn& column : columns) encodings.push_back(with_digits(declared_encoding(column), column));
  return encodings;
}

std::vector<WireEncoding> describe_struct(const element& type, std::span<const WireColumn> columns) {
  std::vector<WireEncoding> encodings = without_schema(columns);
  simdjson::dom::array fields;
  if (type["fields"].get(fields)) return encodings;
  for (const element field : fields) {
    const std::string_view name = text_at(field, "field");
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (columns[i].wire_name == name) encodings[i] = with_digits(encoding_of(field, columns[i]), columns[i]);
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
  return {without_schema(columns), without_schema(columns), without_schema(columns)};
}

std::optional<SchemaDescription> describe_schema(simdjson::dom::parser& parser, std::string_view schema,
                                                 std::span<const WireColumn> columns) {
  element root;
  if (parse_leniently(parser, schema).get(root)) return std::nullopt;
  std::optional<element> row = struct_of_field(root, "after");
  if (!row) row = struct_of_field(root, "before");
  std::vector<WireEncoding> whole;
  for (const WireColumn& column : columns) whole.push_back(with_digits(encoding_of(root, column), column));
  return SchemaDescription{row ? describe_struct(*row, columns) : without_schema(columns),
                           describe_struct(root, columns), std::move(whole)};
}

}  // namespace tallymill::processor
