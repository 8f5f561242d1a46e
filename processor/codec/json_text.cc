#include "processor/codec/json_text.h"

#include <bit>
#include <cstring>

namespace tallymill::processor {

using topology::Arena;
using topology::Error;
using topology::ErrorCode;

std::string_view padded_copy(std::string_view text, Arena& arena) {
  auto* target = reinterpret_cast<char*>(arena.allocate(text.size() + payload_padding, 1));
  if (!text.empty()) std::memcpy(target, text.data(), text.size());
  std::memset(target + text.size(), 0, payload_padding);
  return {target, text.size()};
}

simdjson::error_code start_document(simdjson::ondemand::parser& parser, std::string_view text,
                                    simdjson::ondemand::document& document) {
  if (parser.capacity() < text.size()) {
    // A power of two, or records that grow by a few bytes each would allocate each time.
    if (const auto error = parser.allocate(std::bit_ceil(text.size()))) return error;
  }
  return parser.iterate(text.data(), text.size(), text.size() + payload_padding).get(document);
}

bool is_at_end(simdjson::ondemand::document& document) {
  return document.current_location().error() == simdjson::OUT_OF_BOUNDS;
}

std::optional<std::string_view> unescaped_string(simdjson::ondemand::value& value, Arena& arena) {
  std::string_view unescaped;
  if (value.get_string().get(unescaped)) return std::nullopt;
  return arena.copy(unescaped);
}

std::string_view describe_token(std::string_view token) {
  switch (token.front()) {
    case '"':
      return "the string";
    case '{':
      return "an object";
    case '[':
      return "an array";
    case 'n':
      return "null";
    case 't':
    case 'f':
      return "the boolean";
    default:
      return "the number";
  }
}

Error malformed_record(std::string_view what, std::string_view reason) {
  std::string message = "the ";
  message.append(what).append(" is no change record: ").append(reason);
  return {
      ErrorCode::malformed_record, std::move(message),
      "look at the converters of the connector that wrote it; `dead_letter: { payload: raw }` keeps its bytes"};
}

}  // namespace tallymill::processor
