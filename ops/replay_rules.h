#pragma once

#include <compare>
#include <optional>
#include <span>

#include "ops/stored_row.h"
#include "topology/data/envelope.h"
#include "topology/plan/plan.h"

namespace tallymill::ops {

/// How a record stands to what is known of its row.
enum class Standing : std::uint8_t {
  news,
  duplicate,      ///< applied before, or older than what was applied
  log_went_back,  ///< a later transaction at a position that is not behind the last: failover, restore, upgrade
};

/// What the rules about repeated records ask of a `c`, `u`, `d`, or of a record that cannot be applied.
struct ChangeFacts {
  bool is_delete = false;
  bool is_readable = true;  ///< the row that it leaves behind is known
  /// That row as the record has it, metadata not filled in; null of a delete or where there is none.
  const std::span<topology::Value>* row = nullptr;
};

/// The rules of 3-changes-and-time.md for `c`, `u` and `d`: what lsn and source.ts_ms say against the fence. At an
/// equal lsn, where a key change or a whole transaction may stand, the operations and the content decide; a
/// repeated run of records then ends as it ended before.
Standing judge_change(const topology::SourcePlan& source, const StoredRow& stored,
                      const topology::Envelope& envelope, const ChangeFacts& change);

/// The rules for `r`, which is never held against the fence: an `r` at or before the position of the last one is
/// a duplicate; in another epoch only one that states the very same position.
Standing judge_snapshot(const StoredRow& stored, const SnapshotPosition& position);

/// Whether a snapshot row of the very position of the stored one says something else, or one of the two cannot be read
/// and the other can: no snapshot reads a row twice, so the two are rows of one declared key.
bool contradicts_snapshot(const topology::SourcePlan& source, const StoredRow& stored,
                          const topology::Envelope& envelope, bool is_readable);

/// The position that a snapshot record states.
SnapshotPosition snapshot_position(const StoredRow& stored, const topology::Envelope& envelope);

/// Whether the change was made before or after a snapshot read the row; nothing if a time is not stated, or nothing
/// was read.
std::optional<std::strong_ordering> order_to_snapshot(const StoredRow& stored, const topology::Envelope& change);

/// Forgets the fence and begins a new epoch, in which nothing is compared with positions of the old log.
void begin_epoch(StoredRow& stored);

/// The fence once the record is applied.
std::optional<Fence> moved_fence(const StoredRow& stored, const topology::Envelope& envelope, bool is_delete);

}  // namespace tallymill::ops
