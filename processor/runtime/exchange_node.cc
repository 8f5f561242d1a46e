#include <algorithm>

#include "processor/codec/partial_frame.h"
#include "processor/codec/partitioner.h"
#include "processor/runtime/chain_node.h"
#include "topology/base/invariant.h"

namespace tallymill::processor {
namespace {

using topology::EventTime;

/// Partials of the flush in hand by target partition, as frame bodies without headers.
class ExchangeCycleState final : public ops::CycleState {
 public:
  struct Body {
    std::string bytes;
    std::uint64_t partials = 0;
  };
  std::vector<std::vector<Body>> frames;  ///< by partition

  void clear() override {
    for (auto& bodies : frames) bodies.clear();
  }
};

/// Watermarks are announced when they cross a multiple of this: a tenth of the smallest slice, 100 ms to 1 s.
std::int64_t resolution_us(topology::Duration slice) {
  return std::clamp<std::int64_t>(slice.microseconds / 10, 100'000, 1'000'000);
}

bool crosses(EventTime from, EventTime to, std::int64_t resolution) {
  if (to <= from) return false;
  if (from == EventTime::minus_infinity()) return true;
  const auto floor = [&](EventTime time) {
    return time.microseconds / resolution - (time.microseconds % resolution < 0 ? 1 : 0);
  };
  return floor(to) > floor(from);
}

/// The end of a sub-topology: packs partials into frames of the repartition topic.
class ExchangeNode final : public ChainNode {
 public:
  ExchangeNode(TaskContext& context, const topology::NodePlan& plan, std::size_t index, std::size_t hop)
      : ChainNode(context, plan, index),
        hop_(hop),
        partitions_(static_cast<std::int32_t>(context.layout.task_count(plan.exchange->target))) {}

  void accept(const topology::Change&) override {
    INVARIANT(false, "a change reached an exchange, which takes partials only");
  }

  void accept(const ops::Partial& partial) override {
    auto& state = context_.overlay.cycle_state_as<ExchangeCycleState>(index_);
    state.frames.resize(static_cast<std::size_t>(partitions_));
    const topology::Partition target = partition_of(partial.partition_key, partitions_);
    auto& bodies = state.frames[static_cast<std::size_t>(target.value)];
    if (bodies.empty() ||
        bodies.back().bytes.size() + partial.key.size() + partial.delta.size() > frame_bytes_max) {
      bodies.emplace_back();
    }
    append_frame_partial(bodies.back().bytes, partial.key, partial.delta);
    ++bodies.back().partials;
  }

  void flush() override {
    auto& state = context_.overlay.cycle_state_as<ExchangeCycleState>(index_);
    state.frames.resize(static_cast<std::size_t>(partitions_));
    auto& hops = context_.overlay.progress().hops[hop_];
    hops.resize(static_cast<std::size_t>(partitions_));
    for (std::int32_t partition = 0; partition < partitions_; ++partition) {
      send(partition, state.frames[static_cast<std::size_t>(partition)],
           hops[static_cast<std::size_t>(partition)]);
    }
  }

 private:
  void send(std::int32_t partition, const std::vector<ExchangeCycleState::Body>& bodies, HopProgress& hop) {
    const auto& slice = plan_.exchange->watermark_slice;
    const bool announces = slice && crosses(hop.announced, context_.watermark, resolution_us(*slice));
    for (std::size_t i = 0; i < bodies.size(); ++i) {
      hop.sent_total += bodies[i].partials;
      // The watermark holds behind all data of the flush: only its last frame carries the new one.
      const bool is_last = i + 1 == bodies.size();
      if (is_last && slice) hop.announced = std::max(hop.announced, context_.watermark);
      produce(partition, bodies[i], hop);
    }
    if (bodies.empty() && announces) {
      hop.announced = context_.watermark;
      produce(partition, {}, hop);
    }
  }

  void produce(std::int32_t partition, const ExchangeCycleState::Body& body, const HopProgress& hop) {
    frame_.clear();
    append_frame_header(frame_, {.sub_topology = context_.task.sub_topology.value,
                                 .input = context_.task.input,
                                 .hop = static_cast<std::uint16_t>(hop_),
                                 .watermark = hop.announced,
                                 .partials = body.partials,
                                 .sent_total = hop.sent_total});
    frame_ += body.bytes;
    OutputRecord record;
    record.topic = plan_.exchange->topic;
    record.partition = topology::Partition(partition);
    record.value = context_.overlay.arena().copy(frame_);
    context_.overlay.outputs().push_back(record);
  }

  std::size_t hop_;
  std::int32_t partitions_;
  std::string frame_;
};

}  // namespace

std::unique_ptr<ChainNode> make_exchange_node(TaskContext& context, const topology::NodePlan& plan,
                                              std::size_t index, std::size_t hop) {
  return std::make_unique<ExchangeNode>(context, plan, index, hop);
}

std::unique_ptr<ops::CycleState> make_exchange_cycle_state() {
  return std::make_unique<ExchangeCycleState>();
}

}  // namespace tallymill::processor
