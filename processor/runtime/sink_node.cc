#include <boost/unordered/unordered_flat_map.hpp>

#include "ops/failure.h"
#include "processor/codec/json_encoder.h"
#include "processor/codec/partitioner.h"
#include "processor/runtime/chain_node.h"
#include "processor/runtime/side_outputs.h"

namespace tallymill::processor {
namespace {

using topology::Change;
using topology::Half;
using topology::SinkBranch;

/// The newest value of one output key in the open cycle.
struct PendingRecord {
  std::string_view topic;
  topology::Partition partition;
  std::string_view key;
  std::optional<std::string_view> value;
  /// Whether readers can have a value of this key from before the cycle: if not, a tombstone tells them
  /// nothing.
  bool existed = false;
};

class SinkCycleState final : public ops::CycleState {
 public:
  std::vector<boost::unordered_flat_map<std::string_view, std::size_t>> index;  ///< by branch
  std::vector<PendingRecord> pending;  ///< in the order in which their keys first changed

  void clear() override {
    for (auto& keys : index) keys.clear();
    pending.clear();
  }
};

/// Encodes rows for the readers of an output topic. Rows that change are coalesced by output key: one record
/// per key and commit, a tombstone for a row that ceased to exist; events are a record each.
class SinkNode final : public ChainNode {
 public:
  SinkNode(TaskContext& context, const topology::NodePlan& plan, std::size_t index)
      : ChainNode(context, plan, index), sink_(*plan.sink), value_fields_(json_fields(sink_.type)) {
    for (const SinkBranch& branch : sink_.branches) {
      branches_.push_back({json_fields(sink_.type, branch.key), json_fields(sink_.type, branch.partition_by),
                           context.layout.partition_count(branch.topic)});
    }
  }

  void accept(const Change& change) override {
    std::optional<std::size_t> before;
    std::optional<std::size_t> after;
    if (change.before) {
      // An image that fails failed when it was put in as well: there is nothing to take back.
      before = route(*change.before).branch;
      count(before ? ops::ImageFate::passed : ops::ImageFate::filtered, 1);
    }
    if (change.after) {
      const Route route_after = route(*change.after);
      after = route_after.branch;
      count(route_after.fate, 1);
      if (route_after.fate == ops::ImageFate::dead) report(route_after, change.after->row);
    }
    if (sink_.insert_only) {
      if (after) append_event(*after, change.after->row);
      return;
    }
    std::string_view old_key;
    if (before) old_key = key_of(*before, change.before->row, old_key_text_);
    if (after) {
      const std::string_view key = key_of(*after, change.after->row, key_text_);
      const bool same_key = before == after && key == old_key;
      if (before && !same_key) put(*before, old_key, nullptr, change.before->row, true);
      put(*after, key, &change.after->row, change.after->row, same_key);
    } else if (before) {
      put(*before, old_key, nullptr, change.before->row, true);
    }
  }

  void flush() override {
    for (const PendingRecord& record : context_.overlay.cycle_state_as<SinkCycleState>(index_).pending) {
      if (!record.value && !record.existed) continue;
      context_.overlay.outputs().push_back({record.topic, record.partition, record.key, record.value, {}});
    }
  }

 private:
  struct BranchFields {
    std::vector<JsonField> key;
    std::vector<JsonField> partition_by;
    std::int32_t partitions;
  };

  struct Route {
    std::optional<std::size_t> branch;
    ops::ImageFate fate = ops::ImageFate::filtered;
    // Of a dead image one of the two:
    topology::Value error;  ///< of `when`
    const topology::Program* when = nullptr;
    std::optional<std::size_t> unavailable_column;
  };

  /// The first branch whose condition holds, if all can be written.
  Route route(const Half& half) {
    for (std::size_t i = 0; i < sink_.branches.size(); ++i) {
      const topology::Program* when = sink_.branches[i].when.get();
      if (when == nullptr) return written(i, half.row);
      const topology::Value verdict = when->evaluate(half.row, context_.record_arena);
      if (verdict.is_true()) return written(i, half.row);
      if (verdict.is_error()) return {std::nullopt, ops::ImageFate::dead, verdict, when, std::nullopt};
    }
    return {};
  }

  Route written(std::size_t branch, topology::Row row) const {
    for (const JsonField& field : value_fields_) {
      if (!row[field.column].is(topology::ValueKind::unavailable)) [[likely]]
        continue;
      return {std::nullopt, ops::ImageFate::dead, {}, nullptr, field.column};
    }
    return {branch, ops::ImageFate::passed, {}, nullptr, std::nullopt};
  }

  void report(const Route& route, topology::Row row) {
    const ops::Failure failure =
        route.when != nullptr
            ? ops::failure_of(*route.when, route.error, {}, sink_.type, row)
            : ops::unavailable_failure(sink_.type.columns[*route.unavailable_column], "the output topic");
    write_dead_letter(context_, plan_,
                      {.step = "to",
                       .reason = failure.reason,
                       .message = failure.message,
                       .column = failure.column,
                       .expression = failure.expression,
                       .row = {&sink_.type, row},
                       .received = row});
  }

  std::string_view key_of(std::size_t branch, topology::Row row, std::string& text) const {
    text.clear();
    if (sink_.branches[branch].key_as_string) {
      append_plain_key(text, row[sink_.branches[branch].key.front()]);
    } else {
      append_json_key(text, branches_[branch].key, row);
    }
    return text;
  }

  topology::Partition partition(std::size_t branch, topology::Row row) {
    partition_text_.clear();
    append_json_key(partition_text_, branches_[branch].partition_by, row);
    return partition_of(partition_text_, branches_[branch].partitions);
  }

  void put(std::size_t branch, std::string_view key, const topology::Row* value, topology::Row row,
           bool existed) {
    auto& state = context_.overlay.cycle_state_as<SinkCycleState>(index_);
    if (state.index.size() < sink_.branches.size()) state.index.resize(sink_.branches.size());
    topology::Arena& arena = context_.overlay.arena();
    auto found = state.index[branch].find(key);
    if (found == state.index[branch].end()) {
      const std::string_view kept = arena.copy(key);
      found = state.index[branch].emplace(kept, state.pending.size()).first;
      state.pending.push_back(
          {sink_.branches[branch].topic, partition(branch, row), kept, std::nullopt, existed});
    }
    PendingRecord& record = state.pending[found->second];
    record.value.reset();
    if (value == nullptr) return;
    value_text_.clear();
    append_json_object(value_text_, value_fields_, *value);
    record.value = arena.copy(value_text_);
  }

  void append_event(std::size_t branch, topology::Row row) {
    topology::Arena& arena = context_.overlay.arena();
    OutputRecord record;
    record.topic = sink_.branches[branch].topic;
    if (!sink_.branches[branch].key.empty()) record.key = arena.copy(key_of(branch, row, key_text_));
    if (sink_.branches[branch].partition_by.empty()) {
      record.partition = topology::Partition(static_cast<std::int32_t>(
          context_.task.input % static_cast<std::uint32_t>(branches_[branch].partitions)));
    } else {
      record.partition = partition(branch, row);
    }
    value_text_.clear();
    append_json_object(value_text_, value_fields_, row);
    record.value = arena.copy(value_text_);
    context_.overlay.outputs().push_back(record);
  }

  const topology::SinkPlan& sink_;
  std::vector<JsonField> value_fields_;
  std::vector<BranchFields> branches_;
  // Scratch texts, kept for their memory only.
  std::string key_text_;
  std::string old_key_text_;
  std::string partition_text_;
  std::string value_text_;
};

}  // namespace

std::unique_ptr<ChainNode> make_sink_node(TaskContext& context, const topology::NodePlan& plan,
                                          std::size_t index) {
  return std::make_unique<SinkNode>(context, plan, index);
}

std::unique_ptr<ops::CycleState> make_sink_cycle_state() { return std::make_unique<SinkCycleState>(); }

}  // namespace tallymill::processor
