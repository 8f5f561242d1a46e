#include "processor/runtime/chain_node.h"
#include "processor/runtime/side_outputs.h"

namespace tallymill::processor {
namespace {

/// Runs one operator, as its context.
class StageNode final : public ChainNode, private ops::OperatorContext {
 public:
  using ChainNode::ChainNode;

  void accept(const topology::Change& change) override {
    plan_.stage_operator->process(change, *this, *this);
  }
  void accept(const ops::Partial& partial) override { plan_.stage_operator->receive(partial, *this, *this); }
  void flush() override { plan_.stage_operator->flush(*this, *this); }
  void advance(topology::EventTime watermark) override {
    plan_.stage_operator->advance(watermark, *this, *this);
  }

 private:
  ops::StateStore& store(std::size_t index) override {
    return context_.overlay.store(plan_.stores[index].value);
  }
  topology::EventTime lateness_watermark() const override { return context_.lateness_watermark; }
  topology::Arena& record_arena() override { return context_.record_arena; }
  topology::Arena& cycle_arena() override { return context_.overlay.arena(); }
  void dead_letter(const ops::DeadLetter& letter) override { write_dead_letter(context_, plan_, letter); }
  void late(const ops::LateChange& change) override { write_late(context_, plan_, change); }
  void count(ops::ImageFate fate, int images, std::size_t step) override {
    ChainNode::count(fate, images, step);
  }
  void count_unchanged(int images) override { ChainNode::count_unchanged(images); }
  ops::CycleState& cycle_state() override { return context_.overlay.cycle_state(index_); }
};

}  // namespace

std::unique_ptr<ChainNode> make_stage_node(TaskContext& context, const topology::NodePlan& plan,
                                           std::size_t index) {
  return std::make_unique<StageNode>(context, plan, index);
}

}  // namespace tallymill::processor
