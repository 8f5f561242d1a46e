#include "ops/replay_rules.h"

#include <algorithm>
#include <compare>

#include "topology/data/row_codec.h"

namespace tallymill::ops {

using topology::Envelope;
using topology::Value;
using topology::ValueKind;

namespace {

/// Whether the record says something else of a column than the stored row. A column that the record does not have,
/// a placeholder, and null where there is a value say nothing: a connector that is restarted may know less of the
/// row than it did.
bool says_something_else(const topology::SourcePlan& source, std::span<const Value> row,
                         const topology::Row& stored) {
  return std::any_of(source.content.begin(), source.content.end(), [&](std::size_t column) {
    const Value& value = row[column];
    if (value.is(ValueKind::unset) || value.is(ValueKind::unavailable) || value.is_null()) return false;
    return !identical(value, stored[column]);
  });
}

/// Parts that one side lacks are not compared; nothing if no part could be.
template <class T>
std::optional<std::strong_ordering> order(const std::optional<T>& a, const std::optional<T>& b) {
  if (!a || !b) return std::nullopt;
  return *a <=> *b;
}

}  // namespace

Standing judge_change(const topology::SourcePlan& source, const StoredRow& stored, const Envelope& envelope,
                      const ChangeFacts& change) {
  if (!envelope.lsn || !stored.fence) return Standing::news;
  const Fence& fence = *stored.fence;
  const std::int64_t time_ms = envelope.source_time_ms.value_or(0);
  if (*envelope.lsn < fence.lsn) {
    return time_ms <= fence.source_time_ms ? Standing::duplicate : Standing::log_went_back;
  }
  if (stored.previous_epoch_time_ms && time_ms <= *stored.previous_epoch_time_ms) return Standing::duplicate;
  if (*envelope.lsn > fence.lsn) return Standing::news;
  if (time_ms > fence.source_time_ms) return Standing::log_went_back;
  if (fence.by_delete) return change.is_delete ? Standing::duplicate : Standing::news;
  // The snapshot read the row after the upsert, so it has seen whatever else stands at that lsn.
  if (stored.row && stored.written_by_snapshot) return Standing::duplicate;
  if (change.is_delete) return Standing::news;
  if (!stored.row) return change.is_readable ? Standing::news : Standing::duplicate;
  if (!change.is_readable || change.row == nullptr) return Standing::news;
  return says_something_else(source, *change.row, *stored.row) ? Standing::news : Standing::duplicate;
}

bool contradicts_snapshot(const topology::SourcePlan& source, const StoredRow& stored, const Envelope& envelope,
                          bool is_readable) {
  if (!stored.written_by_snapshot || !stored.snapshot) return false;
  const SnapshotPosition position = snapshot_position(stored, envelope);
  if (!position.is_stated() || position.epoch != stored.snapshot->epoch) return false;
  if (!position.states_the_same(*stored.snapshot)) return false;
  if (stored.row.has_value() != is_readable) return true;
  return is_readable && says_something_else(source, *envelope.after, *stored.row);
}

SnapshotPosition snapshot_position(const StoredRow& stored, const Envelope& envelope) {
  return {stored.epoch, envelope.source_time_ms, envelope.lsn, envelope.transaction_id};
}

Standing judge_snapshot(const StoredRow& stored, const SnapshotPosition& position) {
  if (!stored.snapshot) return Standing::news;
  const SnapshotPosition& last = *stored.snapshot;
  // In another epoch positions have no order; the very same one is the very same record.
  if (last.epoch != position.epoch) {
    return position.is_stated() && position.states_the_same(last) ? Standing::duplicate : Standing::news;
  }
  bool was_compared = false;
  for (const auto& part : {order(position.source_time_ms, last.source_time_ms), order(position.lsn, last.lsn),
                           order(position.transaction_id, last.transaction_id)}) {
    if (!part) continue;
    if (*part != 0) return *part < 0 ? Standing::duplicate : Standing::news;
    was_compared = true;
  }
  return was_compared ? Standing::duplicate : Standing::news;
}

std::optional<std::strong_ordering> order_to_snapshot(const StoredRow& stored, const Envelope& change) {
  if (!stored.snapshot) return std::nullopt;
  return order(change.source_time_ms, stored.snapshot->source_time_ms);
}

void begin_epoch(StoredRow& stored) {
  if (!stored.fence) return;
  stored.previous_epoch_time_ms =
      std::max(stored.previous_epoch_time_ms.value_or(0), stored.fence->source_time_ms);
  stored.fence.reset();
  ++stored.epoch;
}

std::optional<Fence> moved_fence(const StoredRow& stored, const Envelope& envelope, bool is_delete) {
  if (!envelope.lsn) return stored.fence;
  const std::int64_t before_ms = stored.fence ? stored.fence->source_time_ms : 0;
  return Fence{*envelope.lsn, std::max(before_ms, envelope.source_time_ms.value_or(0)), is_delete};
}

}  // namespace tallymill::ops
