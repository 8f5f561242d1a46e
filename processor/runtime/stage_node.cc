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
  void dead_letter(std::string_view step, topology::ErrorCode reason, std::string_view message) override {
    write_dead_letter(context_, reason, message,
                      plan_.pipeline + "." + (step.empty() ? plan_.step : std::string(step)));
  }
  void late(const ops::LateChange& change) override { write_late(context_, plan_, change); }
  void count(ops::HalfFate fate, int halves) override { ChainNode::count(fate, halves); }
  ops::CycleState& cycle_state() override { return context_.overlay.cycle_state(index_); }
};

}  // namespace

std::unique_ptr<ChainNode> make_stage_node(TaskContext& context, const topology::NodePlan& plan,
                                           std::size_t index) {
  return std::make_unique<StageNode>(context, plan, index);
}

}  // namespace tallymill::processor
