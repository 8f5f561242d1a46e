#include "processor/runtime/chain_node.h"

#include <algorithm>

#include "topology/base/invariant.h"

namespace tallymill::processor {

TaskOverlay::TaskOverlay(TaskState& committed, std::vector<std::unique_ptr<ops::CycleState>> cycle_states)
    : committed_(committed),
      arena_(std::make_unique<topology::Arena>(256 * 1024)),
      cycle_states_(std::move(cycle_states)),
      node_counts_(cycle_states_.size()) {
  for (MemoryStore& store : committed_.stores) stores_.emplace_back(store, *arena_);
  begin();
}

void TaskOverlay::apply() {
  for (TransactionOverlay& store : stores_) store.apply();
  committed_.progress = progress_;
  begin();
}

void TaskOverlay::drop() {
  for (TransactionOverlay& store : stores_) store.drop();
  begin();
}

void TaskOverlay::begin() {
  progress_ = committed_.progress;
  outputs_.clear();
  std::fill(node_counts_.begin(), node_counts_.end(), NodeCounts());
  for (const auto& state : cycle_states_) {
    if (state != nullptr) state->clear();
  }
  arena_->reset();
}

ChainNode::ChainNode(TaskContext& context, const topology::NodePlan& plan, std::size_t index)
    : context_(context), plan_(plan), index_(index) {
  const auto& names = context.layout.pipeline_names();
  const auto found = std::find(names.begin(), names.end(), plan.pipeline);
  INVARIANT(found != names.end(), "a node of a pipeline outside the layout");
  pipeline_ = static_cast<std::size_t>(found - names.begin());
}

void ChainNode::accept(const ops::Partial&) {
  INVARIANT(false, "a partial reached a node that takes changes only");
}

void ChainNode::emit(const topology::Change& change) {
  const std::uint64_t halves = halves_of(change);
  context_.overlay.node_counts()[index_].emitted += halves;
  for (ChainNode* node : downstream_) {
    node->count_received(halves);
    if (node->pipeline_ != pipeline_) node->count_entered(change);
    node->accept(change);
  }
}

void ChainNode::emit(const ops::Partial& partial) {
  ++context_.overlay.node_counts()[index_].emitted;
  for (ChainNode* node : downstream_) {
    node->count_received(1);
    node->accept(partial);
  }
}

void ChainNode::count_entered(const topology::Change& change) {
  if (context_.record == nullptr) return;
  context_.overlay.progress().fates.pipelines[pipeline_].entered += halves_of(change);
}

void ChainNode::count(ops::HalfFate fate, int halves) {
  if (context_.record == nullptr) return;
  context_.overlay.progress().fates.pipelines[pipeline_].by_fate[static_cast<std::size_t>(fate)] +=
      static_cast<std::uint64_t>(halves);
}

namespace {

class EndNode final : public ChainNode {
 public:
  using ChainNode::ChainNode;
  void accept(const topology::Change& change) override {
    count(ops::HalfFate::passed, static_cast<int>(halves_of(change)));
    emit(change);
  }
};

}  // namespace

std::unique_ptr<ChainNode> make_end_node(TaskContext& context, const topology::NodePlan& plan,
                                         std::size_t index) {
  return std::make_unique<EndNode>(context, plan, index);
}

}  // namespace tallymill::processor
