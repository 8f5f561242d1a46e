#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "ops/state_store.h"
#include "topology/data/arena.h"
#include "topology/data/row_codec.h"
#include "topology/data/value.h"

namespace tallymill::ops {

/// What an accumulator's state says; each kind fills what it knows.
struct AccumulatorResult {
  std::int64_t count = 0;  ///< values folded: rows, or non-null arguments
  topology::Value total = topology::Value::null();
  topology::Value smallest = topology::Value::null();
  topology::Value largest = topology::Value::null();
};

/// Where an accumulator keeps entries beside its state: the entries of one (slice, accumulator) share
/// `prefix`.
struct AccumulatorEntries {
  StateStore* store = nullptr;  ///< kind `ordered`; null if no accumulator of the aggregate needs one
  std::string prefix;
};

/// One thing that is added up per group and slice. Aggregates over the same argument share one: sum and avg,
/// min and max. Immutable; its data is in two forms:
///   delta   what one commit cycle adds and takes back: a fixed block of memory in the cycle arena, folded
///   into once
///           per half, then sent as bytes
///   state   bytes in a store, into which deltas are merged
/// Merging is commutative. A state that would go below zero is a broken invariant, but for inputs of which
/// can_merge() is asked first.
class Accumulator {
 public:
  virtual ~Accumulator() = default;

  /// Size and alignment-free beginning of a delta; deltas are trivially destructible.
  virtual std::size_t delta_bytes() const = 0;
  /// Whether a value can be folded and its state always be read back; what cannot is a dead letter. Asked for
  /// decimals of more than 128 bits only.
  virtual bool takes(const topology::Value&) const { return true; }
  virtual void begin_delta(std::byte* delta) const = 0;
  /// Puts `argument` in (`sign` 1) or takes it out (-1). Never called with an error; null counts as SQL has
  /// it. What the delta keeps is copied into `cycle`.
  virtual void fold(std::byte* delta, const topology::Value& argument, int sign,
                    topology::Arena& cycle) const = 0;
  virtual void append_delta(std::string& out, const std::byte* delta) const = 0;

  /// Whether merging would leave every count at zero or above: asked, before anything is merged, where the input
  /// may retract what was never added (mode changelog). Reads as much as merge() does and changes nothing.
  virtual bool can_merge(topology::ByteReader& state, bool is_new, topology::ByteReader& delta,
                         const AccumulatorEntries& entries) const = 0;
  /// Appends to `out` the state that `state` (empty reader position for a new slice: see `is_new`) and a
  /// delta make.
  virtual void merge(topology::ByteReader& state, bool is_new, topology::ByteReader& delta, std::string& out,
                     const AccumulatorEntries& entries) const = 0;
  /// Reads a state from the front of `state`; values live in `arena` or view into the state's bytes.
  virtual AccumulatorResult read(topology::ByteReader& state, topology::Arena& arena) const = 0;
  /// Whether merge() uses the entries.
  virtual bool keeps_entries() const { return false; }
};

/// Counts rows, or non-null arguments if there is one.
std::unique_ptr<Accumulator> make_count_accumulator();
/// The exact sum of decimals and ints, the count of non-null values, and how many there are per scale: the
/// result has the largest scale present, as PostgreSQL's sum(numeric), whatever was taken back meanwhile.
std::unique_ptr<Accumulator> make_sum_accumulator();
/// Smallest and largest value under retraction: one entry per distinct value with its count.
std::unique_ptr<Accumulator> make_extremes_accumulator();
/// Smallest and largest value where nothing is ever taken back: the two values, and no entries.
std::unique_ptr<Accumulator> make_insert_only_extremes_accumulator();

/// Zigzag: small counts of either sign are short.
void append_signed_varint(std::string& out, std::int64_t value);
std::int64_t read_signed_varint(topology::ByteReader& reader);

}  // namespace tallymill::ops
