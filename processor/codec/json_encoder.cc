#include "processor/codec/json_encoder.h"

#include <array>
#include <charconv>
#include <cmath>

#include "processor/codec/base64.h"
#include "topology/base/time.h"
#include "topology/data/decimal.h"

namespace tallymill::processor {

using topology::Decimal;
using topology::Instant;
using topology::Row;
using topology::Value;
using topology::ValueKind;

namespace {

constexpr int microsecond_digits = 6;
constexpr int nanosecond_digits = 9;

/// What stands behind the backslash for a character that needs one; 'u' for \u00XX, 0 for characters that
/// need none.
constexpr std::array<char, 256> escapes = [] {
  std::array<char, 256> table{};
  for (std::size_t c = 0; c < 0x20; ++c) table[c] = 'u';
  table['"'] = '"';
  table['\\'] = '\\';
  table['\b'] = 'b';
  table['\f'] = 'f';
  table['\n'] = 'n';
  table['\r'] = 'r';
  table['\t'] = 't';
  return table;
}();

template <class Number>
void append_number(std::string& out, Number number) {
  std::array<char, 32> text;
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), number);
  INVARIANT(error == std::errc(), "a number longer than its buffer");
  out.append(text.data(), end);
}

void append_two_digits(std::string& out, std::int64_t number) {
  out += static_cast<char>('0' + number / 10);
  out += static_cast<char>('0' + number % 10);
}

void append_padded(std::string& out, std::int64_t number, int digits) {
  std::array<char, 20> text;
  for (int i = digits - 1; i >= 0; --i, number /= 10)
    text[static_cast<std::size_t>(i)] = static_cast<char>('0' + number % 10);
  out.append(text.data(), static_cast<std::size_t>(digits));
}

void append_floating(std::string& out, double number) {
  if (std::isfinite(number)) return append_number(out, number);
  out += std::isnan(number) ? "\"NaN\"" : number > 0 ? "\"Infinity\"" : "\"-Infinity\"";
}

void append_timestamp(std::string& out, Instant instant) {
  const bool is_finer_than_microseconds = instant.nanoseconds % 1'000 != 0;
  out += '"';
  topology::append_instant(out, instant, is_finer_than_microseconds ? nanosecond_digits : microsecond_digits);
  out += '"';
}

void append_date(std::string& out, std::int64_t days) {
  const topology::CivilDate date = topology::civil_from_days(days);
  out += '"';
  if (date.year < 0) out += '-';
  const std::int64_t year = date.year < 0 ? -date.year : date.year;
  if (year > 9999) {
    append_number(out, year);
  } else {
    append_padded(out, year, 4);
  }
  out += '-';
  append_two_digits(out, date.month);
  out += '-';
  append_two_digits(out, date.day);
  out += '"';
}

void append_time_of_day(std::string& out, std::int64_t microseconds) {
  const std::int64_t seconds = microseconds / 1'000'000;
  out += '"';
  append_two_digits(out, seconds / 3'600);
  out += ':';
  append_two_digits(out, seconds / 60 % 60);
  out += ':';
  append_two_digits(out, seconds % 60);
  out += '.';
  append_padded(out, microseconds % 1'000'000, 6);
  out += '"';
}

void append_decimal(std::string& out, const Value& value) {
  out += '"';
  topology::append_decimal_text(out, value);
  out += '"';
}

void append_list(std::string& out, std::span<const Value> items) {
  out += '[';
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i != 0) out += ',';
    append_json_value(out, items[i]);
  }
  out += ']';
}

/// JSON wants strings as names: other keys are written as the text of their JSON.
void append_map(std::string& out, std::span<const Value> entries) {
  out += '{';
  for (std::size_t i = 0; i + 1 < entries.size(); i += 2) {
    if (i != 0) out += ',';
    std::string name;
    append_json_value(name, entries[i]);
    name.front() == '"' ? void(out += name) : append_json_string(out, name);
    out += ':';
    append_json_value(out, entries[i + 1]);
  }
  out += '}';
}

/// The same number without trailing zeros after the point.
void append_canonical_decimal(std::string& out, const Value& value) {
  if (value.is_small_decimal()) {
    topology::Int128 coefficient = value.small_coefficient();
    std::uint16_t scale = value.decimal_scale();
    for (; scale > 0 && coefficient % 10 == 0; --scale) coefficient /= 10;
    return append_decimal(out, Value::small_decimal(coefficient, scale));
  }
  out += '"';
  Decimal::from_value(value).canonical().append_text(out);
  out += '"';
}

void append_canonical_value(std::string& out, const Value& value);

void append_canonical_list(std::string& out, std::span<const Value> items) {
  out += '[';
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i != 0) out += ',';
    append_canonical_value(out, items[i]);
  }
  out += ']';
}

/// A value as keys have it: two values have the same text exactly if key bytes (topology/data/key_bytes.cc) take
/// them for the same, or rows of two groups would overwrite each other under one key.
void append_canonical_value(std::string& out, const Value& value) {
  switch (value.kind()) {
    case ValueKind::decimal:
      return append_canonical_decimal(out, value);
    case ValueKind::floating:
      // One zero, as in key bytes.
      return append_floating(out, value.as_floating() == 0 ? 0.0 : value.as_floating());
    case ValueKind::list:
      return append_canonical_list(out, value.as_items());
    default:
      return append_json_value(out, value);
  }
}

template <class AppendValue>
void append_fields(std::string& out, std::span<const JsonField> fields, Row row, AppendValue append_value) {
  out += '{';
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i != 0) out += ',';
    out += fields[i].quoted_name;
    append_value(out, row[fields[i].column]);
  }
  out += '}';
}

JsonField field_of(const topology::RowType& type, std::size_t column) {
  std::string quoted_name;
  append_json_string(quoted_name, type.columns[column].name);
  return {quoted_name + ':', column};
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  constexpr std::string_view hexadecimal = "0123456789abcdef";
  out += '"';
  std::size_t plain_begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const char escape = escapes[byte];
    if (escape == 0) [[likely]]
      continue;
    out.append(text, plain_begin, i - plain_begin);
    out += '\\';
    out += escape;
    if (escape == 'u') {
      out += "00";
      out += hexadecimal[byte >> 4];
      out += hexadecimal[byte & 15];
    }
    plain_begin = i + 1;
  }
  out.append(text, plain_begin);
  out += '"';
}

void append_json_value(std::string& out, const Value& value) {
  switch (value.kind()) {
    case ValueKind::null:
      out += "null";
      return;
    case ValueKind::boolean:
      out += value.as_boolean() ? "true" : "false";
      return;
    case ValueKind::integer:
      return append_number(out, value.as_integer());
    case ValueKind::unsigned_integer:
      return append_number(out, value.as_unsigned());
    case ValueKind::floating:
      return append_floating(out, value.as_floating());
    case ValueKind::decimal:
      return append_decimal(out, value);
    case ValueKind::string:
    case ValueKind::type:
      return append_json_string(out, value.as_text());
    case ValueKind::bytes:
      out += '"';
      append_base64(out, value.as_text());
      out += '"';
      return;
    case ValueKind::timestamp:
      return append_timestamp(out, value.as_timestamp());
    case ValueKind::duration:
      return append_json_string(out, topology::format_span(value.as_duration()));
    case ValueKind::date:
      return append_date(out, value.as_integer());
    case ValueKind::time_of_day:
      return append_time_of_day(out, value.as_integer());
    case ValueKind::list:
      return append_list(out, value.as_items());
    case ValueKind::map:
      return append_map(out, value.as_items());
    case ValueKind::unset:
    case ValueKind::error:
    case ValueKind::unavailable:
      break;
  }
  INVARIANT(false, "a value that is never stored was to be printed");
}

std::vector<JsonField> json_fields(const topology::RowType& type) {
  std::vector<JsonField> fields;
  for (std::size_t i = 0; i < type.size(); ++i) {
    if (!type.columns[i].hidden) fields.push_back(field_of(type, i));
  }
  return fields;
}

std::vector<JsonField> json_fields(const topology::RowType& type, std::span<const std::size_t> columns) {
  std::vector<JsonField> fields;
  for (const std::size_t column : columns) fields.push_back(field_of(type, column));
  return fields;
}

void append_json_object(std::string& out, std::span<const JsonField> fields, Row row) {
  append_fields(out, fields, row, append_json_value);
}

void append_json_known(std::string& out, std::span<const JsonField> fields, Row row) {
  out += '{';
  for (const JsonField& field : fields) {
    const Value& value = row[field.column];
    if (value.is(ValueKind::unset) || value.is(ValueKind::unavailable)) continue;
    if (out.back() != '{') out += ',';
    out += field.quoted_name;
    append_json_value(out, value);
  }
  out += '}';
}

void append_json_key(std::string& out, std::span<const JsonField> fields, Row row) {
  append_fields(out, fields, row, append_canonical_value);
}

void append_json_key_value(std::string& out, const Value& value) { append_canonical_value(out, value); }

void append_plain_key(std::string& out, const Value& value) {
  const std::size_t begin = out.size();
  if (value.is(ValueKind::string)) {
    out += value.as_text();
  } else {
    std::string json;
    append_canonical_value(json, value);
    // Of what is no string, JSON escapes nothing: without its quotes it is the text.
    const bool is_quoted = json.size() >= 2 && json.front() == '"' && json.back() == '"';
    out += is_quoted ? std::string_view(json).substr(1, json.size() - 2) : std::string_view(json);
  }
  // A text that could be taken for null, or for a text in quotes, stands in quotes itself.
  const std::string_view plain = std::string_view(out).substr(begin);
  if (value.is_null() || (plain != "null" && !plain.starts_with('"'))) return;
  const std::string text(plain);
  out.resize(begin);
  append_json_string(out, text);
}

}  // namespace tallymill::processor
