#include "processor/codec/column_errors.h"

#include "processor/codec/json_text.h"

namespace tallymill::processor {

using topology::Error;
using topology::ErrorCode;

namespace {

constexpr std::size_t shown_bytes_max = 40;

std::string what_came(const WireColumn& column, std::string_view token) {
  std::string text(describe_token(token));
  const bool says_its_value = token.front() == '{' || token.front() == '[' || token.front() == 'n';
  if (says_its_value) return text;
  return text + (column.sensitive ? " (hidden: the column is sensitive)" : ' ' + shown_token(token));
}

/// The column's declaration with more words in it, as somebody would write it.
std::string declaration(const WireColumn& column, std::string_view words) {
  std::string text = '`' + column.name + ": {type: " + column.type.text();
  if (column.wire_name != column.name) text += ", from: " + column.wire_name;
  return text.append(", ").append(words).append("}`");
}

std::string hint_for(const WireColumn& column, const Refusal& refusal) {
  if (refusal.words.empty() && refusal.remedy.empty()) {
    return "declare the column with the type that the connector sends, or correct the connector's settings";
  }
  if (refusal.words.empty()) return std::string(refusal.remedy);
  std::string hint = "declare it, as in " + declaration(column, refusal.words);
  if (!refusal.remedy.empty()) hint.append(", or ").append(refusal.remedy);
  return hint;
}

}  // namespace

std::string shown_token(std::string_view token) {
  if (token.size() <= shown_bytes_max) return std::string(token);
  std::size_t end = shown_bytes_max;
  while (end > 0 && (static_cast<unsigned char>(token[end]) & 0xc0) == 0x80) --end;
  return std::string(token.substr(0, end)) + "...";
}

std::string folded(std::string_view name) {
  std::string text(name);
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  }
  return text;
}

std::string name_in_message(const WireColumn& column) {
  std::string text = "column \"" + column.name + '"';
  if (column.wire_name != column.name) text += " (on the wire \"" + column.wire_name + "\")";
  return text;
}

Error unreadable_column(const WireColumn& column, const Refusal& refusal, std::string_view token,
                        std::string_view item) {
  std::string message = name_in_message(column) + " is declared " + column.type.text() + " and ";
  if (!item.empty()) message.append("its ").append(item).append(" ");
  message += "came as " + what_came(column, token);
  if (!refusal.reason.empty()) message.append(": ").append(refusal.reason);
  return {refusal.code, std::move(message), hint_for(column, refusal)};
}

Error absent_column(const WireColumn& column, std::string_view similar_name, bool is_primary_key) {
  std::string message = name_in_message(column) + " is declared and the record does not have it";
  if (!similar_name.empty()) {
    const std::string name(similar_name);
    std::string hint = "did you mean \"" + name + "\"? ";
    if (name == folded(name)) hint += "PostgreSQL folds unquoted names to lower case: ";
    return {ErrorCode::missing_column, std::move(message),
            hint + "write `" + column.name + ": {type: " + column.type.text() + ", from: " + name + "}`"};
  }
  if (is_primary_key) {
    return {ErrorCode::missing_column, std::move(message),
            "a record without a column of the primary key is no row of the table: check the topic, and the connector's "
            "transforms and converters; or `primary_key` and the column's name on the wire (`from`)"};
  }
  return {ErrorCode::missing_column, std::move(message),
          "say what that means: `absent: keep` if the table has a value that the connector leaves out (PostgreSQL's "
          "plugin leaves generated columns out of changes), `absent: null` if it has none; or remove the column"};
}

}  // namespace tallymill::processor
