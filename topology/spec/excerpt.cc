#include "topology/spec/excerpt.h"

#include <algorithm>
#include <vector>

#include "topology/expr/utf8.h"

namespace tallymill::topology {
namespace {

constexpr std::string_view indentation = "    ";
constexpr std::string_view ellipsis = "...";
constexpr std::size_t excerpt_columns = 110;
constexpr std::size_t quoted_columns_max = 60;

/// The code point at `offset`, or one byte if that is no UTF-8.
std::string_view code_point_at(std::string_view text, std::size_t offset) {
  const std::string_view code_point = text.substr(offset, code_point_bytes(text[offset]));
  return is_utf8(code_point) ? code_point : text.substr(offset, 1);
}

std::string escaped_byte(char byte) {
  constexpr std::string_view digits = "0123456789abcdef";
  const auto value = static_cast<unsigned char>(byte);
  return {'\\', 'x', digits[value >> 4], digits[value & 0xF]};
}

/// Characters that show nothing, or turn the order of others round: a terminal must not obey them.
bool is_unprintable(std::string_view code_point) {
  const auto first = static_cast<unsigned char>(code_point[0]);
  if (code_point.size() == 1) return (first < 0x20 && first != '\t') || first >= 0x7F;
  if (code_point.size() == 2) return first == 0xC2 && static_cast<unsigned char>(code_point[1]) < 0xA0;
  const auto last = static_cast<unsigned char>(code_point[2]);
  const bool general_punctuation =
      code_point.starts_with("\xE2\x80") && ((last >= 0x8B && last <= 0x8F) || last >= 0xA8);
  const bool invisible = code_point.starts_with("\xE2\x81") && last >= 0xA0 && last <= 0xAF;
  return (general_punctuation && last <= 0xAE) || invisible || code_point == "\xEF\xBB\xBF";
}

std::string printable_code_point(std::string_view code_point) {
  if (code_point == "\n") return "\\n";
  if (code_point == "\r") return "\\r";
  if (!is_unprintable(code_point)) return std::string(code_point);
  std::string text;
  for (const char byte : code_point) text += escaped_byte(byte);
  return text;
}

std::string printable_part(std::string_view text, std::size_t code_points_max) {
  std::string result;
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size();) {
    if (count++ == code_points_max) return result + std::string(ellipsis);
    const std::string_view code_point = code_point_at(text, i);
    result += printable_code_point(code_point);
    i += code_point.size();
  }
  return result;
}

/// The printable code points of a line, each one column of the file.
std::vector<std::string> printable_columns(std::string_view line) {
  std::vector<std::string> columns;
  for (std::size_t i = 0; i < line.size();) {
    const std::string_view code_point = code_point_at(line, i);
    columns.push_back(printable_code_point(code_point));
    i += code_point.size();
  }
  return columns;
}

}  // namespace

std::string printable(std::string_view text) { return printable_part(text, std::string_view::npos); }

std::string in_quotes(std::string_view text) {
  return "\"" + printable_part(text, quoted_columns_max) + "\"";
}

std::string excerpt(std::string_view line, std::uint32_t column, std::uint32_t length) {
  const std::vector<std::string> columns = printable_columns(line);
  const std::size_t caret = std::min<std::size_t>(column - 1, columns.size());
  std::size_t begin = 0;
  if (columns.size() > excerpt_columns && caret > excerpt_columns / 2) {
    begin = std::min(caret - excerpt_columns / 2, columns.size() - excerpt_columns);
  }
  const std::size_t end = std::min(columns.size(), begin + excerpt_columns);
  const std::size_t caret_end = std::clamp<std::size_t>(caret + length, caret + 1, std::max(end, caret + 1));

  std::string shown(indentation);
  std::string carets(indentation);
  if (begin > 0) {
    shown += ellipsis;
    carets.append(ellipsis.size(), ' ');
  }
  for (std::size_t i = begin; i < end; ++i) {
    shown += columns[i];
    if (i >= caret_end) continue;
    // A tab under a tab keeps the caret in place whatever the terminal makes of it.
    const auto width = static_cast<std::size_t>(count_code_points(columns[i]));
    carets += i >= caret ? std::string(width, '^') : columns[i] == "\t" ? "\t" : std::string(width, ' ');
  }
  if (caret >= end) carets += '^';
  if (end < columns.size()) shown += ellipsis;
  return shown + "\n" + carets + "\n";
}

}  // namespace tallymill::topology
