#pragma once

#include <span>
#include <string>
#include <string_view>

#include "topology/data/row.h"

namespace tallymill::processor {

/// Appends `text` as a JSON string in quotes: UTF-8 as it is, control characters, quote and backslash
/// escaped.
void append_json_string(std::string& out, std::string_view text);

/// Appends one value as the reader of an output topic gets it: decimals and timestamps as strings ("12.50",
/// "2026-11-22T22:15:08.077063Z", six fraction digits, or nine if it is finer than a microsecond), dates
/// "2026-11-22", times of day "22:15:08.077063", bytes as base64, durations as "1.5s", int and double as JSON
/// numbers (NaN and infinities as strings), null as null.
void append_json_value(std::string& out, const topology::Value& value);

/// A column to print: its name, already as `"name":`, and where its value stands in the row.
struct JsonField {
  std::string quoted_name;  ///< `"user_id":`
  std::size_t column;
};

/// The printed columns of a row type: all that are not hidden, or those at `columns`, in that order.
std::vector<JsonField> json_fields(const topology::RowType& type);
std::vector<JsonField> json_fields(const topology::RowType& type, std::span<const std::size_t> columns);

/// Appends a value as append_json_key does.
void append_json_key_value(std::string& out, const topology::Value& value);
/// Appends a value as append_json_key does, but without JSON's quotes: a key of one column as text. Null is `null`;
/// a text that is the word null, or begins with a quote, keeps its quotes, so that no two values have one key.
void append_plain_key(std::string& out, const topology::Value& value);

/// Appends `{"user_id":"ann","total":"7.50"}`, compact.
void append_json_object(std::string& out, std::span<const JsonField> fields, topology::Row row);
/// The same without the columns whose value is not known: the wire did not have it, or only a placeholder.
void append_json_known(std::string& out, std::span<const JsonField> fields, topology::Row row);
/// The same as a key: two values have the same text exactly if they are the same value of a group or a primary key.
/// Decimals have no trailing zeros, and a double has one zero.
void append_json_key(std::string& out, std::span<const JsonField> fields, topology::Row row);

}  // namespace tallymill::processor
