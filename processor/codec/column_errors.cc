#include "processor/codec/column_errors.h"

#include "processor/codec/json_text.h"

namespace tallymill::processor {

using topology::Error;
using topology::ErrorCode;

namespace {

constexpr std::size_t shown_bytes_max = 40;

std::string name_in_message(const WireColumn& column) {
  std::string text = "column \"" + column.name + '"';
  if (column.wire_name != column.name) text += " (on the wire \"" + column.wire_name + "\")";
  return text;
}

/// At most shown_bytes_max bytes of the token, never cut inside of a UTF-8 character.
std::string shown(std::string_view token) {
  if (token.size() <= shown_bytes_max) return std::string(token);
  std::size_t end = shown_bytes_max;
  while (end > 0 && (static_cast<unsigned char>(token[end]) & 0xc0) == 0x80) --end;
  return std::string(token.substr(0, end)) + "...";
}

std::string what_came(const WireColumn& column, std::string_view token) {
  std::string text(describe_token(token));
  const bool says_its_value = token.front() == '{' || token.front() == '[' || token.front() == 'n';
  if (says_its_value) return text;
  return text + (column.sensitive ? " (hidden: the column is sensitive)" : ' ' + shown(token));
}

std::string hint_for(const WireColumn& column, ErrorCode code) {
  switch (code) {
    case ErrorCode::scale_unknown:
      return "declare it, as in `" + column.name +
             ": {type: decimal, scale: 2}`, or set the connector's decimal.handling.mode=string";
    case ErrorCode::decimal_not_finite:
      return "correct the row, or declare the column as double";
    case ErrorCode::decimal_out_of_range:
      return "correct the row, or declare the column as string";
    default:
      return "declare the column with the type that the connector sends, or correct the connector's settings";
  }
}

}  // namespace

std::string folded(std::string_view name) {
  std::string text(name);
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  }
  return text;
}

Error unreadable_column(const WireColumn& column, const Reading& refusal, std::string_view token) {
  std::string message = name_in_message(column) + " is declared " + column.type.text() + " and came as " +
                        what_came(column, token);
  if (!refusal.reason().empty()) message.append(": ").append(refusal.reason());
  return {refusal.code(), std::move(message), hint_for(column, refusal.code())};
}

Error absent_column(const WireColumn& column, bool folded_name_exists) {
  std::string message = name_in_message(column) + " is declared and the record does not have it";
  if (folded_name_exists) {
    const std::string wire_name = folded(column.wire_name);
    return {ErrorCode::missing_column, std::move(message),
            "did you mean \"" + wire_name + "\"? PostgreSQL folds unquoted names to lower case: write `" +
                column.name + ": {type: " + column.type.text() + ", from: " + wire_name + "}`"};
  }
  return {ErrorCode::missing_column, std::move(message),
          "remove the column, or declare it `optional: true` if the table has it only sometimes"};
}

}  // namespace tallymill::processor
