#include <algorithm>
#include <new>
#include <optional>
#include <vector>

#include "ops/window/accumulator.h"
#include "topology/base/invariant.h"
#include "topology/data/decimal.h"

namespace tallymill::ops {
namespace {

using topology::Decimal;
using topology::Value;
using topology::ValueKind;

/// Key bytes of a value, for decimals with the scale behind: numerically equal amounts lie side by side, and
/// what is taken out is the very text that was put in.
void append_entry(std::string& out, const Value& value) {
  topology::append_key(out, {&value, 1});
  if (value.is(ValueKind::decimal)) {
    topology::append_u8(out, static_cast<std::uint8_t>(value.decimal_scale() >> 8));
    topology::append_u8(out, static_cast<std::uint8_t>(value.decimal_scale()));
  }
}

Value read_entry(std::string_view bytes, topology::Arena& arena) {
  auto key = topology::read_key(bytes, 1, arena);
  INVARIANT(key.ok(), "an entry of the extremes store cannot be read back");
  const Value value = key->front();
  if (!value.is(ValueKind::decimal)) return value;
  topology::ByteReader scale(bytes);
  const int high = scale.u8();
  auto decimal = Decimal::from_value(value).rounded(high << 8 | scale.u8());
  INVARIANT(decimal.ok(), "an entry of the extremes store has a scale out of range");
  return decimal->to_value(arena);
}

/// Both kinds of state end with the two extreme entries, empty where there is no value.
AccumulatorResult read_extremes(topology::ByteReader& state, topology::Arena& arena) {
  AccumulatorResult result;
  const std::string_view smallest = state.bytes();
  const std::string_view largest = state.bytes();
  if (smallest.empty()) return result;
  result.smallest = read_entry(smallest, arena);
  result.largest = read_entry(largest, arena);
  return result;
}

/// One fold of a cycle; equal ones are added up when the delta is sent.
struct ExtremeFold {
  std::string_view entry;
  ExtremeFold* next;
  int sign;
};

struct ExtremesDelta {
  ExtremeFold* folds = nullptr;
};
static_assert(std::is_trivially_destructible_v<ExtremesDelta>);

class ExtremesAccumulator final : public Accumulator {
 public:
  std::size_t delta_bytes() const override { return sizeof(ExtremesDelta); }
  void begin_delta(std::byte* delta) const override { new (delta) ExtremesDelta(); }
  bool keeps_entries() const override { return true; }

  void fold(std::byte* delta_memory, const Value& argument, int sign, topology::Arena& cycle) const override {
    if (argument.is_null()) return;
    ExtremesDelta& delta = *std::launder(reinterpret_cast<ExtremesDelta*>(delta_memory));
    std::string entry;
    append_entry(entry, argument);
    delta.folds = new (cycle.allocate(sizeof(ExtremeFold), alignof(ExtremeFold)))
        ExtremeFold{cycle.copy(entry), delta.folds, sign};
  }

  void append_delta(std::string& out, const std::byte* delta_memory) const override {
    const ExtremesDelta& delta = *std::launder(reinterpret_cast<const ExtremesDelta*>(delta_memory));
    std::vector<std::pair<std::string_view, std::int64_t>> counts;
    for (const ExtremeFold* fold = delta.folds; fold != nullptr; fold = fold->next) {
      counts.emplace_back(fold->entry, fold->sign);
    }
    std::sort(counts.begin(), counts.end());
    std::size_t kept = 0;
    for (std::size_t i = 0; i < counts.size();) {
      auto sum = counts[i];
      for (++i; i < counts.size() && counts[i].first == sum.first; ++i) sum.second += counts[i].second;
      if (sum.second != 0) counts[kept++] = sum;
    }
    topology::append_varint(out, kept);
    for (std::size_t i = 0; i < kept; ++i) {
      topology::append_bytes(out, counts[i].first);
      append_signed_varint(out, counts[i].second);
    }
  }

  bool can_merge(topology::ByteReader& state, bool is_new, topology::ByteReader& delta,
                 const AccumulatorEntries& entries) const override {
    if (!is_new) {
      state.bytes();
      state.bytes();
    }
    bool fits = true;
    for (std::uint64_t left = delta.varint(); left > 0 && delta.ok(); --left) {
      const std::string key = entries.prefix + std::string(delta.bytes());
      fits = count_of(*entries.store, key) + read_signed_varint(delta) >= 0 && fits;
    }
    return fits;
  }

  void merge(topology::ByteReader& state, bool is_new, topology::ByteReader& delta, std::string& out,
             const AccumulatorEntries& entries) const override {
    if (!is_new) {
      state.bytes();
      state.bytes();
    }
    for (std::uint64_t left = delta.varint(); left > 0 && delta.ok(); --left) {
      const std::string key = entries.prefix + std::string(delta.bytes());
      add(*entries.store, key, read_signed_varint(delta));
    }
    // The extremes are cached in the state, so that emission needs no range reads.
    const std::string after = key_after_prefix(entries.prefix);
    const auto append_cached = [&](const std::optional<StateStore::Entry>& entry) {
      topology::append_bytes(out, entry ? entry->key.substr(entries.prefix.size()) : std::string_view());
    };
    append_cached(entries.store->first_in(entries.prefix, after));
    append_cached(entries.store->last_in(entries.prefix, after));
  }

  AccumulatorResult read(topology::ByteReader& state, topology::Arena& arena) const override {
    return read_extremes(state, arena);
  }

 private:
  static std::int64_t count_of(StateStore& store, const std::string& key) {
    const auto stored = store.get(key);
    if (!stored) return 0;
    topology::ByteReader reader(*stored);
    return read_signed_varint(reader);
  }

  static void add(StateStore& store, const std::string& key, std::int64_t change) {
    const std::int64_t count = count_of(store, key) + change;
    INVARIANT(count >= 0, "a value was taken out of a minimum or maximum more often than it was put in");
    if (count == 0) {
      store.erase(key);
      return;
    }
    std::string bytes;
    append_signed_varint(bytes, count);
    store.put(key, bytes);
  }
};

struct InsertOnlyDelta {
  std::string_view smallest;  ///< entries; empty: none yet
  std::string_view largest;
};
static_assert(std::is_trivially_destructible_v<InsertOnlyDelta>);

class InsertOnlyExtremesAccumulator final : public Accumulator {
 public:
  std::size_t delta_bytes() const override { return sizeof(InsertOnlyDelta); }
  void begin_delta(std::byte* delta) const override { new (delta) InsertOnlyDelta(); }

  void fold(std::byte* delta_memory, const Value& argument, int sign, topology::Arena& cycle) const override {
    INVARIANT(sign > 0, "something was taken out of an aggregate over events");
    if (argument.is_null()) return;
    InsertOnlyDelta& delta = *std::launder(reinterpret_cast<InsertOnlyDelta*>(delta_memory));
    std::string entry;
    append_entry(entry, argument);
    if (delta.smallest.empty() || entry < delta.smallest) delta.smallest = cycle.copy(entry);
    if (delta.largest.empty() || entry > delta.largest) delta.largest = cycle.copy(entry);
  }

  void append_delta(std::string& out, const std::byte* delta_memory) const override {
    const InsertOnlyDelta& delta = *std::launder(reinterpret_cast<const InsertOnlyDelta*>(delta_memory));
    topology::append_bytes(out, delta.smallest);
    topology::append_bytes(out, delta.largest);
  }

  bool can_merge(topology::ByteReader&, bool, topology::ByteReader&, const AccumulatorEntries&) const override {
    INVARIANT(false, "something may be retracted from an aggregate over events");
  }
  void merge(topology::ByteReader& state, bool is_new, topology::ByteReader& delta, std::string& out,
             const AccumulatorEntries&) const override {
    std::string_view smallest = is_new ? std::string_view() : state.bytes();
    std::string_view largest = is_new ? std::string_view() : state.bytes();
    const std::string_view delta_smallest = delta.bytes();
    const std::string_view delta_largest = delta.bytes();
    if (!delta_smallest.empty() && (smallest.empty() || delta_smallest < smallest)) smallest = delta_smallest;
    if (!delta_largest.empty() && (largest.empty() || delta_largest > largest)) largest = delta_largest;
    topology::append_bytes(out, smallest);
    topology::append_bytes(out, largest);
  }

  AccumulatorResult read(topology::ByteReader& state, topology::Arena& arena) const override {
    return read_extremes(state, arena);
  }
};

}  // namespace

std::unique_ptr<Accumulator> make_extremes_accumulator() { return std::make_unique<ExtremesAccumulator>(); }

std::unique_ptr<Accumulator> make_insert_only_extremes_accumulator() {
  return std::make_unique<InsertOnlyExtremesAccumulator>();
}

}  // namespace tallymill::ops
