#include "processor/codec/row_reader.h"

#include <algorithm>

#include "processor/codec/column_errors.h"
#include "processor/codec/json_text.h"

namespace tallymill::processor {

using topology::Arena;
using topology::Error;
using topology::Value;
using topology::ValueKind;

RowReader::RowReader(std::vector<WireColumn> columns, std::size_t row_size)
    : columns_(std::move(columns)), row_size_(row_size) {
  INVARIANT(row_size_ >= columns_.size(), "a row is shorter than its columns");
  for (std::size_t i = 0; i < columns_.size(); ++i)
    order_.add(columns_[i].wire_name, static_cast<FieldIndex>(i));
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
  if (reading.is_malformed()) return false;
  row.values[column] = Value::unset();
  if (!row.error) row.error = std::make_unique<Error>(unreadable_column(columns_[column], reading, token));
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

std::optional<Error> RowReader::first_absent(const RowBlock& row, const FieldOrder& order) const {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (!row.values[i].is(ValueKind::unset) || columns_[i].optional) continue;
    const std::string lower_case = folded(columns_[i].wire_name);
    return absent_column(columns_[i],
                         lower_case != columns_[i].wire_name && order.last_object_had(lower_case));
  }
  return std::nullopt;
}

}  // namespace tallymill::processor
