#include <boost/unordered/unordered_flat_map.hpp>

#include "ops/failure.h"
#include "ops/window/aggregation.h"
#include "topology/data/decimal.h"
#include "topology/data/row_codec.h"

namespace tallymill::ops {
namespace {

using topology::EventTime;
using topology::Half;
using topology::Value;

/// Deltas of one group and slice: the row count, then each accumulator's block.
struct GroupDelta {
  std::string_view key;
  std::size_t partition_key_bytes;
  std::int64_t rows = 0;
  std::byte* accumulators = nullptr;
};

class CombineState final : public CycleState {
 public:
  boost::unordered_flat_map<std::string_view, std::uint32_t> index;  ///< keys live in the cycle arena
  std::vector<GroupDelta> groups;                                    ///< in the order of their first change

  void clear() override {
    index.clear();
    groups.clear();
  }
};

/// An image with its place and all values that will be folded: once this stands, nothing can fail.
struct PlacedImage {
  std::span<Value> group;
  std::optional<EventTime> window_start;
  bool is_late = false;
  std::string_view key;
  std::size_t partition_key_bytes = 0;
  std::span<Value> arguments;  ///< per folded argument; unset: its `where` is not true
};

class Combine final : public Operator {
 public:
  explicit Combine(std::shared_ptr<const Aggregation> aggregation) : aggregation_(std::move(aggregation)) {
    for (const FoldedArgument& folded : aggregation_->folded) {
      constexpr std::size_t alignment = 16;
      block_offsets_.push_back(blocks_bytes_);
      blocks_bytes_ += (folded.accumulator->delta_bytes() + alignment - 1) / alignment * alignment;
    }
  }

  std::unique_ptr<CycleState> make_cycle_state() const override { return std::make_unique<CombineState>(); }

  void process(const topology::Change& change, OperatorContext& context, Output&) const override {
    std::optional<PlacedImage> before;
    std::optional<PlacedImage> after;
    if (change.before) {
      auto placed = place(*change.before, context);
      // An image that cannot be placed was never put in, so there is nothing to take out.
      if (std::holds_alternative<Failure>(placed)) {
        context.count(ImageFate::filtered, 1);
      } else {
        before = std::get<PlacedImage>(placed);
      }
    }
    if (change.after) {
      auto placed = place(*change.after, context);
      if (const auto* failure = std::get_if<Failure>(&placed)) {
        report_dead(*failure, change.after->row, context);
        context.count(ImageFate::dead, 1);
      } else {
        after = std::get<PlacedImage>(placed);
      }
    }
    if (before) take(*before, -1, context);
    if (after) take(*after, 1, context);
    if ((before && before->is_late) || (after && after->is_late)) report_late(change, before, after, context);
  }

  void flush(OperatorContext& context, Output& output) const override {
    CombineState& state = context.cycle<CombineState>();
    std::string delta;
    for (const GroupDelta& group : state.groups) {
      delta.clear();
      append_signed_varint(delta, group.rows);
      for (std::size_t i = 0; i < aggregation_->folded.size(); ++i) {
        aggregation_->folded[i].accumulator->append_delta(delta, group.accumulators + block_offsets_[i]);
      }
      output.emit(Partial{group.key.substr(0, group.partition_key_bytes), group.key, delta});
    }
  }

 private:
  using Placing = std::variant<PlacedImage, Failure>;

  void report_dead(const Failure& failure, topology::Row row, OperatorContext& context) const {
    context.dead_letter({.step = {},
                         .reason = failure.reason,
                         .message = failure.message,
                         .column = failure.column,
                         .expression = failure.expression,
                         .row = {&aggregation_->input, row},
                         .received = row});
  }

  /// What was computed without an error and still cannot be folded.
  static std::optional<Failure> refused_argument(const FoldedArgument& folded, const Value& argument) {
    const bool is_large = argument.is(topology::ValueKind::decimal) && !argument.is_small_decimal();
    if (!is_large || folded.accumulator->takes(argument)) return std::nullopt;
    const std::string text = folded.argument->canonical_text();
    return Failure{.reason = topology::ErrorCode::decimal_out_of_range,
                   .message = text + " has more than " + std::to_string(topology::Decimal::max_integer_digits) +
                              " digits before the point, too many to add it up",
                   .column = folded.column,
                   .expression = text};
  }

  Placing place(const Half& half, OperatorContext& context) const {
    topology::Arena& arena = context.record_arena();
    PlacedImage placed;
    placed.group = arena.allocate_array<Value>(aggregation_->groups.size());
    for (std::size_t i = 0; i < placed.group.size(); ++i) {
      const GroupColumn& group = aggregation_->groups[i];
      placed.group[i] =
          group.program == nullptr ? half.row[group.source] : group.program->evaluate(half.row, arena);
      if (placed.group[i].is_error())
        return failure_of(*group.program, placed.group[i], group.column.name, aggregation_->input, half.row);
      if (placed.group[i].is(topology::ValueKind::unavailable))
        return unavailable_failure(aggregation_->input.columns[group.source], "the group");
    }
    if (aggregation_->window) {
      if (!half.event_time) return no_event_time(half.row);
      placed.window_start = aggregation_->window->start_of(*half.event_time);
      if (*placed.window_start == EventTime::minus_infinity() ||
          aggregation_->window->end_of(*placed.window_start) == EventTime::infinity()) {
        return time_failure("the event time is so far away that its window has no beginning or no end");
      }
      placed.is_late = is_closed(*placed.window_start, context.lateness_watermark());
    }
    placed.arguments = arena.allocate_array<Value>(aggregation_->folded.size());
    for (std::size_t i = 0; i < placed.arguments.size(); ++i) {
      const FoldedArgument& folded = aggregation_->folded[i];
      const topology::Program* failed = nullptr;
      placed.arguments[i] = argument(folded, half.row, arena, failed);
      if (failed != nullptr)
        return failure_of(*failed, placed.arguments[i], folded.column, aggregation_->input, half.row);
      if (auto failure = refused_argument(folded, placed.arguments[i])) return *std::move(failure);
    }
    make_key(placed, arena);
    return placed;
  }

  Failure no_event_time(topology::Row row) const {
    const auto& column = aggregation_->event_time_column;
    if (column && row[*column].is(topology::ValueKind::unavailable))
      return unavailable_failure(aggregation_->input.columns[*column], "the window");
    return time_failure("the event time is null, infinite or outside of the years -290307 to 294246: no window has it");
  }

  Failure time_failure(std::string message) const {
    const auto& column = aggregation_->event_time_column;
    return {topology::ErrorCode::no_event_time,
            std::move(message),
            column ? aggregation_->input.columns[*column].name : std::string(),
            {}};
  }

  /// `failed`: which program the result is an error of, if it is one.
  static Value argument(const FoldedArgument& folded, topology::Row row, topology::Arena& arena,
                        const topology::Program*& failed) {
    if (folded.where != nullptr) {
      const Value condition = folded.where->evaluate(row, arena);
      if (condition.is_error()) {
        failed = folded.where.get();
        return condition;
      }
      if (!condition.is_true()) return Value::unset();
    }
    if (folded.argument == nullptr) return Value::boolean(true);
    const Value value = folded.argument->evaluate(row, arena);
    if (value.is_error()) failed = folded.argument.get();
    return value;
  }

  void make_key(PlacedImage& placed, topology::Arena& arena) const {
    thread_local std::string bytes;  // its memory is kept from record to record
    bytes.clear();
    topology::append_key(bytes, placed.group);
    placed.partition_key_bytes = bytes.size();
    if (placed.window_start) topology::append_ordered_i64(bytes, placed.window_start->microseconds);
    placed.key = arena.copy(bytes);
  }

  bool is_closed(EventTime window_start, EventTime watermark) const {
    if (!aggregation_->grace) return false;
    return watermark >= saturating_add(aggregation_->window->end_of(window_start), *aggregation_->grace);
  }

  void take(const PlacedImage& placed, int sign, OperatorContext& context) const {
    if (placed.is_late) {
      context.count(ImageFate::late, 1);
      return;
    }
    context.count(ImageFate::passed, 1);
    GroupDelta& group = group_of(placed, context);
    group.rows += sign;
    for (std::size_t i = 0; i < placed.arguments.size(); ++i) {
      if (placed.arguments[i].is(topology::ValueKind::unset)) continue;
      aggregation_->folded[i].accumulator->fold(group.accumulators + block_offsets_[i], placed.arguments[i],
                                                sign, context.cycle_arena());
    }
  }

  GroupDelta& group_of(const PlacedImage& placed, OperatorContext& context) const {
    CombineState& state = context.cycle<CombineState>();
    if (const auto found = state.index.find(placed.key); found != state.index.end()) {
      return state.groups[found->second];
    }
    topology::Arena& arena = context.cycle_arena();
    GroupDelta group{arena.copy(placed.key), placed.partition_key_bytes, 0,
                     arena.allocate(blocks_bytes_, 16)};
    for (std::size_t i = 0; i < aggregation_->folded.size(); ++i) {
      aggregation_->folded[i].accumulator->begin_delta(group.accumulators + block_offsets_[i]);
    }
    state.index.emplace(group.key, static_cast<std::uint32_t>(state.groups.size()));
    return state.groups.emplace_back(group);
  }

  LateImage late_image(const Half& half, const PlacedImage& placed, topology::Arena& arena) const {
    const auto columns = arena.allocate_array<Value>(aggregation_->late_columns.size());
    for (std::size_t i = 0; i < columns.size(); ++i) columns[i] = half.row[aggregation_->late_columns[i]];
    return {placed.is_late, placed.group, *placed.window_start,
            aggregation_->window->end_of(*placed.window_start), columns};
  }

  void report_late(const topology::Change& change, const std::optional<PlacedImage>& before,
                   const std::optional<PlacedImage>& after, OperatorContext& context) const {
    LateChange late{&aggregation_->late_format, std::nullopt, std::nullopt};
    if (before) late.before = late_image(*change.before, *before, context.record_arena());
    if (after) late.after = late_image(*change.after, *after, context.record_arena());
    context.late(late);
  }

  std::shared_ptr<const Aggregation> aggregation_;
  std::vector<std::size_t> block_offsets_;
  std::size_t blocks_bytes_ = 0;
};

}  // namespace

std::shared_ptr<const Operator> make_combine(std::shared_ptr<const Aggregation> aggregation) {
  return std::make_shared<Combine>(std::move(aggregation));
}

}  // namespace tallymill::ops
