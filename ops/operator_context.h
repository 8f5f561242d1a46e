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

/// An image of a change that a window did or did not take, for the late topic.
struct LateImage {
  bool is_late = false;
  topology::Row group;  ///< values of LateFormat::group
  topology::EventTime window_start;
  topology::EventTime window_end;
  topology::Row columns;  ///< values of LateFormat::columns
};

/// Column names and types of what late images carry; the same for all of one operator.
struct LateFormat {
  topology::RowType group;
  topology::RowType columns;  ///< what the aggregates read
};

/// Columns of a row with their types.
struct TypedRow {
  const topology::RowType* type = nullptr;  ///< null: there is none
  topology::Row row;
};

/// An image that cannot go on, and why. Texts and rows need to live only during the call.
struct DeadLetter {
  std::string_view step;  ///< of the pipeline; empty: the operator's own
  topology::ErrorCode reason;
  std::string_view message;     ///< holds no value of a sensitive column
  std::string_view column;      ///< that cannot be computed, or whose value is not known; empty: none
  std::string_view expression;  ///< canonical text of what failed; empty: none
  TypedRow row;                 ///< as the failing step got it
  topology::Row received;       ///< as the operator got it; empty: `row` is a group, which no one row concerns
};

/// A change of which at least one image came too late.
struct LateChange {
  const LateFormat* format;
  std::optional<LateImage> before;
  std::optional<LateImage> after;
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

  /// The watermark of the source partition as it stood before the record in hand: by it an image is late.
  /// Minus infinity where nothing is judged: downstream of a repartition, and for rows that come out of a
  /// flush.
  virtual topology::EventTime lateness_watermark() const = 0;

  /// Until the record in hand is done.
  virtual topology::Arena& record_arena() = 0;
  /// Until commit or abort.
  virtual topology::Arena& cycle_arena() = 0;

  /// Writes a dead letter: for the record in hand, or where there is none (in a flush, behind an exchange)
  /// for the row. The image is counted by count().
  virtual void dead_letter(const DeadLetter& letter) = 0;
  virtual void late(const LateChange& change) = 0;
  /// Says what became of images that the operator received, or of those that it made of partials: each
  /// exactly once. `step` counts within a run of steps; the image passed those before it.
  virtual void count(ImageFate fate, int images, std::size_t step = 0) = 0;
  /// Images that passed all steps and are not sent on, because nothing changed.
  virtual void count_unchanged(int images) = 0;

 private:
  virtual CycleState& cycle_state() = 0;
};

}  // namespace tallymill::ops
