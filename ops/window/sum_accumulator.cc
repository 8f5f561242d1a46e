#include <array>
#include <map>
#include <new>

#include "ops/window/accumulator.h"
#include "topology/base/invariant.h"
#include "topology/data/decimal.h"

namespace tallymill::ops {
namespace {

using topology::Decimal;
using topology::Value;
using topology::ValueKind;

/// How many values of a scale were put in, less those taken out.
struct ScaleCount {
  std::int64_t count = 0;
  ScaleCount* next = nullptr;
  std::uint16_t scale = 0;
};

struct SumDelta {
  Value total = Value::small_decimal(0, 0);
  std::int64_t count = 0;
  /// The first of a list: amounts of one currency mostly have one scale.
  ScaleCount scales;
};
static_assert(std::is_trivially_destructible_v<SumDelta>);

/// The state as numbers: total, non-null count, and counts by scale.
struct SumState {
  Decimal total;
  std::int64_t count = 0;
  std::map<std::uint16_t, std::int64_t> scales;
};

void append_total(std::string& out, const Decimal& total) {
  topology::append_varint(out, static_cast<std::uint64_t>(total.scale()));
  if (total.is_small()) {
    // The common case without building bytes: 16 of them, little-endian.
    topology::append_u8(out, 0);
    const auto coefficient = static_cast<unsigned __int128>(total.small_coefficient());
    topology::append_u64(out, static_cast<std::uint64_t>(coefficient));
    topology::append_u64(out, static_cast<std::uint64_t>(coefficient >> 64));
    return;
  }
  topology::append_u8(out, 1);
  topology::append_bytes(out, total.coefficient_bytes());
}

Decimal read_total(topology::ByteReader& reader) {
  const auto scale = static_cast<int>(reader.varint());
  if (reader.u8() == 0) {
    const std::uint64_t low = reader.u64();
    const std::uint64_t high = reader.u64();
    return Decimal::from_parts(
        static_cast<topology::Int128>((static_cast<unsigned __int128>(high) << 64) | low), scale);
  }
  // A sum may have a few digits more than a value on the wire, so it is not read as one.
  return Decimal::from_value(Value::large_decimal(reader.bytes(), static_cast<std::uint16_t>(scale)));
}

SumState read_state(topology::ByteReader& reader) {
  SumState state;
  state.total = read_total(reader);
  state.count = read_signed_varint(reader);
  for (std::uint64_t left = reader.varint(); left > 0 && reader.ok(); --left) {
    const auto scale = static_cast<std::uint16_t>(reader.varint());
    state.scales[scale] += read_signed_varint(reader);
  }
  return state;
}

class SumAccumulator final : public Accumulator {
 public:
  std::size_t delta_bytes() const override { return sizeof(SumDelta); }
  void begin_delta(std::byte* delta) const override { new (delta) SumDelta(); }

  /// A product can have more digits than a column. Were those added up, the sum could pass what decimals may have
  /// (Decimal::max_computed_integer_digits leaves room for adding up columns only).
  bool takes(const Value& argument) const override {
    const Decimal amount = Decimal::from_value(argument);
    return amount.digits() - amount.scale() <= Decimal::max_integer_digits;
  }

  void fold(std::byte* delta_memory, const Value& argument, int sign, topology::Arena& cycle) const override {
    if (argument.is_null()) return;
    SumDelta& delta = *std::launder(reinterpret_cast<SumDelta*>(delta_memory));
    const Decimal amount = argument.is(ValueKind::integer) ? Decimal::from_integer(argument.as_integer())
                                                           : Decimal::from_value(argument);
    Decimal total = Decimal::from_value(delta.total);
    if (sign > 0) {
      total += amount;
    } else {
      total -= amount;
    }
    delta.total = total.to_value(cycle);
    delta.count += sign;
    count_scale(delta, static_cast<std::uint16_t>(amount.scale()), sign, cycle);
  }

  void append_delta(std::string& out, const std::byte* delta_memory) const override {
    const SumDelta& delta = *std::launder(reinterpret_cast<const SumDelta*>(delta_memory));
    append_total(out, Decimal::from_value(delta.total));
    append_signed_varint(out, delta.count);
    std::uint64_t used = 0;
    for (const ScaleCount* scale = &delta.scales; scale != nullptr; scale = scale->next)
      used += scale->count != 0;
    topology::append_varint(out, used);
    for (const ScaleCount* scale = &delta.scales; scale != nullptr; scale = scale->next) {
      if (scale->count == 0) continue;
      topology::append_varint(out, scale->scale);
      append_signed_varint(out, scale->count);
    }
  }

  bool can_merge(topology::ByteReader& state_bytes, bool is_new, topology::ByteReader& delta_bytes,
                 const AccumulatorEntries&) const override {
    SumState state = is_new ? SumState{} : read_state(state_bytes);
    const SumState delta = read_state(delta_bytes);
    for (const auto& [scale, count] : delta.scales) state.scales[scale] += count;
    return state.count + delta.count >= 0 &&
           std::all_of(state.scales.begin(), state.scales.end(), [](const auto& entry) { return entry.second >= 0; });
  }

  void merge(topology::ByteReader& state_bytes, bool is_new, topology::ByteReader& delta_bytes,
             std::string& out, const AccumulatorEntries&) const override {
    SumState state = is_new ? SumState{} : read_state(state_bytes);
    const SumState delta = read_state(delta_bytes);
    state.total += delta.total;
    state.count += delta.count;
    INVARIANT(state.count >= 0, "more values were taken out of a sum than were put in");
    for (const auto& [scale, count] : delta.scales) state.scales[scale] += count;
    std::erase_if(state.scales, [](const auto& entry) { return entry.second == 0; });
    append_total(out, state.total);
    append_signed_varint(out, state.count);
    topology::append_varint(out, state.scales.size());
    for (const auto& [scale, count] : state.scales) {
      INVARIANT(count > 0, "more values of a scale were taken out of a sum than were put in");
      topology::append_varint(out, scale);
      append_signed_varint(out, count);
    }
  }

  AccumulatorResult read(topology::ByteReader& bytes, topology::Arena& arena) const override {
    const SumState state = read_state(bytes);
    AccumulatorResult result;
    result.count = state.count;
    if (state.count == 0) return result;
    // The total may carry the scale of a value long taken out; its digits beyond the largest scale present
    // are zero.
    auto total = state.total.rounded(state.scales.rbegin()->first);
    INVARIANT(total.ok() && *total == state.total, "a sum has digits that none of its values has");
    result.total = total->to_value(arena);
    return result;
  }

 private:
  static void count_scale(SumDelta& delta, std::uint16_t scale, int sign, topology::Arena& cycle) {
    ScaleCount* entry = &delta.scales;
    while (entry->count != 0 && entry->scale != scale && entry->next != nullptr) entry = entry->next;
    if (entry->count != 0 && entry->scale != scale) {
      entry->next = new (cycle.allocate(sizeof(ScaleCount), alignof(ScaleCount))) ScaleCount();
      entry = entry->next;
    }
    entry->scale = scale;
    entry->count += sign;
  }
};

}  // namespace

std::unique_ptr<Accumulator> make_sum_accumulator() { return std::make_unique<SumAccumulator>(); }

}  // namespace tallymill::ops
