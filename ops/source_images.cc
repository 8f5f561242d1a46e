#include "ops/source_images.h"

#include <algorithm>

#include "ops/replay_rules.h"
#include "topology/data/row_codec.h"

namespace tallymill::ops {

using topology::AbsentReaction;
using topology::Envelope;
using topology::Error;
using topology::ErrorCode;
using topology::EventTime;
using topology::Half;
using topology::Row;
using topology::Status;
using topology::Value;
using topology::ValueKind;

namespace {

Value unchanged_value(const Envelope& envelope, const std::optional<Row>& unchanged, std::size_t column) {
  if (unchanged && !(*unchanged)[column].is(ValueKind::unavailable)) return (*unchanged)[column];
  if (!envelope.before) return Value::unavailable();
  // A placeholder stands for a value, never for null: a null of the before image means that it was not logged.
  const Value& before = (*envelope.before)[column];
  return before.is(ValueKind::unset) || before.is_null() ? Value::unavailable() : before;
}

/// `known`: what else is known of the row, none of which is this column's value if `stored` is null.
topology::Result<Value> absent_value(const topology::ColumnDeclaration& column, const Value& stored,
                                     const KnownRow& known) {
  // There is a value to be kept, and nobody has seen it.
  const bool is_kept_unseen = column.absent == AbsentReaction::keep && !column.optional;
  if (is_kept_unseen && !known.stored && !known.says_all) return Value::unavailable();
  if (stored.is_null()) {
    if (column.optional || column.absent != AbsentReaction::refuse) return Value::null();
    return Error{ErrorCode::missing_column,
                 "column \"" + column.name + "\" is declared and the record does not have it",
                 "remove the column, or declare it `optional: true` if the table has it only sometimes"};
  }
  if (column.absent == AbsentReaction::keep) return stored;
  if (column.absent == AbsentReaction::null) return Value::null();
  return Error{ErrorCode::missing_column,
               "column \"" + column.name +
                   "\" is absent from a change of a row that has a value for it, so its value is not known",
               "PostgreSQL leaves generated columns out of its changes, and dropped ones: declare `absent: null`, "
               "or `absent: keep` if the value does not change with the row"};
}

}  // namespace

KnownRow known_row(const Envelope& envelope, const StoredRow* left, const StoredRow& stored) {
  const auto was_read_since = [&](const StoredRow& row) {
    const auto order = order_to_snapshot(row, envelope);
    return order && *order <= 0;
  };
  // The row under the new key, if there is one, is another row.
  if (left != nullptr) return {left->row, was_read_since(*left) ? std::nullopt : left->row};
  KnownRow known{stored.row, stored.row};
  if (envelope.operation == topology::ChangeOperation::create) {
    // The insert of a key change: what is stored under this key is older, unless a snapshot has read it since.
    if (!stored.written_by_snapshot || !was_read_since(stored)) known.unchanged.reset();
  }
  return known;
}

Status SourceImages::complete(const Envelope& envelope, std::span<Value> row, const KnownRow& known) const {
  for (const std::size_t i : source_.content) {
    if (row[i].is(ValueKind::unavailable)) row[i] = unchanged_value(envelope, known.unchanged, i);
    if (!row[i].is(ValueKind::unset)) continue;
    const auto value =
        absent_value(source_.declaration.columns[i], known.stored ? (*known.stored)[i] : Value::null(), known);
    if (!value) return value.error();
    row[i] = *value;
  }
  return {};
}

Half SourceImages::image(Row row) const {
  Half result{row, std::nullopt};
  if (!source_.event_time_column) return result;
  const Value& time = row[*source_.event_time_column];
  if (time.is(ValueKind::timestamp)) result.event_time = topology::to_event_time(time.as_timestamp());
  if (time.is(ValueKind::date)) result.event_time = topology::to_event_time({time.as_integer() * 86'400, 0});
  return result;
}

std::optional<SourceImages::StreamTime> SourceImages::stream_time(const Envelope& envelope,
                                                                  const topology::RecordOrigin& origin,
                                                                  Row row) const {
  const auto event_time = image(row).event_time;
  if (!event_time) return std::nullopt;
  std::optional<std::int64_t> clock_ms = envelope.source_time_ms;
  if (!clock_ms && origin.timestamp_ms >= 0) clock_ms = origin.timestamp_ms;
  if (!clock_ms) return StreamTime{*event_time};
  const EventTime cap =
      topology::saturating_add(EventTime{*clock_ms * 1000}, source_.declaration.watermark.max_ahead);
  return StreamTime{std::min(*event_time, cap), *event_time > cap};
}

bool SourceImages::differs(std::span<const Value> before, Row stored) const {
  return std::any_of(source_.content.begin(), source_.content.end(), [&](std::size_t column) {
    const Value& value = before[column];
    const bool is_known = !value.is_null() && !value.is(ValueKind::unset) &&
                          !value.is(ValueKind::unavailable) && !stored[column].is(ValueKind::unavailable);
    return is_known && !identical(value, stored[column]);
  });
}

bool SourceImages::equal_in_content(Row a, Row b) const {
  return std::all_of(source_.content.begin(), source_.content.end(),
                     [&](std::size_t column) { return identical(a[column], b[column]); });
}

}  // namespace tallymill::ops
