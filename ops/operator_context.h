#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ops/fate.h"
#include "ops/state_store.h"
#include "topology/base/error.h"
#include "topology/base/time.h"
#include "topology/data/arena.h"
#include "topology/data/change.h"

namespace tallymill::ops {

/// An operator's mutable state that is not in a store (combiner, dirty keys). It lives in the task's overlay:
/// dropped on abort, cleared after a commit.
class CycleState {
 public:
  virtual ~CycleState() = default;
  /// Empty again, with its memory kept.
  virtual void clear() = 0;
};

/// One half of a change that a window did or did not take, for the late topic.
struct LateHalf {
  bool is_late = false;
  topology::Row group;  ///< values of LateFormat::group
  topology::EventTime window_start;
  topology::EventTime window_end;
  topology::Row columns;  ///< values of LateFormat::columns
};

/// Column names and types of what late halves carry; the same for all of one operator.
struct LateFormat {
  topology::RowType group;
  topology::RowType columns;  ///< what the aggregates read
};

/// A change of which at least one half came too late.
struct LateChange {
  const LateFormat* format;
  std::optional<LateHalf> before;
  std::optional<LateHalf> after;
};

/// What an operator may do besides emitting, in one task. Not thread-safe: its task's worker only.
class OperatorContext {
 public:
  virtual ~OperatorContext() = default;

  /// The operator's cycle state, as its make_cycle_state() made it.
  template <class T>
  T& cycle() {
    return static_cast<T&>(cycle_state());
  }
  /// The store of the operator's StoreSpec at `index`.
  virtual StateStore& store(std::size_t index) = 0;

  /// The watermark of the source partition as it stood before the record in hand: by it a half is late. Minus
  /// infinity where nothing is judged: downstream of a repartition, and for rows that come out of a flush.
  virtual topology::EventTime lateness_watermark() const = 0;

  /// Until the record in hand is done.
  virtual topology::Arena& record_arena() = 0;
  /// Until commit or abort.
  virtual topology::Arena& cycle_arena() = 0;

  /// Writes a dead letter for the record in hand (or, in a flush, for the row). `step` names the step of the
  /// pipeline that failed; empty: the operator's own. `message` holds no sensitive value.
  virtual void dead_letter(std::string_view step, topology::ErrorCode reason, std::string_view message) = 0;
  virtual void late(const LateChange& change) = 0;
  /// Counts halves of the change in hand. Only fates of source records add up, so in a flush and downstream
  /// of a repartition this counts nothing.
  virtual void count(HalfFate fate, int halves) = 0;

 private:
  virtual CycleState& cycle_state() = 0;
};

}  // namespace tallymill::ops
