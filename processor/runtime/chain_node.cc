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
  const CountedPlaces& places = context.layout.counted_places();
  const auto pipeline = places.find(plan.pipeline);
  INVARIANT(pipeline, "a node of a pipeline outside the layout");
  pipeline_ = *pipeline;
  for (const std::string& name : plan.counted_as) {
    const auto step = places.find(plan.pipeline, name);
    INVARIANT(step, "a node of a step outside the layout");
    steps_.push_back(*step);
  }
}

void ChainNode::accept(const ops::Partial&) {
  INVARIANT(false, "a partial reached a node that takes changes only");
}

void ChainNode::emit(const topology::Change& change) {
  const std::uint64_t images = images_of(change);
  context_.overlay.node_counts()[index_].emitted += images;
  for (ChainNode* node : downstream_) {
    node->count_images(images);
    if (node->pipeline_ != pipeline_) node->count_entered(images);
    node->accept(change);
  }
}

void ChainNode::emit(const ops::Partial& partial) {
  ++context_.overlay.node_counts()[index_].emitted;
  for (ChainNode* node : downstream_) {
    node->count_partial();
    node->accept(partial);
  }
}

void ChainNode::count_images(std::uint64_t images) {
  context_.overlay.node_counts()[index_].received += images;
  if (!steps_.empty()) counts(0).received += images;
}

void ChainNode::count_entered(std::uint64_t images) { ledger().received += images; }

void ChainNode::count(ops::ImageFate fate, int images, std::size_t step) {
  const auto number = static_cast<std::uint64_t>(images);
  if (!steps_.empty()) {
    for (std::size_t i = 0; i < step; ++i) {
      counts(i).of(ops::ImageFate::passed) += number;
      counts(i + 1).received += number;
    }
    if (plan_.makes_rows) counts(step).received += number;
    counts(step).of(fate) += number;
  }
  if (plan_.ledger == topology::LedgerPlace::behind) return;
  // Whoever passes here is on the way; who does not, or stands at the end, is at the end of the ledger.
  if (fate == ops::ImageFate::passed && plan_.ledger == topology::LedgerPlace::inside) return;
  ledger().of(fate) += number;
}

void ChainNode::count_unchanged(int images) {
  count(ops::ImageFate::passed, images, steps_.empty() ? 0 : steps_.size() - 1);
  if (plan_.ledger == topology::LedgerPlace::inside)
    ledger().of(ops::ImageFate::passed) += static_cast<std::uint64_t>(images);
}

namespace {

class EndNode final : public ChainNode {
 public:
  using ChainNode::ChainNode;
  void accept(const topology::Change& change) override {
    count(ops::ImageFate::passed, static_cast<int>(images_of(change)));
    emit(change);
  }
};

}  // namespace

std::unique_ptr<ChainNode> make_end_node(TaskContext& context, const topology::NodePlan& plan,
                                         std::size_t index) {
  return std::make_unique<EndNode>(context, plan, index);
}

}  // namespace tallymill::processor
