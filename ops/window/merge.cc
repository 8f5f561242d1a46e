#include <boost/unordered/unordered_flat_set.hpp>

#include "ops/window/aggregation.h"
#include "topology/data/row_codec.h"

namespace tallymill::ops {
namespace {

using topology::Change;
using topology::EventTime;
using topology::Half;
using topology::Value;

constexpr std::uint8_t format_version = 1;
/// Windows that one call of advance() lets go of; the rest go with the next ones.
constexpr int windows_dropped_max = 10'000;

class MergeState final : public CycleState {
 public:
  boost::unordered_flat_set<std::string_view> known;  ///< keys live in the cycle arena
  std::vector<std::string_view> keys;                 ///< in the order of their first partial
  topology::Arena scratch;                            ///< rows of the group in hand

  void clear() override {
    known.clear();
    keys.clear();
  }
};

class Merge final : public Operator {
 public:
  explicit Merge(std::shared_ptr<const Aggregation> aggregation) : aggregation_(std::move(aggregation)) {
    const auto stores = merge_stores(*aggregation_);
    for (std::size_t i = 0; i < stores.size(); ++i) {
      if (stores[i].name == "extremes") extremes_store_ = i;
      if (stores[i].name == "closing") closing_store_ = i;
    }
  }

  std::unique_ptr<CycleState> make_cycle_state() const override { return std::make_unique<MergeState>(); }

  void receive(const Partial& partial, OperatorContext& context, Output&) const override {
    if (aggregation_->keyless && !can_merge(partial, context)) return report_negative(partial, context);
    StateStore& slices = context.store(0);
    const auto stored = slices.get(partial.key);
    topology::ByteReader state(stored.value_or(std::string_view()));
    topology::ByteReader delta(partial.delta);
    std::int64_t rows = read_signed_varint(delta);
    if (stored) {
      INVARIANT(state.u8() == format_version, "a slice of another format version");
      rows += read_signed_varint(state);
    }
    INVARIANT(rows >= 0, "more rows were taken out of a window than were put in");
    std::string merged;
    topology::append_u8(merged, format_version);
    append_signed_varint(merged, rows);
    for (std::size_t i = 0; i < aggregation_->folded.size(); ++i) {
      const Accumulator& accumulator = *aggregation_->folded[i].accumulator;
      AccumulatorEntries entries;
      if (accumulator.keeps_entries()) entries = entries_of(i, partial.key, context);
      accumulator.merge(state, !stored, delta, merged, entries);
    }
    INVARIANT(state.at_end() && delta.at_end(), "a slice and its accumulators do not fit together");
    if (rows == 0) {
      slices.erase(partial.key);
    } else {
      slices.put(partial.key, merged);
    }
    if (closing_store_) index_closing(partial.key, rows, context);
    mark_dirty(partial.key, context);
  }

  void flush(OperatorContext& context, Output& output) const override {
    MergeState& cycle = context.cycle<MergeState>();
    StateStore& slices = context.store(0);
    for (const std::string_view key : cycle.keys) {
      cycle.scratch.reset();
      Change change;
      if (const auto bytes = slices.get_committed(key)) change.before = half(key, *bytes, cycle.scratch);
      if (const auto bytes = slices.get(key)) change.after = half(key, *bytes, cycle.scratch);
      if (change.before && change.after && identical(change.before->row, change.after->row)) continue;
      if (!change.before && !change.after) continue;
      context.count(ImageFate::passed, (change.before ? 1 : 0) + (change.after ? 1 : 0));
      output.emit(change);
    }
  }

  void advance(EventTime watermark, OperatorContext& context, Output&) const override {
    if (!closing_store_) return;
    StateStore& closing = context.store(*closing_store_);
    // A window is closed when watermark >= end + grace; the first end that is still open is one microsecond
    // on.
    const EventTime last_closed = saturating_subtract(watermark, *aggregation_->grace);
    std::string open_from;
    topology::append_ordered_i64(open_from, saturating_add(last_closed, {1}).microseconds);
    for (int i = 0; i < windows_dropped_max; ++i) {
      const auto entry = closing.first_in({}, open_from);
      if (!entry) return;
      const std::string indexed(entry->key);
      const std::string_view key = std::string_view(indexed).substr(sizeof(std::int64_t));
      drop_entries(key, context);
      context.store(0).erase(key);
      closing.erase(indexed);
    }
  }

 private:
  bool can_merge(const Partial& partial, OperatorContext& context) const {
    const auto stored = context.store(0).get(partial.key);
    topology::ByteReader state(stored.value_or(std::string_view()));
    topology::ByteReader delta(partial.delta);
    std::int64_t rows = read_signed_varint(delta);
    if (stored) {
      state.u8();
      rows += read_signed_varint(state);
    }
    bool fits = rows >= 0;
    for (std::size_t i = 0; i < aggregation_->folded.size(); ++i) {
      const Accumulator& accumulator = *aggregation_->folded[i].accumulator;
      AccumulatorEntries entries;
      if (accumulator.keeps_entries()) entries = entries_of(i, partial.key, context);
      fits = accumulator.can_merge(state, !stored, delta, entries) && fits;
    }
    return fits;
  }

  /// What a commit cycle adds to and retracts from the group is left out as a whole.
  void report_negative(const Partial& partial, OperatorContext& context) const {
    std::string_view key = partial.key;
    auto group = topology::read_key(key, aggregation_->groups.size(), context.record_arena());
    INVARIANT(group.ok(), "the key of a slice cannot be read back");
    context.dead_letter(
        {.step = {},
         .reason = topology::ErrorCode::negative_count,
         .message = "a group would count fewer than no rows: a before image retracts a row that was never added, or "
                    "whose insert stands behind it in another partition; the changes of this commit to the group are "
                    "left out",
         .column = {},
         .expression = {},
         .row = {&aggregation_->late_format.group, *group},
         .received = {}});
    context.count(ImageFate::dead, 1);
  }

  AccumulatorEntries entries_of(std::size_t accumulator, std::string_view key,
                                OperatorContext& context) const {
    AccumulatorEntries entries;
    entries.store = &context.store(*extremes_store_);
    // Two bytes, most significant first: more accumulators than lint's limits let anybody write.
    topology::append_u8(entries.prefix, static_cast<std::uint8_t>(accumulator >> 8));
    topology::append_u8(entries.prefix, static_cast<std::uint8_t>(accumulator));
    entries.prefix += key;
    return entries;
  }

  std::string closing_key(std::string_view key) const {
    topology::ByteReader start(key.substr(key.size() - sizeof(std::int64_t)));
    std::string indexed;
    topology::append_ordered_i64(indexed, aggregation_->window->end_of({start.ordered_i64()}).microseconds);
    indexed += key;
    return indexed;
  }

  void index_closing(std::string_view key, std::int64_t rows, OperatorContext& context) const {
    StateStore& closing = context.store(*closing_store_);
    const std::string indexed = closing_key(key);
    if (rows == 0) {
      closing.erase(indexed);
    } else if (!closing.get(indexed)) {
      closing.put(indexed, {});
    }
  }

  void drop_entries(std::string_view key, OperatorContext& context) const {
    for (std::size_t i = 0; i < aggregation_->folded.size(); ++i) {
      if (!aggregation_->folded[i].accumulator->keeps_entries()) continue;
      const AccumulatorEntries entries = entries_of(i, key, context);
      const std::string after = key_after_prefix(entries.prefix);
      // From behind the last one: a store walks over what this cycle erased.
      std::string from = entries.prefix;
      while (const auto entry = entries.store->first_in(from, after)) {
        from.assign(entry->key);
        entries.store->erase(from);
        from.push_back('\0');
      }
    }
  }

  static void mark_dirty(std::string_view key, OperatorContext& context) {
    MergeState& cycle = context.cycle<MergeState>();
    if (cycle.known.contains(key)) return;
    const std::string_view kept = context.cycle_arena().copy(key);
    cycle.known.insert(kept);
    cycle.keys.push_back(kept);
  }

  /// The result row of a slice: group columns, window columns, aggregates.
  Half half(std::string_view key, std::string_view bytes, topology::Arena& arena) const {
    const std::size_t groups = aggregation_->groups.size();
    const std::size_t window_columns = aggregation_->window ? 2 : 0;
    const auto row = arena.allocate_array<Value>(groups + window_columns + aggregation_->columns.size());
    Half result{row, std::nullopt};
    auto group = topology::read_key(key, groups, arena);
    INVARIANT(group.ok(), "the key of a slice cannot be read back");
    std::copy(group->begin(), group->end(), row.begin());
    if (aggregation_->window) {
      topology::ByteReader start_bytes(key);
      const EventTime start{start_bytes.ordered_i64()};
      const EventTime end = aggregation_->window->end_of(start);
      row[groups] = Value::timestamp(to_instant(start));
      row[groups + 1] = Value::timestamp(to_instant(end));
      // A window's result belongs to its last microsecond, so that windows over windows nest.
      result.event_time = saturating_subtract(end, {1});
    }
    topology::ByteReader state(bytes);
    INVARIANT(state.u8() == format_version, "a slice of another format version");
    read_signed_varint(state);
    const auto results = arena.allocate_array<AccumulatorResult>(aggregation_->folded.size());
    for (std::size_t i = 0; i < results.size(); ++i) {
      results[i] = aggregation_->folded[i].accumulator->read(state, arena);
    }
    for (std::size_t i = 0; i < aggregation_->columns.size(); ++i) {
      const AggregateColumn& column = aggregation_->columns[i];
      row[groups + window_columns + i] = column.value(results[column.accumulator], arena);
    }
    return result;
  }

  std::shared_ptr<const Aggregation> aggregation_;
  std::optional<std::size_t> extremes_store_;
  std::optional<std::size_t> closing_store_;
};

}  // namespace

std::vector<topology::StoreSpec> merge_stores(const Aggregation& aggregation) {
  std::vector<topology::StoreSpec> stores = {{"slices", topology::StoreKind::point}};
  for (const FoldedArgument& folded : aggregation.folded) {
    if (!folded.accumulator->keeps_entries()) continue;
    stores.push_back({"extremes", topology::StoreKind::ordered});
    break;
  }
  if (aggregation.window && aggregation.grace) stores.push_back({"closing", topology::StoreKind::ordered});
  return stores;
}

std::shared_ptr<const Operator> make_merge(std::shared_ptr<const Aggregation> aggregation) {
  return std::make_shared<Merge>(std::move(aggregation));
}

}  // namespace tallymill::ops
