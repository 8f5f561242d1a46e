#include "ops/row_metadata.h"

namespace tallymill::ops {

using topology::MetadataField;
using topology::Value;

namespace {

Value time_of(std::optional<std::int64_t> time_ms) {
  if (!time_ms) return Value::null();
  return Value::timestamp(topology::to_instant(topology::EventTime{*time_ms * 1000}));
}

Value text_of(std::string_view text) { return text.empty() ? Value::null() : Value::string(text); }

std::string_view topic_prefix(std::string_view topic) { return topic.substr(0, topic.find('.')); }

}  // namespace

Value metadata_value(MetadataField field, const topology::Envelope& envelope,
                     const topology::RecordOrigin& origin) {
  switch (field) {
    case MetadataField::op:
      return Value::string(wire_name_of(envelope.operation));
    case MetadataField::lsn:
      return envelope.lsn ? Value::integer(static_cast<std::int64_t>(envelope.lsn->value)) : Value::null();
    case MetadataField::tx_id:
      return envelope.transaction_id ? Value::integer(*envelope.transaction_id) : Value::null();
    case MetadataField::source_time:
      return time_of(envelope.source_time_ms);
    case MetadataField::topic:
      return Value::string(origin.topic);
    case MetadataField::partition:
      return Value::integer(origin.partition.value);
    case MetadataField::offset:
      return Value::integer(origin.offset.value);
    case MetadataField::record_time:
      return time_of(origin.timestamp_ms < 0 ? std::nullopt : std::optional(origin.timestamp_ms));
    case MetadataField::table:
      return text_of(envelope.table);
    case MetadataField::snapshot:
      return text_of(envelope.snapshot);
    case MetadataField::schema:
      return text_of(envelope.schema);
    case MetadataField::database:
      return text_of(envelope.database);
    case MetadataField::connector:
      return text_of(envelope.server);
  }
  INVARIANT(false, "a metadata field outside the enumeration");
}

void fill_metadata(const topology::SourcePlan& source, const topology::Envelope& envelope,
                   const topology::RecordOrigin& origin, std::span<Value> row) {
  if (source.origin_column) row[*source.origin_column] = Value::string(topic_prefix(origin.topic));
  for (const topology::MetadataColumn& metadata : source.metadata) {
    row[metadata.column] = metadata_value(metadata.field, envelope, origin);
  }
}

}  // namespace tallymill::ops
