#include "processor/codec/key_reader.h"

#include <algorithm>

#include "processor/codec/json_text.h"

namespace tallymill::processor {

using topology::Arena;
using topology::RecordKey;
using topology::Result;
using topology::Value;
using topology::ValueKind;

namespace {

std::vector<WireColumn> key_columns(const WireFormat& format) {
  std::vector<WireColumn> columns;
  for (const std::size_t index : format.primary_key) columns.push_back(format.columns[index]);
  return columns;
}

bool begins_with_object(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  return start != std::string_view::npos && text[start] == '{';
}

}  // namespace

KeyReader::KeyReader(const WireFormat& format)
    : columns_(format.primary_key.size()),
      schemas_(key_columns(format)),
      records_(key_columns(format), columns_) {}

Result<RecordKey> KeyReader::read(std::string_view key, Arena& arena) {
  if (columns_ == 0 || !begins_with_object(key)) return RecordKey{.form = RecordKey::Form::opaque};
  // A key is a flattened row with few columns.
  if (const std::optional<Unwrapped> known = schemas_.match(key)) {
    RecordParts parts;
    const Payload payload{padded_copy(known->payload, arena), *known->schema, false};
    if (!records_.read(parser_, payload, RecordShape::flattened, arena, parts)) return finish(parts);
  }
  RecordParts parts;
  const Payload whole{padded_copy(key, arena), schemas_.without_schema(), true};
  if (const auto error = records_.read(parser_, whole, RecordShape::flattened, arena, parts)) {
    return malformed_record("Kafka key", simdjson::error_message(error));
  }
  if (parts.evidence.verdict() != RecordShape::wrapped) return finish(parts);

  const Result<Unwrapped> unwrapped = schemas_.unwrap(parser_, whole.text);
  if (!unwrapped.ok()) return malformed_record("Kafka key", "its schema or payload is broken JSON");
  if (!begins_with_object(unwrapped->payload)) return RecordKey{.form = RecordKey::Form::opaque};
  RecordParts inner;
  const Payload payload{padded_copy(unwrapped->payload, arena), *unwrapped->schema, false};
  if (const auto error = records_.read(parser_, payload, RecordShape::flattened, arena, inner)) {
    return malformed_record("Kafka key", simdjson::error_message(error));
  }
  return finish(inner);
}

Result<RecordKey> KeyReader::finish(RecordParts& parts) {
  RowBlock& row = *parts.row;
  if (row.error) {
    row.error->message.insert(0, "in the Kafka key, ");
    return std::move(*row.error);
  }
  const bool lacks_column = std::any_of(row.values.begin(), row.values.end(),
                                        [](const Value& value) { return value.is(ValueKind::unset); });
  return RecordKey{.form = lacks_column ? RecordKey::Form::lacks : RecordKey::Form::identity,
                   .values = row.values};
}

}  // namespace tallymill::processor
