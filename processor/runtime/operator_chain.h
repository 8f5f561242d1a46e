#pragma once

#include <memory>
#include <vector>

#include "processor/runtime/chain_node.h"

namespace tallymill::processor {

/// The nodes of one task, wired as the plan says.
class OperatorChain {
 public:
  explicit OperatorChain(TaskContext& context);

  /// A change of the source runs through all pipelines that read it.
  void process(const topology::Change& change);
  void receive(const ops::Partial& partial);
  /// Upstream nodes first, so that what one holds back reaches the next before its turn.
  void flush();
  void advance(topology::EventTime watermark);

  /// Cycle states for a TaskOverlay, by node.
  static std::vector<std::unique_ptr<ops::CycleState>> make_cycle_states(
      const topology::SubTopology& sub_topology);

 private:
  std::vector<std::unique_ptr<ChainNode>> nodes_;
  std::vector<ChainNode*> heads_;
};

}  // namespace tallymill::processor
