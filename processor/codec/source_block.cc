#include "processor/codec/source_block.h"

#include <charconv>

#include "processor/codec/json_text.h"
#include "processor/codec/lenient_json.h"
#include "topology/base/time.h"

namespace tallymill::processor {

using topology::Arena;
using topology::Envelope;
using topology::Lsn;

namespace {

template <class Integer>
std::optional<Integer> integer_of(std::string_view text, int base = 10) {
  Integer number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, base);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

std::optional<Lsn> lsn_of(std::string_view text) {
  if (const auto number = integer_of<std::uint64_t>(text)) return Lsn(*number);
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto high = integer_of<std::uint32_t>(text.substr(0, slash), 16);
  const auto low = integer_of<std::uint32_t>(text.substr(slash + 1), 16);
  if (!high || !low) return std::nullopt;
  return Lsn(std::uint64_t{*high} << 32 | *low);
}

/// Nothing also for what is no time: within some 285,000 years from 1970 it fits into microseconds.
std::optional<std::int64_t> milliseconds_of(std::string_view text) {
  constexpr std::int64_t milliseconds_max = 9'000'000'000'000'000;
  if (const auto number = integer_of<std::int64_t>(text)) {
    // 0 stands where a connector has no time: snapshots of MySQL by older ones, and of Flink.
    const bool is_time = *number != 0 && *number <= milliseconds_max && *number >= -milliseconds_max;
    return is_time ? number : std::nullopt;
  }
  const auto instant = topology::parse_instant(text);
  const auto time = instant ? topology::to_event_time(*instant) : std::nullopt;
  if (!time) return std::nullopt;
  const std::int64_t microseconds = time->microseconds;
  return microseconds / 1'000 - (microseconds % 1'000 < 0 ? 1 : 0);
}

/// The text of a scalar, or of an object's one field such as {"long":5}; empty for null and for what else there is,
/// half of a character among it. Nothing if the JSON is broken.
std::optional<std::string_view> text_of(std::string_view token, simdjson::ondemand::value& value, Arena& arena) {
  switch (token.front()) {
    case '"': {
      const std::optional<std::string_view> text = string_of(value, token, arena);
      return text || !is_json(token) ? text : std::string_view();
    }
    case 'n':
    case '[':
      return std::string_view();
    case '{': {
      simdjson::ondemand::object object;
      if (value.get_object().get(object)) return std::nullopt;
      std::string_view text;
      std::size_t fields = 0;
      for (auto item : object) {
        if (item.error()) return std::nullopt;
        simdjson::ondemand::field&& field = std::move(item).value_unsafe();
        const std::string_view inner = token_of(field.value());
        if (!begins_json_value(inner)) return std::nullopt;
        text = inner.front() == '"' ? inner.substr(1, inner.size() - 2) : inner;
        ++fields;
      }
      return fields == 1 ? text : std::string_view();
    }
    default:
      return token;
  }
}

}  // namespace

bool read_source_field(SourceField field, std::string_view token, simdjson::ondemand::value& value,
                       Arena& arena, Envelope& envelope) {
  if (!begins_json_value(token)) return false;
  const std::optional<std::string_view> content = text_of(token, value, arena);
  if (!content) return false;
  const std::string_view text = *content;
  switch (field) {
    case SourceField::lsn:
      envelope.lsn = lsn_of(text);
      envelope.lsn_unreadable = !envelope.lsn && token.front() != 'n';
      break;
    case SourceField::source_time_ms:
      envelope.source_time_ms = milliseconds_of(text);
      break;
    case SourceField::transaction_id:
      envelope.transaction_id = integer_of<std::int64_t>(text);
      break;
    case SourceField::snapshot:
      envelope.snapshot = text;
      break;
    case SourceField::server:
      envelope.server = text;
      break;
    case SourceField::database:
      envelope.database = text;
      break;
    case SourceField::schema:
      envelope.schema = text;
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
  add("name", SourceField::server);
  add("db", SourceField::database);
  add("schema", SourceField::schema);
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
