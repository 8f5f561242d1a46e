#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "ops/fate.h"
#include "topology/base/error.h"
#include "topology/base/invariant.h"
#include "topology/base/time.h"
#include "topology/data/change.h"

namespace tallymill::ops {

/// What a record does to one row. Views live in the arena that normalize() was given.
struct RowMove {
  std::optional<topology::Change> change;

  /// The row store's entry for `key` after the change; remember() writes it.
  enum class Entry : std::uint8_t { untouched, put, erase } entry = Entry::untouched;
  std::string_view key;
  std::string_view bytes;
  /// The entry is a deletion marker, which is kept for a while from this time on.
  std::optional<std::int64_t> deleted_at_ms;
};

/// What a record came to.
struct NormalizedRecord {
  NormalizedRecord() {}  // NOLINT(modernize-use-equals-default): it would be filled with zeros first

  RecordFate fate = RecordFate::ignored;
  /// Why the record is a dead letter; of class `record`. Its moves are done all the same: they take out the row
  /// that it would have replaced.
  std::optional<topology::Error> dead;
  /// What the record says of stream time (capped by source.ts_ms + max_ahead); nothing if it does not count.
  std::optional<topology::EventTime> stream_time;
  /// Bit set of Observation.
  std::uint8_t observations = 0;

  /// One row; two of an update that changes the primary key, in the order in which they are done.
  std::span<const RowMove> moves() const { return {moves_.data(), move_count_}; }
  RowMove& add_move() {
    INVARIANT(move_count_ < moves_.size(), "a record moves more than two rows");
    return moves_[move_count_++];
  }

  bool observed(Observation observation) const {
    return (observations >> static_cast<unsigned>(observation)) & 1;
  }
  void observe(Observation observation) {
    observations = static_cast<std::uint8_t>(observations | 1U << static_cast<unsigned>(observation));
  }

 private:
  std::array<RowMove, 2> moves_;
  std::size_t move_count_ = 0;
};

}  // namespace tallymill::ops
