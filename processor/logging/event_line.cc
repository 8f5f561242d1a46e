#include "processor/logging/event_line.h"

#include <algorithm>
#include <cstdint>

#include "topology/expr/utf8.h"

namespace tallymill::processor {

namespace {

constexpr std::size_t text_level_columns = 5;

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::debug:
      return "debug";
    case Severity::info:
      return "info";
    case Severity::warning:
      return "warning";
    case Severity::error:
      break;
  }
  return "error";
}

std::uint32_t decode(std::string_view code_point) {
  const auto lead = static_cast<unsigned char>(code_point[0]);
  if (code_point.size() == 1) return lead;
  std::uint32_t value = lead & (0xFFU >> (code_point.size() + 1));
  for (const char byte : code_point.substr(1))
    value = (value << 6) | (static_cast<unsigned char>(byte) & 0x3F);
  return value;
}

/// What a terminal or a program that reads lines could obey instead of showing it: controls, line ends of
/// Unicode, characters without width, and those that turn the order of text round.
bool must_be_escaped(std::uint32_t code_point) {
  const auto is_within = [&](std::uint32_t first, std::uint32_t last) {
    return code_point >= first && code_point <= last;
  };
  return is_within(0, 0x1F) || is_within(0x7F, 0x9F) || is_within(0x200B, 0x200F) ||
         is_within(0x2028, 0x202E) || is_within(0x2060, 0x206F) || code_point == 0xFEFF;
}

void append_escape(std::string& out, std::uint32_t code_point) {
  constexpr std::string_view digits = "0123456789abcdef";
  if (code_point == '\n') {
    out += "\\n";
  } else if (code_point == '\r') {
    out += "\\r";
  } else if (code_point == '\t') {
    out += "\\t";
  } else {
    out += "\\u";
    for (const int shift : {12, 8, 4, 0}) out += digits[(code_point >> shift) & 0xF];
  }
}

/// As within a JSON string, which also text lines use: one rule to unescape both. What is no UTF-8 becomes
/// U+FFFD, byte by byte.
void append_escaped(std::string& out, std::string_view text, bool is_quoted) {
  constexpr std::uint32_t replacement = 0xFFFD;
  while (!text.empty()) {
    std::string_view code_point = text.substr(0, topology::code_point_bytes(text[0]));
    const bool is_valid = topology::is_utf8(code_point);
    if (!is_valid) code_point = text.substr(0, 1);
    text.remove_prefix(code_point.size());
    const std::uint32_t value = is_valid ? decode(code_point) : replacement;
    if (!is_valid || must_be_escaped(value)) {
      append_escape(out, value);
      continue;
    }
    if (is_quoted && (value == '"' || value == '\\')) out += '\\';
    out += code_point;
  }
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  append_escaped(out, text, true);
  out += '"';
}

std::string text_line(std::string_view time, Severity severity, std::string_view event,
                      std::initializer_list<EventField> fields) {
  const std::string_view level = name_of(severity);
  std::string line(time);
  line += ' ';
  line += level;
  line.append(1 + text_level_columns - std::min(text_level_columns, level.size()), ' ');
  append_escaped(line, event, false);
  for (const EventField& field : fields) {
    line += ' ';
    append_escaped(line, field.name, false);
    line += '=';
    append_quoted(line, field.value);
  }
  return line;
}

std::string json_line(std::string_view time, Severity severity, std::string_view event,
                      std::initializer_list<EventField> fields) {
  std::string line = "{\"time\":";
  append_quoted(line, time);
  line += ",\"level\":";
  append_quoted(line, name_of(severity));
  line += ",\"event\":";
  append_quoted(line, event);
  for (const EventField& field : fields) {
    line += ',';
    // An object with a name twice means something else to every reader.
    const bool is_taken = field.name == "time" || field.name == "level" || field.name == "event";
    append_quoted(line, is_taken ? "field_" + std::string(field.name) : std::string(field.name));
    line += ':';
    append_quoted(line, field.value);
  }
  return line + '}';
}

}  // namespace

std::string event_line(LogSettings::Format format, topology::EventTime time, Severity severity,
                       std::string_view event, std::initializer_list<EventField> fields) {
  const std::string shown_time = topology::format_instant(topology::to_instant(time), 6);
  return format == LogSettings::Format::json ? json_line(shown_time, severity, event, fields)
                                             : text_line(shown_time, severity, event, fields);
}

}  // namespace tallymill::processor
