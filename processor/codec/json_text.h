#pragma once

#include <simdjson.h>

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "topology/base/error.h"
#include "topology/data/arena.h"

namespace tallymill::processor {

/// Bytes that may be read behind every payload: what simdjson wants, and the longest name that FieldOrder
/// compares.
constexpr std::size_t payload_padding = simdjson::SIMDJSON_PADDING;

/// A copy in `arena` with payload_padding zero bytes behind it.
std::string_view padded_copy(std::string_view text, topology::Arena& arena);

/// Starts a document over `text`, which is a padded_copy. The one parser is for one document at a time.
simdjson::error_code start_document(simdjson::ondemand::parser& parser, std::string_view text,
                                    simdjson::ondemand::document& document);

/// Whether nothing follows what was read of `document`. On-Demand does not look behind the root object by
/// itself.
bool is_at_end(simdjson::ondemand::document& document);

/// The raw text of a scalar, or the opening bracket; does not consume the value. Never empty.
inline std::string_view token_of(simdjson::ondemand::value& value) {
  std::string_view token = value.raw_json_token();
  while (token.size() > 1 && static_cast<unsigned char>(token.back()) <= ' ') token.remove_suffix(1);
  return token;
}

/// Whether a text in a padded payload has a backslash. Most texts are too short for a call of memchr to be worth it.
inline bool has_backslash(std::string_view text) {
  static_assert(payload_padding >= sizeof(std::uint64_t), "a word is read behind the text");
  static_assert(std::endian::native == std::endian::little, "the first byte of a text is a word's lowest");
  constexpr std::uint64_t ones = 0x0101'0101'0101'0101;
  constexpr std::uint64_t high_bits = 0x8080'8080'8080'8080;
  const char* next = text.data();
  for (std::size_t left = text.size(); left > 0;) {
    std::uint64_t word;
    std::memcpy(&word, next, sizeof word);
    word ^= ones * '\\';
    const std::uint64_t zero_bytes = (word - ones) & ~word & high_bits;
    if (left >= sizeof word) {
      if (zero_bytes != 0) return true;
      left -= sizeof word;
      next += sizeof word;
      continue;
    }
    // A borrow makes false ones only behind a true one, and what stands behind the text is cut off.
    return (zero_bytes << (8 * (sizeof word - left))) != 0;
  }
  return false;
}

/// string_of() of a text that has a backslash.
std::optional<std::string_view> unescaped_string(simdjson::ondemand::value& value, topology::Arena& arena);

/// What stands between the quotes of a string value with this token, unescaped into `arena` where it has
/// escapes; nothing if an escape is broken (a lone surrogate, \x).
inline std::optional<std::string_view> string_of(simdjson::ondemand::value& value, std::string_view token,
                                                 topology::Arena& arena) {
  const std::string_view content = token.substr(1, token.size() - 2);
  if (!has_backslash(content)) return content;
  return unescaped_string(value, arena);
}

/// Whether a value with this token may be passed over. simdjson does not look at what it skips, so the first
/// character at least must be one that begins a JSON value.
inline bool begins_json_value(std::string_view token) {
  switch (token.front()) {
    case '"':
    case '{':
    case '[':
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
      return true;
    case 'n':
      return token == "null";
    case 't':
      return token == "true";
    case 'f':
      return token == "false";
    default:
      return false;
  }
}

/// "a string", "an object" and so on, for messages.
std::string_view describe_token(std::string_view token);

topology::Error malformed_record(std::string_view what, std::string_view reason);

}  // namespace tallymill::processor
