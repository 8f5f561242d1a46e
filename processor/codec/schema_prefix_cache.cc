#include "processor/codec/schema_prefix_cache.h"

#include <algorithm>

#include "processor/codec/json_text.h"

namespace tallymill::processor {

using topology::Result;

namespace {

// Several tables may share a topic, and a schema changes with DDL and with the connector's settings.
constexpr std::size_t remembered_max = 8;
constexpr std::size_t prefix_bytes_max = 256 * 1024;

constexpr std::string_view schema_start = "{\"schema\":";
constexpr std::string_view payload_start = ",\"payload\":";

struct WrappedParts {
  std::string_view schema;
  std::string_view payload;
};

/// The raw text of an object; the token of anything else, which null and scalars are.
simdjson::simdjson_result<std::string_view> raw_text(simdjson::ondemand::value& value) {
  if (token_of(value).front() != '{') return token_of(value);
  simdjson::ondemand::object object;
  if (const auto error = value.get_object().get(object)) return error;
  return object.raw_json();
}

std::optional<WrappedParts> split(simdjson::ondemand::parser& parser, std::string_view record) {
  simdjson::ondemand::document document;
  simdjson::ondemand::object object;
  if (start_document(parser, record, document) || document.get_object().get(object)) return std::nullopt;
  WrappedParts parts;
  for (auto item : object) {
    if (item.error()) return std::nullopt;
    simdjson::ondemand::field&& field = std::move(item).value_unsafe();
    const bool is_payload = field.key() == "payload";
    if (raw_text(field.value()).get(is_payload ? parts.payload : parts.schema)) return std::nullopt;
  }
  if (!is_at_end(document) || parts.payload.empty()) return std::nullopt;
  return parts;
}

/// Whether the record is exactly {"schema":S,"payload":P}.
bool is_compact(std::string_view record, const WrappedParts& parts) {
  return record.size() ==
             schema_start.size() + parts.schema.size() + payload_start.size() + parts.payload.size() + 1 &&
         record.starts_with(schema_start) && parts.schema.data() == record.data() + schema_start.size() &&
         record.substr(schema_start.size() + parts.schema.size()).starts_with(payload_start) &&
         record.back() == '}';
}

}  // namespace

SchemaPrefixCache::SchemaPrefixCache(std::vector<WireColumn> columns)
    : columns_(std::move(columns)), without_schema_(describe_without_schema(columns_)) {}

std::optional<Unwrapped> SchemaPrefixCache::match(std::string_view record) {
  if (!record.ends_with('}')) return std::nullopt;
  for (auto entry = recent_.begin(); entry != recent_.end(); ++entry) {
    const std::string& prefix = (*entry)->prefix;
    if (!record.starts_with(prefix)) continue;
    std::rotate(recent_.begin(), entry, entry + 1);
    ++hits_;
    return Unwrapped{record.substr(prefix.size(), record.size() - prefix.size() - 1),
                     &recent_.front()->schema};
  }
  return std::nullopt;
}

Result<Unwrapped> SchemaPrefixCache::unwrap(simdjson::ondemand::parser& parser, std::string_view record) {
  ++misses_;
  const std::optional<WrappedParts> parts = split(parser, record);
  if (!parts) return malformed_record("value", "its schema or payload is broken JSON");
  if (!parts->schema.starts_with('{')) return Unwrapped{parts->payload, &without_schema_};
  std::optional<SchemaDescription> schema = describe_schema(schema_parser_, parts->schema, columns_);
  if (!schema) return malformed_record("value", "its schema is broken JSON");
  const auto prefix_size = static_cast<std::size_t>(parts->payload.data() - record.data());
  if (is_compact(record, *parts) && prefix_size <= prefix_bytes_max) {
    remember(record.substr(0, prefix_size), std::move(*schema));
    return Unwrapped{parts->payload, &recent_.front()->schema};
  }
  uncached_ = std::move(*schema);
  return Unwrapped{parts->payload, &uncached_};
}

void SchemaPrefixCache::remember(std::string_view prefix, SchemaDescription schema) {
  // A record with a known prefix and a broken payload comes here too.
  std::erase_if(recent_, [&](const auto& entry) { return entry->prefix == prefix; });
  if (recent_.size() == remembered_max) recent_.pop_back();
  recent_.insert(recent_.begin(), std::make_unique<Remembered>(std::string(prefix), std::move(schema)));
}

}  // namespace tallymill::processor
