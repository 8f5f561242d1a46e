#include "processor/codec/placeholder.h"

#include <algorithm>
#include <boost/uuid/detail/md5.hpp>
#include <cstdint>

#include "processor/codec/base64.h"
#include "processor/codec/hex.h"

namespace tallymill::processor {

using topology::TypeKind;
using topology::Value;
using topology::ValueKind;

namespace {

constexpr std::string_view debezium = "__debezium_unavailable_value";
constexpr std::string_view debezium_base64 = "X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==";
constexpr std::string_view debezium_hex = "5f5f646562657a69756d5f756e617661696c61626c655f76616c7565";
constexpr std::string_view debezium_uuid = "b68a35a7-17ad-35b3-af2a-ae46edb4545a";

/// A UUID of version 3 from a name without a namespace, as Java makes it.
std::string name_uuid(std::string_view name) {
  boost::uuids::detail::md5 hash;
  hash.process_bytes(name.data(), name.size());
  boost::uuids::detail::md5::digest_type digest;
  hash.get_digest(digest);
  std::string bytes;
  for (const std::uint32_t word : digest) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(word >> shift & 0xff);
  }
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x30);
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
  std::string text = hex_of(bytes);
  for (const std::size_t hyphen : {8u, 13u, 18u, 23u}) text.insert(hyphen, 1, '-');
  return text;
}

bool is_bytes_of(std::span<const Value> items, std::string_view text) {
  return items.size() == text.size() &&
         std::equal(items.begin(), items.end(), text.begin(), [](const Value& item, char c) {
           // Debezium has no list of dates of its own for this, and sends that of numbers.
           const bool is_number = item.is(ValueKind::integer) || item.is(ValueKind::date);
           return is_number && item.as_integer() == static_cast<signed char>(c);
         });
}

/// An unchanged geometry: the point -99999999 -99999999, with the system of coordinates 4326 or without.
bool is_far_point(std::string_view json) {
  return json.find("AQEAACDmEAAAAAAA/IPXl8EAAAD8g9eXwQ==") != std::string_view::npos ||
         json.find("AQEAAAAAAAD8g9eXwQAAAPyD15fB") != std::string_view::npos;
}

/// `{"TEXT":"TEXT"}`, as an unchanged hstore comes, in a map and as JSON text alike.
bool is_map_of(std::string_view json, std::string_view text) {
  const auto take = [&json](std::string_view token) {
    if (!json.starts_with(token)) return false;
    json.remove_prefix(token.size());
    return true;
  };
  const auto take_mark = [&](std::string_view mark) {
    json.remove_prefix(std::min(json.find_first_not_of(" \t\r\n"), json.size()));
    return take(mark);
  };
  const auto take_text = [&] { return take_mark("\"") && take(text) && take("\""); };
  return take("{") && take_text() && take_mark(":") && take_text() && take_mark("}") && json.empty();
}

}  // namespace

Placeholder::Placeholder(std::string_view own) {
  static_assert(debezium.size() == shortest_of_debezium);
  if (own.empty()) return;
  std::string text(own);
  constexpr std::string_view hex_mark = "hex:";
  if (own.starts_with(hex_mark)) {
    std::string bytes(own.size() / 2, '\0');
    if (const auto size = decode_hex(own.substr(hex_mark.size()), bytes.data())) text = bytes.substr(0, *size);
  }
  std::string base64;
  append_base64(base64, text);
  own_ = std::make_shared<Forms>(Forms{text, std::move(base64), hex_of(text), name_uuid(text)});
}

bool Placeholder::is_debezium(std::string_view text) {
  switch (text.size()) {
    case debezium.size():
      return text == debezium;
    case debezium_base64.size():
      return text == debezium_base64;
    case debezium_uuid.size():
      return text == debezium_uuid;
    case debezium_hex.size():
      return std::equal(text.begin(), text.end(), debezium_hex.begin(),
                        [](char a, char b) { return (a | 0x20) == (b | 0x20); });
    default:
      return is_map_of(text, debezium) || (text.starts_with('{') && is_far_point(text));
  }
}

bool Placeholder::speaks_of_absence(std::string_view text) {
  for (const std::string_view word : {"unavailable", "toast", "unchanged"}) {
    const auto found = std::search(text.begin(), text.end(), word.begin(), word.end(),
                                   [](char a, char b) { return (a | 0x20) == b; });
    if (found != text.end()) return true;
  }
  return false;
}

bool Placeholder::is_own(std::string_view text, TypeKind kind) const {
  if (text == own_->text || is_map_of(text, own_->text)) return true;
  switch (kind) {
    case TypeKind::bytes:
      return text == own_->base64 || text == own_->hex;
    case TypeKind::decimal:
      return text == own_->base64;
    case TypeKind::uuid:
      return text == own_->uuid;
    default:
      return false;
  }
}

bool Placeholder::is(std::span<const Value> items) const {
  return is_bytes_of(items, debezium) || (own_ && is_bytes_of(items, own_->text));
}

}  // namespace tallymill::processor
