#include "processor/codec/base64.h"

#include <array>
#include <cstdint>

namespace tallymill::processor {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::int8_t not_base64 = -1;

constexpr std::array<std::int8_t, 256> digit_of_character = [] {
  std::array<std::int8_t, 256> digits{};
  digits.fill(not_base64);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    digits[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
  }
  return digits;
}();

std::int32_t digit(char c) { return digit_of_character[static_cast<unsigned char>(c)]; }

}  // namespace

std::optional<std::size_t> decode_base64(std::string_view text, char* target) {
  if (text.size() % 4 != 0) return std::nullopt;
  if (text.empty()) return 0;
  std::size_t padding = 0;
  if (text.back() == '=') padding = text[text.size() - 2] == '=' ? 2 : 1;

  char* out = target;
  const std::size_t whole_end = text.size() - (padding == 0 ? 0 : 4);
  std::int32_t invalid = 0;  // collects the sign bits, so that the loop has no branch
  for (std::size_t i = 0; i < whole_end; i += 4) {
    const std::int32_t a = digit(text[i]), b = digit(text[i + 1]), c = digit(text[i + 2]),
                       d = digit(text[i + 3]);
    invalid |= a | b | c | d;
    const std::uint32_t bits = static_cast<std::uint32_t>(a) << 18 | static_cast<std::uint32_t>(b) << 12 |
                               static_cast<std::uint32_t>(c) << 6 | static_cast<std::uint32_t>(d);
    *out++ = static_cast<char>(bits >> 16);
    *out++ = static_cast<char>(bits >> 8);
    *out++ = static_cast<char>(bits);
  }
  if (padding != 0) {
    const std::int32_t a = digit(text[whole_end]), b = digit(text[whole_end + 1]);
    const std::int32_t c = padding == 1 ? digit(text[whole_end + 2]) : 0;
    invalid |= a | b | c;
    const std::uint32_t bits = static_cast<std::uint32_t>(a) << 18 | static_cast<std::uint32_t>(b) << 12 |
                               static_cast<std::uint32_t>(c) << 6;
    // Bits that no byte takes must be zero: two texts never mean the same bytes.
    if ((bits & (padding == 2 ? 0xffffu : 0xffu)) != 0) return std::nullopt;
    *out++ = static_cast<char>(bits >> 16);
    if (padding == 1) *out++ = static_cast<char>(bits >> 8);
  }
  if (invalid < 0) return std::nullopt;
  return static_cast<std::size_t>(out - target);
}

void append_base64(std::string& out, std::string_view bytes) {
  const auto byte = [&](std::size_t i) {
    return i < bytes.size() ? static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])) : 0u;
  };
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::uint32_t bits = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    out += alphabet[bits >> 18];
    out += alphabet[bits >> 12 & 63];
    out += i + 1 < bytes.size() ? alphabet[bits >> 6 & 63] : '=';
    out += i + 2 < bytes.size() ? alphabet[bits & 63] : '=';
  }
}

}  // namespace tallymill::processor
