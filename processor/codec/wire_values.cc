#include "processor/codec/wire_values.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>

#include "processor/codec/base64.h"
#include "processor/codec/hex.h"
#include "processor/codec/json_text.h"
#include "processor/codec/lenient_json.h"
#include "processor/codec/wire_decimals.h"
#include "processor/codec/wire_times.h"

namespace tallymill::processor {

using simdjson::ondemand::array;
using simdjson::ondemand::object;
using topology::Arena;
using topology::ErrorCode;
using topology::Type;
using topology::TypeKind;
using topology::Value;
using topology::ValueKind;
using JsonValue = simdjson::ondemand::value;

namespace {

constexpr Refusal not_64_bits{ErrorCode::wrong_type, "it is no whole number of 64 bits"};
constexpr Refusal base64_integer{ErrorCode::wrong_type, "its schema says that it is a decimal", {},
                                 "declare the column as decimal"};
constexpr Refusal not_a_double{ErrorCode::wrong_type, "it is outside of a double's range"};
constexpr Refusal not_a_uuid{ErrorCode::wrong_type, "it is no UUID such as 123e4567-e89b-12d3-a456-426614174000",
                             {}, "declare the column as string if the table has it as text"};
constexpr Refusal no_base64{ErrorCode::wrong_type, "it is no base64", "encoding: hex",
                            "set the connector's binary.handling.mode=base64"};
constexpr Refusal no_hex{ErrorCode::wrong_type, "it is no text of hexadecimal digits", "encoding: base64",
                         "set the connector's binary.handling.mode=hex"};
constexpr Refusal neither_base64_nor_hex{ErrorCode::wrong_type, "it is neither base64 nor hexadecimal digits", {},
                                         "set the connector's binary.handling.mode=base64"};
constexpr Refusal base64_or_hex{ErrorCode::ambiguous_bytes, "it can be base64 and hexadecimal digits",
                                "encoding: base64", "`encoding: hex`, whichever binary.handling.mode says"};
constexpr Refusal no_variable_scale{ErrorCode::wrong_type,
                                    "it has not the scale and value of a VariableScaleDecimal"};
constexpr Refusal union_of_avro{ErrorCode::foreign_envelope, "that is how Avro's JSON writes a union", {},
                                "read the topic with Connect's JsonConverter instead of Avro's JSON"};
constexpr Refusal like_a_placeholder{
    ErrorCode::unavailable_value, "it looks like the connector's placeholder for an unchanged value", {},
    "write the connector's unavailable.value.placeholder as `unavailable_value` in the source"};
constexpr Refusal half_a_character{ErrorCode::wrong_type, "it has an escape of half a character, which is no text", {},
                                   "correct the row, or the program that writes it"};
constexpr Refusal deep_json{ErrorCode::wrong_type, "it is nested more than 1024 deep"};

std::optional<std::int64_t> integer_of(std::string_view token) {
  std::int64_t number = 0;
  const char* end = token.data() + token.size();
  const auto [stop, error] = std::from_chars(token.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

Reading floating_from_token(std::string_view token) {
  double number = 0;
  const char* end = token.data() + token.size();
  const auto [stop, error] = std::from_chars(token.data(), end, number);
  if (error == std::errc::result_out_of_range) return not_a_double;
  if (error != std::errc() || stop != end) return broken_json;
  return Value::floating(number);
}

bool has_json_number_start(std::string_view token) {
  const std::string_view digits = token.substr(token.front() == '-' ? 1 : 0);
  if (digits.empty() || digits[0] < '0' || digits[0] > '9') return false;
  return digits[0] != '0' || digits.size() == 1 || digits[1] < '0' || digits[1] > '9';
}

Reading floating_from_special_text(std::string_view text) {
  if (text == "NaN") return Value::floating(std::numeric_limits<double>::quiet_NaN());
  if (text == "Infinity") return Value::floating(std::numeric_limits<double>::infinity());
  if (text == "-Infinity") return Value::floating(-std::numeric_limits<double>::infinity());
  return of_another_type;
}

/// Text is how some converters keep 64 bits from JSON's readers of 53. Base64 of digits alone is one too, where
/// a schema says so.
Reading integer_from_text(std::string_view text, WireForm form) {
  if (form == WireForm::bytes || form == WireForm::connect_decimal) return base64_integer;
  if (text.empty() || !has_json_number_start(text)) return of_another_type;
  const std::optional<std::int64_t> number = integer_of(text);
  if (number) return Value::integer(*number);
  return not_64_bits;
}

Reading bytes_from_text(std::string_view text, WireForm form, Arena& arena) {
  const auto room = [&](std::size_t size) { return reinterpret_cast<char*>(arena.allocate(size, 1)); };
  std::optional<std::string_view> base64;
  std::optional<std::string_view> hex;
  if (form != WireForm::hex) {
    char* target = room(base64_decoded_size_max(text.size()));
    if (const auto size = decode_base64(text, target)) base64 = std::string_view(target, *size);
    if (form == WireForm::bytes && !base64) return no_base64;
  }
  if (form != WireForm::bytes) {
    char* target = room(text.size() / 2);
    if (const auto size = decode_hex(text, target)) hex = std::string_view(target, *size);
    if (form == WireForm::hex && !hex) return no_hex;
  }
  if (base64 && hex && !text.empty()) return base64_or_hex;
  if (!base64 && !hex) return neither_base64_nor_hex;
  return Value::bytes(base64 ? *base64 : *hex);
}

Reading uuid_from_text(std::string_view text, Arena& arena) {
  constexpr std::string_view form = "00000000-0000-0000-0000-000000000000";
  if (text.size() != form.size()) return not_a_uuid;
  bool has_upper_case = false;
  for (std::size_t i = 0; i < form.size(); ++i) {
    const char c = text[i];
    if (form[i] == '-' ? c != '-' : !std::isxdigit(static_cast<unsigned char>(c))) return not_a_uuid;
    has_upper_case = has_upper_case || (c >= 'A' && c <= 'F');
  }
  if (!has_upper_case) return Value::string(text);
  auto* lower = reinterpret_cast<char*>(arena.allocate(text.size(), 1));
  std::transform(text.begin(), text.end(), lower, [](char c) {
    return c >= 'A' && c <= 'F' ? static_cast<char>(c | 0x20) : c;
  });
  return Value::string({lower, text.size()});
}

/// Of a text whose escapes could not be read.
Reading refusal_of_text(std::string_view token) {
  if (is_json(token)) return half_a_character;
  return broken_json;
}

/// Whether the one field of an object, such as {"long":7}, is named as Avro names the branches of a union.
bool names_avro_type(std::string_view name) {
  for (const std::string_view type :
       {"string", "long", "int", "double", "float", "boolean", "bytes", "array", "map"}) {
    if (name == type) return true;
  }
  return name.find('.') != std::string_view::npos;  // a record's full name
}

}  // namespace

Reading WireValueReader::read(const Type& type, const WireEncoding& encoding, std::string_view token,
                              JsonValue& value, Arena& arena) {
  switch (token.front()) {
    case '"': {
      const std::optional<std::string_view> text = string_of(value, token, arena);
      if (!text) return refusal_of_text(token);
      if (type.kind == TypeKind::string && !placeholder_.is(*text, type.kind) && !placeholder_.is_resembled_by(*text)) {
        return Value::string(*text);
      }
      return read_text(type, encoding, *text, arena);
    }
    case '{':
      return read_object(type, encoding, value, arena);
    case '[': {
      if (type.kind == TypeKind::list) return read_list(*type.element, encoding, value, arena);
      if (type.kind != TypeKind::json) return of_another_type;
      array items;
      std::string_view text;
      if (value.get_array().get(items) || items.raw_json().get(text)) return broken_json;
      return read_json(text);
    }
    case 'n':
      if (token != "null") return broken_json;
      return Value::null();
    case 't':
    case 'f':
      if (token != "true" && token != "false") return broken_json;
      if (type.kind == TypeKind::json) return Value::string(token);
      if (type.kind != TypeKind::boolean) return of_another_type;
      return Value::boolean(token == "true");
    default:
      return read_number(type, encoding, token, arena);
  }
}

Reading WireValueReader::read_number(const Type& type, const WireEncoding& encoding, std::string_view token,
                                     Arena& arena) {
  if (!has_json_number_start(token)) return broken_json;
  switch (type.kind) {
    case TypeKind::decimal:
      return decimal_from_text(token, encoding.digits_max, arena);
    case TypeKind::floating:
      return floating_from_token(token);
    case TypeKind::json: {
      const Reading number = floating_from_token(token);
      if (number.is_malformed()) return number;
      return Value::string(token);
    }
    default:
      break;
  }
  const std::optional<std::int64_t> number = integer_of(token);
  switch (type.kind) {
    case TypeKind::integer:
      if (number) return Value::integer(*number);
      return not_64_bits;
    case TypeKind::timestamp:
      if (number) return timestamp_from_integer(*number, encoding);
      return of_another_type;
    case TypeKind::date:
      if (number) return date_from_integer(*number, encoding.form);
      return of_another_type;
    case TypeKind::time_of_day:
      if (number) return time_of_day_from_integer(*number, encoding.form);
      return of_another_type;
    case TypeKind::duration:
      if (number) return duration_from_integer(*number, encoding.form);
      return of_another_type;
    default:
      return of_another_type;
  }
}

Reading WireValueReader::read_text(const Type& type, const WireEncoding& encoding, std::string_view text,
                                   Arena& arena) const {
  if (placeholder_.is(text, type.kind)) return Value::unavailable();
  switch (type.kind) {
    case TypeKind::string:
    case TypeKind::json:
      if (placeholder_.is_resembled_by(text)) return like_a_placeholder;
      return Value::string(text);
    case TypeKind::uuid:
      return uuid_from_text(text, arena);
    case TypeKind::integer:
      return integer_from_text(text, encoding.form);
    case TypeKind::decimal:
      return decimal_from_string(text, encoding, arena);
    case TypeKind::floating:
      return floating_from_special_text(text);
    case TypeKind::bytes:
      return bytes_from_text(text, encoding.form, arena);
    case TypeKind::timestamp:
      return timestamp_from_text(text);
    case TypeKind::date:
      return date_from_text(text);
    case TypeKind::time_of_day:
      return time_of_day_from_text(text);
    case TypeKind::duration:
      return duration_from_text(text);
    default:
      return of_another_type;
  }
}

Reading WireValueReader::read_object(const Type& type, const WireEncoding& encoding, JsonValue& value, Arena& arena) {
  if (type.kind == TypeKind::decimal) return read_variable_scale_decimal(encoding, value, arena);
  object raw;
  std::string_view text;
  if (value.get_object().get(raw) || raw.raw_json().get(text)) return broken_json;
  if (placeholder_.is(text, type.kind)) return Value::unavailable();
  if (type.kind == TypeKind::json) return read_json(text);
  simdjson::dom::object fields;
  if (parse_leniently(json_parser_, text).get(fields)) return of_another_type;
  if (fields.size() == 1 && names_avro_type((*fields.begin()).key)) return union_of_avro;
  return of_another_type;
}

Reading WireValueReader::read_json(std::string_view text) {
  while (static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  const auto error = parse_leniently(json_parser_, text).error();
  if (error == simdjson::DEPTH_ERROR) return deep_json;
  if (error) return broken_json;
  return Value::string(text);
}

/// io.debezium.data.VariableScaleDecimal: {"scale":1,"value":"fQ=="}, in any order.
Reading WireValueReader::read_variable_scale_decimal(const WireEncoding& encoding, JsonValue& value, Arena& arena) {
  object fields;
  if (value.get_object().get(fields)) return broken_json;
  std::optional<std::int64_t> scale;
  std::optional<std::string_view> coefficient;
  bool is_union = false;
  for (auto item : fields) {
    if (item.error()) return broken_json;
    simdjson::ondemand::field&& field = std::move(item).value_unsafe();
    const simdjson::ondemand::raw_json_string key = field.key();
    const std::string_view token = token_of(field.value());
    if (key == "scale") {
      scale = integer_of(token);
    } else if (key == "value" && token.front() == '"') {
      coefficient = string_of(field.value(), token, arena);
    } else if (!begins_json_value(token)) {
      return broken_json;
    } else {
      is_union = key == "bytes" || key == "string" || key == "double";
    }
  }
  if (is_union && !scale && !coefficient) return union_of_avro;
  const bool scale_fits = scale && *scale >= INT32_MIN && *scale <= INT32_MAX;
  if (!scale_fits || !coefficient) return no_variable_scale;
  if (placeholder_.is(*coefficient, TypeKind::decimal)) return Value::unavailable();
  return decimal_from_base64(*coefficient, static_cast<std::int32_t>(*scale), encoding.digits_max, arena);
}

Reading WireValueReader::read_list(const Type& element, const WireEncoding& encoding, JsonValue& value,
                                   Arena& arena) {
  array items;
  if (value.get_array().get(items)) return broken_json;
  const std::size_t base = items_.size();
  Reading reading = read_items(element, encoding, items, arena);
  items_.resize(base);
  return reading;
}

Reading WireValueReader::read_items(const Type& element, const WireEncoding& encoding, array& items,
                                    Arena& arena) {
  const std::size_t base = items_.size();
  bool unavailable = false;
  for (auto entry : items) {
    JsonValue item;
    if (std::move(entry).get(item)) return broken_json;
    const std::string_view token = token_of(item);
    const Reading reading = read(element, encoding, token, item, arena);
    if (!reading.ok()) {
      note_refused_item(items_.size() - base, token);
      return reading;
    }
    unavailable = unavailable || reading.value().is(ValueKind::unavailable);
    items_.push_back(reading.value());
  }
  const std::span<const Value> read_values(items_.data() + base, items_.size() - base);
  if (unavailable || placeholder_.is(read_values)) return Value::unavailable();
  const std::span<Value> kept = arena.allocate_array<Value>(read_values.size());
  std::copy(read_values.begin(), read_values.end(), kept.begin());
  return Value::list(kept);
}

void WireValueReader::note_refused_item(std::size_t index, std::string_view token) {
  const std::string place = "item " + std::to_string(index + 1);
  if (refused_item_) {
    refused_item_->place += " of " + place;
  } else {
    refused_item_ = RefusedItem{token, place};
  }
}

}  // namespace tallymill::processor
