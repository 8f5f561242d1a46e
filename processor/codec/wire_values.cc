#include "processor/codec/wire_values.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>

#include "processor/codec/base64.h"
#include "processor/codec/json_text.h"
#include "processor/codec/wire_decimals.h"
#include "processor/codec/wire_times.h"

namespace tallymill::processor {

using simdjson::ondemand::array;
using simdjson::ondemand::object;
using topology::Arena;
using topology::Type;
using topology::TypeKind;
using topology::Value;
using topology::ValueKind;
using JsonValue = simdjson::ondemand::value;

namespace {

constexpr std::string_view placeholder = "__debezium_unavailable_value";
constexpr std::string_view placeholder_base64 = "X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==";
constexpr std::string_view placeholder_hex = "5f5f646562657a69756d5f756e617661696c61626c655f76616c7565";
// Java's UUID.nameUUIDFromBytes of the placeholder: the item of an unchanged uuid[].
constexpr std::string_view placeholder_uuid = "b68a35a7-17ad-35b3-af2a-ae46edb4545a";

bool is_placeholder(std::string_view text) {
  switch (text.size()) {
    case placeholder.size():
      return text == placeholder;
    case placeholder_base64.size():
      return text == placeholder_base64;
    case placeholder_uuid.size():
      return text == placeholder_uuid;
    case placeholder_hex.size():
      return std::equal(text.begin(), text.end(), placeholder_hex.begin(),
                        [](char a, char b) { return (a | 0x20) == (b | 0x20); });
    default:
      return false;
  }
}

/// An unchanged int[] or bigint[] comes as the placeholder's bytes.
bool is_placeholder(std::span<const Value> items) {
  return items.size() == placeholder.size() &&
         std::equal(items.begin(), items.end(), placeholder.begin(), [](const Value& item, char c) {
           return item.is(ValueKind::integer) && item.as_integer() == c;
         });
}

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
  if (error == std::errc::result_out_of_range)
    return Reading::wrong_type("it is outside of a double's range");
  if (error != std::errc() || stop != end) return Reading::malformed("a number is broken");
  return Value::floating(number);
}

bool has_json_number_start(std::string_view token) {
  const std::string_view digits = token.substr(token.front() == '-' ? 1 : 0);
  if (digits.empty() || digits[0] < '0' || digits[0] > '9') return false;
  return digits[0] != '0' || digits.size() == 1 || digits[1] < '0' || digits[1] > '9';
}

Reading read_number(const Type& type, const WireEncoding& encoding, std::string_view token, Arena& arena) {
  if (!has_json_number_start(token)) return Reading::malformed("a value is no JSON");
  if (type.kind == TypeKind::decimal) return decimal_from_text(token, arena);
  if (type.kind == TypeKind::floating) return floating_from_token(token);
  const std::optional<std::int64_t> number = integer_of(token);
  switch (type.kind) {
    case TypeKind::integer:
      return number ? Value::integer(*number) : Reading::wrong_type("it is no whole number of 64 bits");
    case TypeKind::timestamp:
      return number ? timestamp_from_integer(*number, encoding.form) : Reading::wrong_type();
    case TypeKind::date:
      return number ? date_from_integer(*number, encoding.form) : Reading::wrong_type();
    case TypeKind::time_of_day:
      return number ? time_of_day_from_integer(*number, encoding.form) : Reading::wrong_type();
    case TypeKind::duration:
      return number ? duration_from_integer(*number, encoding.form) : Reading::wrong_type();
    default:
      return Reading::wrong_type();
  }
}

Reading floating_from_special_text(std::string_view text) {
  if (text == "NaN") return Value::floating(std::numeric_limits<double>::quiet_NaN());
  if (text == "Infinity") return Value::floating(std::numeric_limits<double>::infinity());
  if (text == "-Infinity") return Value::floating(-std::numeric_limits<double>::infinity());
  return Reading::wrong_type();
}

Reading bytes_from_base64(std::string_view text, Arena& arena) {
  auto* target = reinterpret_cast<char*>(arena.allocate(base64_decoded_size_max(text.size()), 1));
  const std::optional<std::size_t> size = decode_base64(text, target);
  if (!size) return Reading::wrong_type("it is no base64");
  return Value::bytes({target, *size});
}

Reading read_string(const Type& type, const WireEncoding& encoding, std::string_view token, JsonValue& value,
                    Arena& arena) {
  const std::optional<std::string_view> text = string_of(value, token, arena);
  if (!text) return Reading::malformed("a string has a broken escape");
  if (is_placeholder(*text)) return Value::unavailable();
  switch (type.kind) {
    case TypeKind::string:
    case TypeKind::uuid:
    case TypeKind::json:
      return Value::string(*text);
    case TypeKind::decimal:
      return decimal_from_string(*text, encoding, arena);
    case TypeKind::floating:
      return floating_from_special_text(*text);
    case TypeKind::bytes:
      return bytes_from_base64(*text, arena);
    case TypeKind::timestamp:
      return timestamp_from_text(*text);
    case TypeKind::date:
      return date_from_text(*text);
    case TypeKind::time_of_day:
      return time_of_day_from_text(*text);
    default:
      return Reading::wrong_type();
  }
}

/// io.debezium.data.VariableScaleDecimal: {"scale":1,"value":"fQ=="}, in any order.
Reading read_variable_scale_decimal(JsonValue& value, Arena& arena) {
  object fields;
  if (value.get_object().get(fields)) return Reading::malformed("an object is broken");
  std::optional<std::int64_t> scale;
  std::optional<std::string_view> coefficient;
  for (auto item : fields) {
    if (item.error()) return Reading::malformed("an object is broken");
    simdjson::ondemand::field&& field = std::move(item).value_unsafe();
    const simdjson::ondemand::raw_json_string key = field.key();
    const std::string_view token = token_of(field.value());
    if (key == "scale") {
      scale = integer_of(token);
    } else if (key == "value" && token.front() == '"') {
      coefficient = string_of(field.value(), token, arena);
    } else if (!begins_json_value(token)) {
      return Reading::malformed("a value is no JSON");
    }
  }
  const bool scale_fits = scale && *scale >= INT32_MIN && *scale <= INT32_MAX;
  if (!scale_fits || !coefficient)
    return Reading::wrong_type("it has not the scale and value of a VariableScaleDecimal");
  if (is_placeholder(*coefficient)) return Value::unavailable();
  return decimal_from_base64(*coefficient, static_cast<std::int32_t>(*scale), arena);
}

}  // namespace

Reading WireValueReader::read(const Type& type, const WireEncoding& encoding, std::string_view token,
                              JsonValue& value, Arena& arena) {
  switch (token.front()) {
    case '"':
      return read_string(type, encoding, token, value, arena);
    case '{':
      return type.kind == TypeKind::decimal ? read_variable_scale_decimal(value, arena)
                                            : Reading::wrong_type();
    case '[':
      return type.kind == TypeKind::list ? read_list(*type.element, encoding, value, arena)
                                         : Reading::wrong_type();
    case 'n':
      return token == "null" ? Value::null() : Reading::malformed("a value is no JSON");
    case 't':
    case 'f':
      if (token != "true" && token != "false") return Reading::malformed("a value is no JSON");
      return type.kind == TypeKind::boolean ? Value::boolean(token == "true") : Reading::wrong_type();
    default:
      return read_number(type, encoding, token, arena);
  }
}

Reading WireValueReader::read_list(const Type& element, const WireEncoding& encoding, JsonValue& value,
                                   Arena& arena) {
  array items;
  if (value.get_array().get(items)) return Reading::malformed("an array is broken");
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
    if (std::move(entry).get(item)) return Reading::malformed("an array is broken");
    const Reading reading = read(element, encoding, token_of(item), item, arena);
    if (!reading.ok()) return reading;
    unavailable = unavailable || reading.value().is(ValueKind::unavailable);
    items_.push_back(reading.value());
  }
  const std::span<const Value> read_values(items_.data() + base, items_.size() - base);
  if (unavailable || is_placeholder(read_values)) return Value::unavailable();
  const std::span<Value> kept = arena.allocate_array<Value>(read_values.size());
  std::copy(read_values.begin(), read_values.end(), kept.begin());
  return Value::list(kept);
}

}  // namespace tallymill::processor
