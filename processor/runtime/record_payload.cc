#include "processor/runtime/record_payload.h"

#include <utility>

#include "processor/codec/keyed_hash.h"

namespace tallymill::processor {
namespace {

using topology::DeadLetterPayload;
using topology::Envelope;
using topology::ValueKind;

void append_name(std::string& out, std::string_view name) {
  if (out.back() != '{') out += ',';
  append_json_string(out, name);
  out += ':';
}

void append_text(std::string& out, std::string_view name, std::string_view text) {
  if (text.empty()) return;
  append_name(out, name);
  append_json_string(out, text);
}

void append_number(std::string& out, std::string_view name, std::optional<std::int64_t> number) {
  if (!number) return;
  append_name(out, name);
  out += std::to_string(*number);
}

/// The position of the change and its table, by Debezium's names.
void append_source(std::string& out, const Envelope& envelope) {
  append_name(out, "source");
  out += '{';
  if (envelope.lsn) append_number(out, "lsn", envelope.lsn->value);
  append_number(out, "ts_ms", envelope.source_time_ms);
  append_number(out, "txId", envelope.transaction_id);
  append_text(out, "snapshot", envelope.snapshot);
  append_text(out, "name", envelope.server);
  append_text(out, "db", envelope.database);
  append_text(out, "schema", envelope.schema);
  append_text(out, "table", envelope.table);
  out += '}';
}

}  // namespace

RecordPayload::RecordPayload(const topology::Plan& plan, const topology::SourcePlan& source,
                             WireFormat format)
    : plan_(plan), source_(source), format_(std::move(format)) {
  for (std::size_t i = 0; i < source.declared_columns; ++i) {
    std::string quoted_name;
    append_json_string(quoted_name, source.declaration.columns[i].wire_name);
    columns_.push_back({quoted_name + ':', i});
  }
  for (const std::size_t column : source.primary_key)
    has_sensitive_key_ |= source.type.columns[column].sensitive;
}

RecordPayload::Shown RecordPayload::show(const InputRecord& record, DeadLetterPayload payload,
                                         topology::Arena& arena) {
  Shown shown;
  if (payload == DeadLetterPayload::none) return shown;
  if (payload == DeadLetterPayload::raw) {
    if (record.key) shown.key = arena.copy(*record.key);
    if (record.value) shown.value = arena.copy(*record.value);
    return shown;
  }
  if (!decoder_) decoder_.emplace(format_);
  if (const auto key = key_of(record)) shown.key = arena.copy(*key);
  if (payload == DeadLetterPayload::full) {
    if (const auto value = value_of(record)) shown.value = arena.copy(*value);
  }
  scratch_.reset();
  return shown;
}

std::optional<std::string> RecordPayload::key_of(const InputRecord& record) {
  if (!record.key || source_.primary_key.empty()) return std::nullopt;
  // Without its value the record is a tombstone, of which nothing but the key can be broken.
  const auto envelope = decoder_->decode(record.key, std::nullopt, scratch_);
  if (!envelope || envelope->key.values.empty()) return std::nullopt;
  std::string json = "{";
  for (std::size_t i = 0; i < source_.primary_key.size(); ++i) {
    const topology::Value& value = envelope->key.values[i];
    if (value.is(ValueKind::unset) || value.is(ValueKind::unavailable)) continue;
    if (json.back() != '{') json += ',';
    json += columns_[source_.primary_key[i]].quoted_name;
    append_json_value(json, value);
  }
  json += '}';
  if (json == "{}") return std::nullopt;
  return has_sensitive_key_ ? keyed_hash(plan_.dead_letter_hash_key, json) : json;
}

std::optional<std::string> RecordPayload::value_of(const InputRecord& record) {
  if (!record.value) return std::nullopt;
  const auto envelope = decoder_->decode(record.key, record.value, scratch_);
  if (!envelope || (!envelope->before && !envelope->after)) return std::nullopt;
  std::string json = "{";
  append_text(json, "op", wire_name_of(envelope->operation));
  append_image(json, "before", envelope->before);
  append_image(json, "after", envelope->after);
  append_source(json, *envelope);
  return json + '}';
}

void RecordPayload::append_image(std::string& out, std::string_view name,
                                 const std::optional<std::span<topology::Value>>& image) {
  append_name(out, name);
  image ? append_json_known(out, columns_, *image) : void(out += "null");
}

}  // namespace tallymill::processor
