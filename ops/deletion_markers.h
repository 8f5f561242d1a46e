#pragma once

#include <cstdint>
#include <string_view>

#include "ops/state_store.h"
#include "ops/stored_row.h"

namespace tallymill::ops {

/// The index of deletion markers by time: what a deleted row leaves in the row store is kept for 7 days of source time
/// (record time where the wire has none), so that a replayed old `c` or `r` does not revive the row.
class DeletionMarkers {
 public:
  /// `home` and `columns` as read_stored_row() takes them.
  DeletionMarkers(TableName home, std::size_t columns, StateStore& rows, StateStore& tombs)
      : home_(home), columns_(columns), rows_(rows), tombs_(tombs) {}

  void add(std::string_view key, std::int64_t deleted_at_ms) const;
  /// Removes some of the markers that are too old at `now_ms`: more than one, so that the index shrinks however it
  /// grew.
  void expire(std::int64_t now_ms) const;

 private:
  TableName home_;
  std::size_t columns_;
  StateStore& rows_;
  StateStore& tombs_;
};

}  // namespace tallymill::ops
