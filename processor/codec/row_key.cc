#include "processor/codec/row_key.h"

#include <simdjson.h>

#include <algorithm>

#include "processor/codec/json_encoder.h"
#include "processor/codec/json_text.h"
#include "processor/codec/lenient_json.h"
#include "processor/codec/record_shape.h"

namespace tallymill::processor {

using simdjson::SUCCESS;
using simdjson::ondemand::array;
using simdjson::ondemand::document;
using simdjson::ondemand::field;
using simdjson::ondemand::json_type;
using simdjson::ondemand::object;
using simdjson::ondemand::value;

namespace {

/// One text of JSON per primary-key column, empty where the row lacks it.
using Cells = std::vector<std::string>;

/// What a value holds of the primary key, and where.
struct KeyCells {
  ShapeEvidence evidence;
  Cells flattened, before, after;
  std::string schema, payload;
};

/// The text of a cell, one for each value: a string's escapes are not the value's. Empty: not well-formed.
std::string text_of(value& json) {
  json_type type;
  std::string_view text;
  if (json.type().get(type) != SUCCESS) return {};
  if (type == json_type::string) {
    std::string quoted;
    if (json.get_string().get(text) == SUCCESS) append_json_string(quoted, text);
    return quoted;
  }
  object as_object;
  array as_array;
  if (type == json_type::object) {
    if (json.get_object().get(as_object) != SUCCESS || as_object.raw_json().get(text) != SUCCESS) return {};
  } else if (type == json_type::array) {
    if (json.get_array().get(as_array) != SUCCESS || as_array.raw_json().get(text) != SUCCESS) return {};
  } else {
    text = token_of(json);
  }
  return std::string(text);
}

/// Calls `visit(name, value)` for each field. False: not well-formed.
template <class Visit>
bool for_each_field(object fields, Visit visit) {
  for (auto entry : fields) {
    field each;
    if (std::move(entry).get(each) != SUCCESS) return false;
    const std::optional<std::string_view> name = name_of(each);
    if (!name) return false;
    visit(*name, each.value());
  }
  return true;
}

void note(ShapeEvidence& evidence, std::string_view name, value& json) {
  for (const ReservedName& reserved : reserved_names) {
    if (reserved.name == name) return evidence.note(reserved.field, token_of(json));
  }
  evidence.note_other();
}

std::optional<std::size_t> position_of(const std::vector<std::string>& columns, std::string_view name) {
  const auto found = std::find(columns.begin(), columns.end(), name);
  if (found == columns.end()) return std::nullopt;
  return static_cast<std::size_t>(found - columns.begin());
}

Cells cells_of(object row, const std::vector<std::string>& columns) {
  Cells cells(columns.size());
  for_each_field(row, [&](std::string_view name, value& json) {
    if (const auto position = position_of(columns, name)) cells[*position] = text_of(json);
  });
  return cells;
}

std::optional<KeyCells> read_cells(std::string_view text, const std::vector<std::string>& columns,
                                   bool may_be_wrapped) {
  const simdjson::padded_string padded(text);
  simdjson::ondemand::parser parser;
  document json;
  object fields;
  if (parser.iterate(padded).get(json) != SUCCESS || json.get_object().get(fields) != SUCCESS)
    return std::nullopt;
  KeyCells cells{ShapeEvidence(0, may_be_wrapped), Cells(columns.size()), {}, {}, {}, {}};
  const bool is_read = for_each_field(fields, [&](std::string_view name, value& each) {
    note(cells.evidence, name, each);
    const bool is_object = token_of(each).front() == '{';
    object row;
    if (is_object && (name == "before" || name == "after")) {
      Cells& image = name == "after" ? cells.after : cells.before;
      if (each.get_object().get(row) == SUCCESS) image = cells_of(row, columns);
    } else if (name == "schema" || name == "payload") {
      (name == "schema" ? cells.schema : cells.payload) = text_of(each);
    } else if (const auto position = position_of(columns, name)) {
      cells.flattened[*position] = text_of(each);
    }
  });
  if (!is_read) return std::nullopt;
  // A primary-key column of one of these names is a scalar, whose text was kept.
  if (const auto position = position_of(columns, "schema")) cells.flattened[*position] = cells.schema;
  if (const auto position = position_of(columns, "payload")) cells.flattened[*position] = cells.payload;
  return cells;
}

bool has_any(const Cells& cells) {
  return std::any_of(cells.begin(), cells.end(), [](const std::string& cell) { return !cell.empty(); });
}

/// Whether the images name two rows; a column that one of them lacks, or has as null, says nothing.
bool differ(const Cells& before, const Cells& after) {
  for (std::size_t i = 0; i < before.size() && i < after.size(); ++i) {
    const auto is_known = [](const std::string& cell) { return !cell.empty() && cell != "null"; };
    if (is_known(before[i]) && is_known(after[i]) && before[i] != after[i]) return true;
  }
  return false;
}

/// Of a schema that is a struct, the schemas of the columns, in their order; empty where one is not there.
Cells field_schemas(std::string_view schema, const std::vector<std::string>& names) {
  Cells schemas(names.size());
  const simdjson::padded_string padded(schema);
  simdjson::ondemand::parser parser;
  document json;
  array fields;
  if (parser.iterate(padded).get(json) != SUCCESS || json["fields"].get_array().get(fields) != SUCCESS)
    return schemas;
  for (auto item : fields) {
    object each;
    std::string_view text;
    if (item.get_object().get(each) != SUCCESS || each.raw_json().get(text) != SUCCESS) break;
    const simdjson::padded_string field_text(text);
    simdjson::ondemand::parser field_parser;
    document field_json;
    std::string_view name;
    if (field_parser.iterate(field_text).get(field_json) != SUCCESS ||
        field_json["field"].get_string().get(name) != SUCCESS)
      continue;
    if (const auto position = position_of(names, name)) schemas[*position] = text;
  }
  return schemas;
}

}  // namespace

RowKeyReader::RowKeyReader(const topology::SourcePlan& source) {
  for (const std::size_t column : source.primary_key) {
    if (column >= source.declared_columns) continue;
    const std::string& wire_name = source.declaration.columns[column].wire_name;
    if (!wire_name.starts_with("meta.")) columns_.push_back(wire_name);
  }
}

std::optional<RowKey> RowKeyReader::read(std::string_view value) const {
  if (columns_.empty()) return std::nullopt;
  auto cells = read_cells(value, columns_, true);
  std::string schema;
  if (cells && cells->evidence.verdict() == RecordShape::wrapped) {
    schema = cells->schema;
    cells = read_cells(cells->payload, columns_, false);
  }
  if (!cells) return std::nullopt;
  const RecordShape shape = cells->evidence.verdict();
  if (shape == RecordShape::no_row) return std::nullopt;
  const bool is_envelope = shape == RecordShape::envelope;
  const std::string_view image = !is_envelope ? "" : has_any(cells->after) ? "after" : "before";
  const Cells& row = image.empty() ? cells->flattened : image == "after" ? cells->after : cells->before;
  if (!has_any(row)) return std::nullopt;

  if (!image.empty()) schema = field_schemas(schema, {std::string(image)}).front();
  const Cells schemas = field_schemas(schema, columns_);
  RowKey key;
  key.moves = is_envelope && differ(cells->before, cells->after);
  std::string fields;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (row[i].empty()) continue;
    key.identity += key.identity.empty() ? '{' : ',';
    append_json_string(key.identity, columns_[i]);
    key.identity += ':' + row[i];
    if (!fields.empty()) fields += ',';
    fields += schemas[i];
  }
  key.identity += '}';
  key.bytes = has_any(schemas) ? R"({"schema":{"type":"struct","optional":false,"fields":[)" + fields +
                                     R"(]},"payload":)" + key.identity + '}'
                               : key.identity;
  return key;
}

}  // namespace tallymill::processor
