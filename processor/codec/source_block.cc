#include "processor/codec/source_block.h"

#include <charconv>

#include "processor/codec/json_text.h"

namespace tallymill::processor {

using topology::Arena;
using topology::Envelope;
using topology::Lsn;

namespace {

template <class Integer>
std::optional<Integer> integer_of(std::string_view text) {
  Integer number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

}  // namespace

bool read_source_field(SourceField field, std::string_view token, simdjson::ondemand::value& value,
                       Arena& arena, Envelope& envelope) {
  if (!begins_json_value(token)) return false;
  std::string_view text = token;
  if (token.front() == '"') {
    const std::optional<std::string_view> content = string_of(value, token, arena);
    if (!content) return false;
    text = *content;
  } else if (token.front() == 'n' || token.front() == '{' || token.front() == '[') {
    text = {};
  }
  switch (field) {
    case SourceField::lsn: {
      const std::optional<std::uint64_t> lsn = integer_of<std::uint64_t>(text);
      if (!lsn && token.front() != 'n') return false;
      envelope.lsn = lsn ? std::optional<Lsn>(*lsn) : std::nullopt;
      break;
    }
    case SourceField::source_time_ms:
      envelope.source_time_ms = integer_of<std::int64_t>(text);
      if (!envelope.source_time_ms && token.front() != 'n') return false;
      break;
    case SourceField::transaction_id:
      envelope.transaction_id = integer_of<std::int64_t>(text);
      break;
    case SourceField::snapshot:
      envelope.snapshot = text;
      break;
    case SourceField::table:
      envelope.table = text;
      break;
  }
  return true;
}

SourceBlockReader::SourceBlockReader() {
  const auto add = [this](std::string_view name, SourceField field) {
    order_.add(name, static_cast<FieldIndex>(field));
  };
  add("lsn", SourceField::lsn);
  add("ts_ms", SourceField::source_time_ms);
  add("txId", SourceField::transaction_id);
  add("snapshot", SourceField::snapshot);
  add("table", SourceField::table);
}

bool SourceBlockReader::read(simdjson::ondemand::object& object, Arena& arena, Envelope& envelope) {
  order_.begin();
  for (auto item : object) {
    if (item.error()) return false;
    simdjson::ondemand::field&& field = std::move(item).value_unsafe();
    const FieldIndex index = order_.next(field);
    const std::string_view token = token_of(field.value());
    if (index == other_field) {
      if (!begins_json_value(token)) return false;
      continue;
    }
    if (!read_source_field(static_cast<SourceField>(index), token, field.value(), arena, envelope))
      return false;
  }
  return true;
}

}  // namespace tallymill::processor
