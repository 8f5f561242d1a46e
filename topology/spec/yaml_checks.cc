#include "topology/spec/yaml_checks.h"

#include <algorithm>
#include <array>
#include <optional>

#include "topology/expr/utf8.h"

namespace tallymill::topology {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

struct TextTrouble {
  std::size_t offset;
  std::string message;
  std::string hint;
};

std::string hexadecimal(unsigned value) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  return {digits[(value >> 4) & 0xF], digits[value & 0xF]};
}

/// The trouble with the code point of `bytes` bytes at `offset`, if any.
std::optional<TextTrouble> check_code_point(std::string_view text, std::size_t offset, std::size_t bytes) {
  const auto byte = static_cast<unsigned char>(text[offset]);
  if (bytes == 1) {
    const bool line_end = byte == '\n' || (byte == '\r' && text.substr(offset + 1, 1) == "\n");
    if ((byte >= 0x20 && byte != 0x7F) || byte == '\t' || line_end) return std::nullopt;
    if (byte == '\r')
      return TextTrouble{offset, "a carriage return stands alone", "end lines with a line feed"};
    return TextTrouble{offset, "the control character 0x" + hexadecimal(byte) + " stands in the file",
                       "delete it; in a text in double quotes write it as an escape"};
  }
  const std::string_view code_point = text.substr(offset, bytes);
  if (!is_utf8(code_point)) {
    return TextTrouble{offset, "the byte 0x" + hexadecimal(byte) + " is not UTF-8", "save the file as UTF-8"};
  }
  if (code_point == byte_order_mark) {
    return TextTrouble{offset, "a byte order mark stands in the file", "save the file as UTF-8 without BOM"};
  }
  const bool is_control = byte == 0xC2 && static_cast<unsigned char>(text[offset + 1]) < 0xA0;
  if (!is_control) return std::nullopt;
  return TextTrouble{offset,
                     "the control character U+00" +
                         hexadecimal(static_cast<unsigned char>(text[offset + 1])) + " stands in the file",
                     "delete it"};
}

std::optional<TextTrouble> find_trouble(std::string_view text, const YamlLimits& limits) {
  constexpr std::string_view flow_indicators = "[]{},";
  std::size_t flow_indicator_count = 0;
  for (std::size_t i = 0; i < text.size();) {
    // A stray continuation byte counts as one byte, so that check_code_point sees and refuses it.
    const bool is_ascii = static_cast<unsigned char>(text[i]) < 0x80;
    const std::size_t bytes = is_ascii ? 1 : std::max<std::size_t>(code_point_bytes(text[i]), 2);
    if (auto trouble = check_code_point(text, i, bytes)) return trouble;
    if (text[i] == '%' && (i == 0 || text[i - 1] == '\n')) {
      return TextTrouble{i, "a line that begins with `%` is a YAML directive, and a topology has none",
                         "delete it; if it is part of a text, indent it"};
    }
    if (flow_indicators.find(text[i]) != std::string_view::npos &&
        ++flow_indicator_count > limits.nodes_max) {
      return TextTrouble{
          i, "the file has more than " + std::to_string(limits.nodes_max) + " brackets and commas",
          "a topology is smaller than that; check that this is the right file"};
    }
    i += bytes;
  }
  return std::nullopt;
}

}  // namespace

bool check_yaml_text(const SourceText& source, std::uint32_t file, const YamlLimits& limits,
                     Diagnostics& diagnostics) {
  auto trouble = find_trouble(source.text(), limits);
  if (!trouble) return true;
  diagnostics.error(ErrorCode::bad_yaml, {file, source.position(trouble->offset), 1},
                    std::move(trouble->message), std::move(trouble->hint));
  return false;
}

}  // namespace tallymill::topology
