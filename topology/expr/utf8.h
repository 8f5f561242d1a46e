#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tallymill::topology {

/// Whether `text` is well-formed UTF-8 (no surrogates, no overlong forms).
bool is_utf8(std::string_view text);
/// The number of code points of well-formed UTF-8.
std::int64_t count_code_points(std::string_view text);
/// The byte at which code point `index` (0 or more) of well-formed UTF-8 starts; npos if the text is shorter
/// than that, its size if exactly so long.
std::size_t byte_of_code_point(std::string_view text, std::int64_t index);
/// Bytes of the code point that starts with `lead`.
inline std::size_t code_point_bytes(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}
/// Appends a code point, which must not be a surrogate nor beyond U+10FFFF.
void append_code_point(std::string& out, std::uint32_t code_point);

}  // namespace tallymill::topology
