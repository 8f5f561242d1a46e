#include "processor/codec/key_reader.h"

#include <algorithm>

#include "processor/codec/foreign_envelope.h"
#include "processor/codec/json_text.h"
#include "processor/codec/struct_text.h"
#include "topology/data/decimal.h"

namespace tallymill::processor {

using topology::Arena;
using topology::RecordKey;
using topology::Result;
using topology::TypeKind;
using topology::Value;
using topology::ValueKind;

namespace {

/// The primary key's columns that a key can have, as a format of their own, all of which an object may lack.
WireFormat format_of_keys(const WireFormat& format) {
  WireFormat keys;
  for (const std::size_t index : format.primary_key) {
    if (!format.columns[index].from_metadata) keys.columns.push_back(format.columns[index]);
  }
  keys.row_size = keys.columns.size();
  keys.unavailable_value = format.unavailable_value;
  return keys;
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

RecordKey opaque() { return {.form = RecordKey::Form::opaque}; }

std::optional<Value> value_of(const Reading& reading) {
  if (!reading.ok() || reading.value().is_null() || reading.value().is(ValueKind::unavailable)) return std::nullopt;
  return reading.value();
}

/// Whether a decimal ends with a zero behind its point.
bool ends_with_zero(const Value& value) {
  if (value.decimal_scale() == 0) return false;
  if (value.is_small_decimal()) return value.small_coefficient() % 10 == 0;
  const topology::Decimal decimal = topology::Decimal::from_value(value);
  return decimal.canonical().scale() != decimal.scale();
}

}  // namespace

KeyReader::KeyReader(const WireFormat& format)
    : format_(format_of_keys(format)),
      key_size_(format.primary_key.size()),
      schemas_(format_.columns),
      records_(format_),
      values_(format.unavailable_value) {
  for (std::size_t i = 0; i < key_size_; ++i) {
    if (!format.columns[format.primary_key[i]].from_metadata) positions_.push_back(i);
  }
}

Result<RecordKey> KeyReader::read(std::string_view key, Arena& arena) {
  if (format_.columns.empty()) return opaque();
  const std::string_view text = trimmed(key);
  if (text.starts_with('{')) return read_object(key, arena);
  if (text.starts_with(StructText::mark)) return read_struct(text, arena);
  return read_scalar(key, arena);
}

Result<RecordKey> KeyReader::read_object(std::string_view key, Arena& arena) {
  // A key is a flattened row with few columns.
  if (const std::optional<Unwrapped> known = schemas_.match(key); known && known->payload.starts_with('{')) {
    const Payload payload{padded_copy(known->payload, arena), *known->schema, false};
    if (!records_.read(parser_, payload, RecordShape::flattened, arena, nullptr)) {
      return finish(*known->schema, arena);
    }
  }
  const Payload whole{padded_copy(key, arena), schemas_.without_schema(), true};
  if (const auto error = records_.read(parser_, whole, RecordShape::flattened, arena, nullptr)) {
    return malformed_record("Kafka key", reason_of(error));
  }
  if (records_.parts().evidence.verdict() != RecordShape::wrapped) return finish(whole.schema, arena);

  const Result<Unwrapped> unwrapped = schemas_.unwrap(parser_, whole.text);
  if (!unwrapped.ok()) return malformed_record("Kafka key", "its schema or payload is broken JSON");
  if (!unwrapped->payload.starts_with('{')) {
    const auto value = read_json_scalar(unwrapped->payload, unwrapped->schema->whole.front(), arena);
    if (!value || format_.columns.size() != 1) return opaque();
    return scalar_key(*value, unwrapped->schema->whole.front(), arena);
  }
  const Payload payload{padded_copy(unwrapped->payload, arena), *unwrapped->schema, false};
  if (const auto error = records_.read(parser_, payload, RecordShape::flattened, arena, nullptr)) {
    return malformed_record("Kafka key", reason_of(error));
  }
  return finish(*unwrapped->schema, arena);
}

RecordKey KeyReader::read_scalar(std::string_view key, Arena& arena) {
  if (format_.columns.size() != 1) return opaque();
  if (trimmed(key) == "null") return RecordKey{};
  const WireEncoding& encoding = schemas_.without_schema().whole.front();
  std::optional<Value> value = read_json_scalar(key, encoding, arena);
  // StringConverter writes a text without quotes.
  const bool is_quoted = trimmed(key).starts_with('"');
  if (!value && !key.empty() && !is_quoted) value = read_text(0, arena.copy(key), arena);
  if (!value) return opaque();
  return scalar_key(*value, encoding, arena);
}

std::optional<Value> KeyReader::read_json_scalar(std::string_view text, const WireEncoding& encoding,
                                                 Arena& arena) {
  const topology::Type& type = format_.columns.front().type;
  const std::string_view token = trimmed(text);
  if (token.empty()) return std::nullopt;
  if (token.front() != '"') {
    if (token == "true" || token == "false") {
      if (type.kind != TypeKind::boolean) return std::nullopt;
      return Value::boolean(token == "true");
    }
    return value_of(WireValueReader::read_number(type, encoding, arena.copy(token), arena));
  }
  simdjson::ondemand::document document;
  std::string_view content;
  if (start_document(parser_, padded_copy(token, arena), document) || document.get_string().get(content) ||
      !is_at_end(document)) {
    return std::nullopt;
  }
  return value_of(values_.read_text(type, encoding, arena.copy(content), arena));
}

std::optional<Value> KeyReader::read_text(std::size_t column, std::string_view text, Arena& arena) const {
  const topology::Type& type = format_.columns[column].type;
  const WireEncoding& encoding = schemas_.without_schema().whole[column];
  if (type.kind == TypeKind::boolean) {
    if (text != "true" && text != "false") return std::nullopt;
    return Value::boolean(text == "true");
  }
  std::optional<Value> value = value_of(values_.read_text(type, encoding, text, arena));
  if (!value && !text.empty()) value = value_of(WireValueReader::read_number(type, encoding, text, arena));
  return value;
}

RecordKey KeyReader::read_struct(std::string_view key, Arena& arena) const {
  const std::optional<StructText> text = StructText::read(arena.copy(key));
  if (!text) return opaque();
  const std::span<Value> values = arena.allocate_array<Value>(format_.columns.size());
  std::uninitialized_fill(values.begin(), values.end(), Value::unset());
  bool others = false;
  topology::BesideKey beside;
  bool has_text = false;
  for (const StructField& field : text->fields()) {
    const auto column = std::find_if(format_.columns.begin(), format_.columns.end(),
                                     [&](const WireColumn& known) { return known.wire_name == field.name; });
    if (column == format_.columns.end()) {
      others = true;
      add_beside(beside, field.name, field.value);
      continue;
    }
    const auto index = static_cast<std::size_t>(column - format_.columns.begin());
    const std::optional<Value> value = read_text(index, field.value, arena);
    if (!value || !values[index].is(ValueKind::unset)) return opaque();
    values[index] = *value;
    has_text = has_text || column->type.kind == TypeKind::string || column->type.kind == TypeKind::json;
  }
  // What looks like another field may be the rest of a text with a comma and an equals sign in it.
  if (others && has_text) return opaque();
  RecordKey read = key_of(values, others, schemas_.without_schema().whole, arena);
  if (read.form == RecordKey::Form::exceeds) read.beside = beside;
  return read;
}

Result<RecordKey> KeyReader::finish(const SchemaDescription& schema, Arena& arena) {
  RowBlock& row = *records_.parts().row;
  if (row.error) {
    row.error->message.insert(0, "in the Kafka key, ");
    return std::move(*row.error);
  }
  const auto known = std::count_if(row.values.begin(), row.values.end(),
                                   [](const Value& value) { return !value.is(ValueKind::unset); });
  const bool others = records_.parts().evidence.fields() > static_cast<std::uint32_t>(known);
  RecordKey key = key_of(row.values, others, schema.top_level, arena);
  if (key.form == RecordKey::Form::exceeds) key.beside = records_.parts().beside;
  return key;
}

RecordKey KeyReader::scalar_key(const Value& value, const WireEncoding& encoding, Arena& arena) const {
  const std::span<Value> values = arena.allocate_array<Value>(1);
  std::uninitialized_fill(values.begin(), values.end(), value);
  return key_of(values, false, {&encoding, 1}, arena);
}

RecordKey KeyReader::key_of(std::span<Value> values, bool others, std::span<const WireEncoding> encodings,
                            Arena& arena) const {
  RecordKey key;
  key.values = values;
  if (values.size() < key_size_) {
    key.values = arena.allocate_array<Value>(key_size_);
    std::uninitialized_fill(key.values.begin(), key.values.end(), Value::unset());
    for (std::size_t i = 0; i < values.size(); ++i) key.values[positions_[i]] = values[i];
  }
  bool lacks = false;
  for (std::size_t i = 0; i < values.size(); ++i) {
    lacks = lacks || values[i].is(ValueKind::unset);
    // What has a fixed scale has one text, zeros and all.
    const WireForm form = encodings[i].form;
    const bool has_fixed_scale = form == WireForm::connect_decimal || form == WireForm::base64_decimal;
    if (values[i].is(ValueKind::decimal) && !has_fixed_scale && ends_with_zero(values[i])) key.canonical = false;
  }
  key.form = lacks    ? RecordKey::Form::lacks
             : others ? RecordKey::Form::exceeds
                      : RecordKey::Form::identity;
  return key;
}

}  // namespace tallymill::processor
