#include "processor/codec/row_reader.h"

#include <algorithm>

#include "processor/codec/column_errors.h"
#include "processor/codec/json_text.h"

namespace tallymill::processor {

using topology::Arena;
using topology::Error;
using topology::Value;
using topology::ValueKind;

RowReader::RowReader(const WireFormat& format)
    : columns_(format.columns),
      row_size_(format.row_size),
      primary_key_(format.primary_key),
      values_(format.unavailable_value) {
  INVARIANT(row_size_ >= columns_.size(), "a row is shorter than its columns");
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (!columns_[i].from_metadata) order_.add(columns_[i].wire_name, static_cast<FieldIndex>(i));
  }
}

RowBlock RowReader::make_row(Arena& arena) const {
  const std::span<Value> values = arena.allocate_array<Value>(row_size_);
  std::uninitialized_fill(values.begin(), values.end(), Value::unset());
  return {values, nullptr};
}

bool RowReader::read_column(std::size_t column, const WireEncoding& encoding, std::string_view token,
                            simdjson::ondemand::value& value, Arena& arena, RowBlock& row) {
  const Reading reading = values_.read(columns_[column].type, encoding, token, value, arena);
  if (reading.ok()) {
    row.values[column] = reading.value();
    return true;
  }
  const std::optional<RefusedItem> item = values_.take_refused_item();
  if (reading.is_malformed()) return false;
  row.values[column] = Value::unset();
  if (row.error) return true;
  row.error = std::make_unique<Error>(unreadable_column(columns_[column], reading.refusal(), item ? item->token : token,
                                                        item ? item->place : ""));
  return true;
}

bool RowReader::read_object(simdjson::ondemand::object& object, std::span<const WireEncoding> encodings,
                            Arena& arena, RowBlock& row) {
  order_.begin();
  for (auto item : object) {
    if (item.error()) return false;
    simdjson::ondemand::field&& field = std::move(item).value_unsafe();
    const FieldIndex index = order_.next(field);
    simdjson::ondemand::value& value = field.value();
    const std::string_view token = token_of(value);
    if (index == other_field) {
      if (!begins_json_value(token)) return false;
      continue;
    }
    const auto column = static_cast<std::size_t>(index);
    if (!read_column(column, encodings[column], token, value, arena, row)) return false;
  }
  return true;
}

bool RowReader::is_in_key(std::size_t column, const topology::RecordKey& key) const {
  for (std::size_t i = 0; i < key.values.size(); ++i) {
    if (primary_key_[i] == column) return !key.values[i].is(ValueKind::unset);
  }
  return false;
}

bool RowReader::has_any(const RowBlock& row) const {
  return std::any_of(row.values.begin(), row.values.begin() + static_cast<std::ptrdiff_t>(columns_.size()),
                     [](const Value& value) { return !value.is(ValueKind::unset); });
}

std::optional<Error> RowReader::absence(const RowBlock& row, const topology::RecordKey& key,
                                        const FieldOrder& order) const {
  bool is_strange = !row.error && !has_any(row);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const WireColumn& column = columns_[i];
    if (!row.values[i].is(ValueKind::unset) || column.from_metadata || is_in_key(i, key)) continue;
    if (column.optional || column.may_be_absent) {
      if (!is_strange) continue;
      return topology::Error{topology::ErrorCode::malformed_record,
                             "the record has none of the declared columns, not even " + name_in_message(column),
                             "check the topic, and the connector's transforms and converters"};
    }
    const bool is_primary_key = std::find(primary_key_.begin(), primary_key_.end(), i) != primary_key_.end();
    return absent_column(column, order.similar_in_last_object(column.wire_name), is_primary_key);
  }
  return std::nullopt;
}

}  // namespace tallymill::processor
