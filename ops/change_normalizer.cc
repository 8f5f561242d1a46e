#include "ops/change_normalizer.h"

#include <algorithm>

#include "ops/stored_row.h"
#include "topology/data/row_codec.h"

namespace tallymill::ops {

using topology::Change;
using topology::ChangeOperation;
using topology::Envelope;
using topology::Error;
using topology::ErrorCode;
using topology::EventTime;
using topology::Half;
using topology::MetadataField;
using topology::Result;
using topology::Row;
using topology::Value;
using topology::ValueKind;

namespace {

/// A deleted row's fence is kept this long in source time, so that a replayed old `c` does not revive the
/// row.
constexpr std::int64_t tomb_kept_ms = 7LL * 24 * 3600 * 1000;
/// Expired tombs removed per delete: more than one, so that the index shrinks however it grew.
constexpr int tombs_expired_per_delete = 2;

/// Source times beyond this, some 285,000 years from 1970, are no times; within it they fit into
/// microseconds.
constexpr std::int64_t source_time_ms_max = 9'000'000'000'000'000;

topology::Instant instant_of_ms(std::int64_t time_ms) {
  return topology::to_instant(EventTime{time_ms * 1000});
}

std::string_view topic_prefix(std::string_view topic) { return topic.substr(0, topic.find('.')); }

}  // namespace

/// One record while it is decided about.
struct ChangeNormalizer::Context {
  const Envelope& envelope;
  const topology::RecordOrigin& origin;
  topology::Arena& arena;
  std::string_view key;  ///< of the row store
  StoredRow stored;

  std::int64_t source_time_ms() const { return envelope.source_time_ms.value_or(0); }

  /// The fence as it stands when this record was applied.
  std::optional<Fence> moved_fence() const {
    if (!envelope.lsn) return stored.fence;
    const std::int64_t before = stored.fence ? stored.fence->source_time_ms : 0;
    return Fence{*envelope.lsn, std::max(before, source_time_ms())};
  }

  void put(NormalizedRecord& record, const StoredRow& entry) const {
    record.key = key;
    record.entry = entry.empty() ? NormalizedRecord::Entry::erase : NormalizedRecord::Entry::put;
    if (entry.empty()) return;
    thread_local std::string bytes;  // its memory is kept from record to record
    bytes.clear();
    append_stored_row(bytes, entry);
    record.bytes = arena.copy(bytes);
  }
};

Result<NormalizedRecord> ChangeNormalizer::normalize(const Envelope& envelope,
                                                     const topology::RecordOrigin& origin, StateStore& rows,
                                                     topology::Arena& arena) const {
  if (envelope.source_time_ms &&
      (*envelope.source_time_ms > source_time_ms_max || *envelope.source_time_ms < -source_time_ms_max)) {
    return Error{ErrorCode::malformed_record, "source.ts_ms is out of range",
                 "check the connector's transforms"};
  }
  Context context{envelope, origin, arena, {}, {}};
  switch (envelope.operation) {
    case ChangeOperation::ignored:
      return NormalizedRecord{};
    case ChangeOperation::truncate:
      if (source_.declaration.on_truncate == topology::TruncateReaction::ignore) return NormalizedRecord{};
      return Error{ErrorCode::truncate_refused,
                   "the table behind source \"" + source_.declaration.name + "\" was truncated",
                   "its rows are still counted; start over with a new snapshot, or set on_truncate: ignore"};
    default:
      break;
  }
  if (source_.declaration.mode == topology::SourceMode::events) return normalize_fact(context);

  const bool is_tombstone = envelope.operation == ChangeOperation::tombstone;
  if (is_tombstone && envelope.key.form != topology::RecordKey::Form::identity) {
    NormalizedRecord record;
    record.observe(Observation::key_without_primary_key);
    return record;
  }
  const auto key = identify(context);
  if (!key) return key.error();
  context.key = *key;
  if (const auto bytes = rows.get(context.key)) {
    auto stored = read_stored_row(*bytes, source_.type.size(), arena);
    INVARIANT(stored.ok(), "the row store holds an entry that it did not write");
    context.stored = *stored;
  }
  if (is_tombstone) return tombstone(context);
  // A snapshot row's lsn is the slot's position, not the row's: it is never held against the fence.
  const bool is_fenced = envelope.operation != ChangeOperation::read && envelope.lsn &&
                         context.stored.fence && *envelope.lsn <= context.stored.fence->lsn;
  if (is_fenced) {
    const bool log_went_back = context.source_time_ms() > context.stored.fence->source_time_ms;
    if (!log_went_back || source_.declaration.on_lsn_regression == topology::RegressionReaction::fail) {
      return duplicate_or_regression(context);
    }
  }
  auto result = envelope.operation == ChangeOperation::remove ? remove(context) : upsert(context);
  if (result && is_fenced) result->observe(Observation::lsn_regression);
  return result;
}

Result<NormalizedRecord> ChangeNormalizer::normalize_fact(Context& context) const {
  const Envelope& envelope = context.envelope;
  if (envelope.operation == ChangeOperation::tombstone) return NormalizedRecord{};
  if (envelope.operation == ChangeOperation::read && !source_.declaration.include_snapshot)
    return NormalizedRecord{};
  const bool is_delete = envelope.operation == ChangeOperation::remove;
  const auto& block = is_delete ? envelope.before : envelope.after;
  if (!block) {
    return Error{ErrorCode::malformed_record,
                 is_delete ? "a delete without a before image says nothing of its row"
                           : "the record has no after image",
                 is_delete ? "give the table a primary key or REPLICA IDENTITY FULL" : ""};
  }
  auto row = complete_row(context, *block);
  if (!row) return row.error();
  NormalizedRecord record;
  record.fate = RecordFate::applied;
  record.change = Change{std::nullopt, half(*row)};
  if (!is_delete && envelope.operation != ChangeOperation::read) note_stream_time(context, record);
  return record;
}

Result<std::string_view> ChangeNormalizer::identify(Context& context) const {
  const Envelope& envelope = context.envelope;
  const auto& block = envelope.after ? envelope.after : envelope.before;
  thread_local std::string bytes;  // its memory is kept from record to record
  thread_local std::string in_row_bytes;
  bytes.clear();
  for (std::size_t i = 0; i < source_.primary_key.size(); ++i) {
    const std::size_t column = source_.primary_key[i];
    const bool in_row = block && !(*block)[column].is(ValueKind::unset);
    const bool in_key = envelope.key.form == topology::RecordKey::Form::identity;
    if (!in_key && !in_row) {
      return Error{ErrorCode::missing_key,
                   "neither the Kafka key nor the row has primary-key column \"" +
                       source_.type.columns[column].name + "\"",
                   "check primary_key of source \"" + source_.declaration.name + "\""};
    }
    const Value& value = in_key ? envelope.key.values[i] : (*block)[column];
    if (value.is_null() || value.is(ValueKind::unset) || value.is(ValueKind::unavailable)) {
      return Error{ErrorCode::missing_key,
                   "primary-key column \"" + source_.type.columns[column].name + "\" has no value",
                   "check primary_key of source \"" + source_.declaration.name + "\""};
    }
    const std::size_t start = bytes.size();
    topology::append_key(bytes, {&value, 1});
    if (!in_key || !in_row) continue;
    in_row_bytes.clear();
    topology::append_key(in_row_bytes, {&(*block)[column], 1});
    if (std::string_view(bytes).substr(start) != in_row_bytes) {
      return Error{ErrorCode::key_mismatch,
                   "the Kafka key and the row differ in primary-key column \"" +
                       source_.type.columns[column].name + "\"",
                   "check message.key.columns of the connector against primary_key of the source"};
    }
  }
  return context.arena.copy(bytes);
}

Result<NormalizedRecord> ChangeNormalizer::upsert(Context& context) const {
  const Envelope& envelope = context.envelope;
  if (!envelope.after) {
    return Error{ErrorCode::malformed_record, "the record has no after image",
                 "check the connector's transforms"};
  }
  auto row = complete_row(context, *envelope.after);
  if (!row) return row.error();
  NormalizedRecord record;
  const bool is_snapshot = envelope.operation == ChangeOperation::read;
  StoredRow next{false, is_snapshot ? context.stored.fence : context.moved_fence(), *row};
  if (context.stored.row && identical(*context.stored.row, *row)) {
    record.fate = RecordFate::unchanged;
  } else {
    record.fate = RecordFate::applied;
    record.change = Change{std::nullopt, half(*row)};
    if (context.stored.row) record.change->before = half(*context.stored.row);
  }
  compare_before(context, record);
  context.put(record, next);
  if (!is_snapshot) note_stream_time(context, record);
  return record;
}

Result<NormalizedRecord> ChangeNormalizer::remove(Context& context) const {
  NormalizedRecord record;
  record.fate = RecordFate::unmatched;
  if (context.stored.row) {
    record.fate = RecordFate::applied;
    record.change = Change{half(*context.stored.row), std::nullopt};
  }
  compare_before(context, record);
  const StoredRow next{true, context.moved_fence(), std::nullopt};
  context.put(record, next);
  if (next.fence) record.tomb_time_ms = next.fence->source_time_ms;
  return record;
}

NormalizedRecord ChangeNormalizer::tombstone(Context& context) const {
  NormalizedRecord record;
  if (context.stored.last_was_delete) {
    // The tombstone that Debezium sends behind every delete.
    context.stored.last_was_delete = false;
    context.put(record, context.stored);
    return record;
  }
  record.fate = RecordFate::unmatched;
  if (context.stored.row) {
    record.fate = RecordFate::applied;
    record.change = Change{half(*context.stored.row), std::nullopt};
  }
  context.put(record, StoredRow{});
  return record;
}

Result<NormalizedRecord> ChangeNormalizer::duplicate_or_regression(Context& context) const {
  const Fence& fence = *context.stored.fence;
  if (context.source_time_ms() > fence.source_time_ms) {
    return Error{ErrorCode::lsn_regression,
                 "a row of source \"" + source_.declaration.name + "\" was last changed at lsn " +
                     std::to_string(fence.lsn.value) + " and is changed by a later transaction at lsn " +
                     std::to_string(context.envelope.lsn->value) +
                     ", which is not behind it: the database's log went back",
                 "after a failover, restore or upgrade set on_lsn_regression: new_epoch, or start over"};
  }
  NormalizedRecord record;
  record.fate = RecordFate::duplicate;
  const bool is_delete = context.envelope.operation == ChangeOperation::remove;
  if (context.stored.last_was_delete != is_delete) {
    context.stored.last_was_delete = is_delete;
    context.put(record, context.stored);
  }
  return record;
}

Result<Row> ChangeNormalizer::complete_row(const Context& context, std::span<Value> row) const {
  for (std::size_t i = 0; i < source_.declared_columns; ++i) {
    if (row[i].is(ValueKind::unset)) row[i] = Value::null();
    if (!row[i].is(ValueKind::unavailable)) continue;
    const auto& before = context.envelope.before;
    if (context.stored.row) {
      row[i] = (*context.stored.row)[i];
    } else if (before && !(*before)[i].is(ValueKind::unavailable) && !(*before)[i].is(ValueKind::unset)) {
      row[i] = (*before)[i];
    } else {
      return Error{ErrorCode::unavailable_value,
                   "column \"" + source_.type.columns[i].name +
                       "\" holds Debezium's placeholder for an unchanged value that was never seen",
                   "ALTER TABLE .. REPLICA IDENTITY FULL makes PostgreSQL log such values"};
    }
  }
  fill_metadata(context, row);
  return Row(row);
}

void ChangeNormalizer::fill_metadata(const Context& context, std::span<Value> row) const {
  const Envelope& envelope = context.envelope;
  const topology::RecordOrigin& origin = context.origin;
  const auto time_of = [](std::optional<std::int64_t> time_ms) {
    return time_ms ? Value::timestamp(instant_of_ms(*time_ms)) : Value::null();
  };
  if (source_.origin_column) row[*source_.origin_column] = Value::string(topic_prefix(origin.topic));
  for (const topology::MetadataColumn& metadata : source_.metadata) {
    Value& value = row[metadata.column];
    switch (metadata.field) {
      case MetadataField::op:
        value = Value::string(wire_name_of(envelope.operation));
        break;
      case MetadataField::lsn:
        value = envelope.lsn ? Value::integer(static_cast<std::int64_t>(envelope.lsn->value)) : Value::null();
        break;
      case MetadataField::tx_id:
        value = envelope.transaction_id ? Value::integer(*envelope.transaction_id) : Value::null();
        break;
      case MetadataField::source_time:
        value = time_of(envelope.source_time_ms);
        break;
      case MetadataField::topic:
        value = Value::string(origin.topic);
        break;
      case MetadataField::partition:
        value = Value::integer(origin.partition.value);
        break;
      case MetadataField::offset:
        value = Value::integer(origin.offset.value);
        break;
      case MetadataField::record_time:
        value = time_of(origin.timestamp_ms < 0 ? std::nullopt : std::optional(origin.timestamp_ms));
        break;
      case MetadataField::table:
        value = Value::string(envelope.table);
        break;
      case MetadataField::snapshot:
        value = Value::string(envelope.snapshot);
        break;
    }
  }
}

Half ChangeNormalizer::half(Row row) const {
  Half result{row, std::nullopt};
  if (!source_.event_time_column) return result;
  const Value& time = row[*source_.event_time_column];
  if (time.is(ValueKind::timestamp)) result.event_time = topology::to_event_time(time.as_timestamp());
  if (time.is(ValueKind::date)) result.event_time = topology::to_event_time({time.as_integer() * 86'400, 0});
  return result;
}

void ChangeNormalizer::note_stream_time(const Context& context, NormalizedRecord& record) const {
  // Also of an unchanged row: whether the row was seen before says nothing about the time.
  if (!source_.event_time_column || !context.envelope.after) return;
  const auto event_time = half(*context.envelope.after).event_time;
  if (!event_time) return;
  record.stream_time = event_time;
  if (!context.envelope.source_time_ms) return;
  const EventTime cap = topology::saturating_add(EventTime{*context.envelope.source_time_ms * 1000},
                                                 source_.declaration.watermark.max_ahead);
  if (*event_time > cap) {
    record.stream_time = cap;
    record.observe(Observation::ahead_of_clock);
  }
}

void ChangeNormalizer::compare_before(const Context& context, NormalizedRecord& record) const {
  // The image is only compared, never subtracted. Without REPLICA IDENTITY FULL it has nulls for what it does
  // not know.
  if (!context.envelope.before || !context.stored.row) return;
  for (std::size_t i = 0; i < source_.declared_columns; ++i) {
    const Value& value = (*context.envelope.before)[i];
    if (value.is_null() || value.is(ValueKind::unset) || value.is(ValueKind::unavailable)) continue;
    if (!identical(value, (*context.stored.row)[i])) {
      record.observe(Observation::before_mismatch);
      return;
    }
  }
}

void ChangeNormalizer::remember(const NormalizedRecord& record, StateStore& rows, StateStore& tombs) const {
  switch (record.entry) {
    case NormalizedRecord::Entry::untouched:
      return;
    case NormalizedRecord::Entry::erase:
      rows.erase(record.key);
      return;
    case NormalizedRecord::Entry::put:
      rows.put(record.key, record.bytes);
      break;
  }
  if (!record.tomb_time_ms) return;
  std::string tomb;
  topology::append_ordered_i64(tomb, *record.tomb_time_ms);
  tomb += record.key;
  tombs.put(tomb, {});
  std::string expired_before;
  topology::append_ordered_i64(expired_before, *record.tomb_time_ms - tomb_kept_ms);
  for (int i = 0; i < tombs_expired_per_delete; ++i) {
    const auto oldest = tombs.first_in({}, expired_before);
    if (!oldest) return;
    const std::string entry(oldest->key);
    topology::ByteReader reader(entry);
    const std::int64_t time_ms = reader.ordered_i64();
    // The row may live again, or have been deleted again later: then this tomb is not its last.
    if (const auto bytes = rows.get(reader.rest())) {
      topology::Arena arena(1024);
      const auto stored = read_stored_row(*bytes, source_.type.size(), arena);
      if (stored && !stored->row && stored->fence && stored->fence->source_time_ms == time_ms) {
        rows.erase(reader.rest());
      }
    }
    tombs.erase(entry);
  }
}

}  // namespace tallymill::ops
