#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tallymill::processor {

/// Bytes that decoding `text_size` characters of base64 needs at most.
constexpr std::size_t base64_decoded_size_max(std::size_t text_size) { return text_size / 4 * 3; }

/// Decodes standard base64 with padding, as Connect's JsonConverter writes it, into `target`, which has room
/// for base64_decoded_size_max(text.size()) bytes. The bytes written; nothing if `text` is no such base64.
std::optional<std::size_t> decode_base64(std::string_view text, char* target);

/// Appends `bytes` as standard base64 with padding.
void append_base64(std::string& out, std::string_view bytes);

}  // namespace tallymill::processor
