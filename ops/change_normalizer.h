#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ops/fate.h"
#include "ops/state_store.h"
#include "topology/base/result.h"
#include "topology/data/arena.h"
#include "topology/data/change.h"
#include "topology/data/envelope.h"
#include "topology/plan/plan.h"

namespace tallymill::ops {

/// What a record came to. Views live in the arena that normalize() was given.
struct NormalizedRecord {
  RecordFate fate = RecordFate::ignored;
  std::optional<topology::Change> change;
  /// What the record says of stream time (capped by source.ts_ms + max_ahead); nothing if it does not count.
  std::optional<topology::EventTime> stream_time;
  /// Bit set of Observation.
  std::uint8_t observations = 0;

  bool observed(Observation observation) const {
    return (observations >> static_cast<unsigned>(observation)) & 1;
  }
  void observe(Observation observation) {
    observations = static_cast<std::uint8_t>(observations | 1U << static_cast<unsigned>(observation));
  }

  /// The row store's entry for the key after this record; remember() writes it.
  enum class Entry : std::uint8_t { untouched, put, erase } entry = Entry::untouched;
  std::string_view key;
  std::string_view bytes;
  /// Source time under which the entry's fence is kept after a delete.
  std::optional<std::int64_t> tomb_time_ms;
};

/// Turns change envelopes into changes of rows, by the row that is stored and not by what the record says of
/// the past: what is taken back is exactly what was put in. The table of 3-changes-and-time.md ("From
/// envelope to change"), one function a row. Immutable; the state is in two stores of the source's task:
///   rows   (point)    primary key -> last_was_delete bit, fence (lsn, source time), row
///   tombs  (ordered)  (source time, primary key) of deleted rows whose fence is kept for a while
class ChangeNormalizer {
 public:
  explicit ChangeNormalizer(const topology::SourcePlan& source) : source_(source) {}

  /// Decides about one record and reads, but does not write, the stores. Errors of class `record` are dead
  /// letters and leave store and fence as they were; lsn_regression and truncate_refused stop the task.
  topology::Result<NormalizedRecord> normalize(const topology::Envelope& envelope,
                                               const topology::RecordOrigin& origin, StateStore& rows,
                                               topology::Arena& arena) const;

  /// Writes what normalize() decided; after the change ran to the end of its chain.
  void remember(const NormalizedRecord& record, StateStore& rows, StateStore& tombs) const;

 private:
  struct Context;
  topology::Result<NormalizedRecord> normalize_fact(Context& context) const;
  topology::Result<NormalizedRecord> upsert(Context& context) const;
  topology::Result<NormalizedRecord> remove(Context& context) const;
  NormalizedRecord tombstone(Context& context) const;
  topology::Result<NormalizedRecord> duplicate_or_regression(Context& context) const;
  topology::Result<std::string_view> identify(Context& context) const;
  topology::Result<topology::Row> complete_row(const Context& context, std::span<topology::Value> row) const;
  void fill_metadata(const Context& context, std::span<topology::Value> row) const;
  topology::Half half(topology::Row row) const;
  void note_stream_time(const Context& context, NormalizedRecord& record) const;
  void compare_before(const Context& context, NormalizedRecord& record) const;

  const topology::SourcePlan& source_;
};

}  // namespace tallymill::ops
