#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tallymill::processor {

/// Decodes hexadecimal digits of either case into `target`, which has room for text.size() / 2 bytes. The bytes
/// written; nothing if `text` holds anything else or half a byte.
std::optional<std::size_t> decode_hex(std::string_view text, char* target);

/// `bytes` in lower-case digits.
std::string hex_of(std::string_view bytes);

}  // namespace tallymill::processor
