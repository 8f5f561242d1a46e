#include "processor/runtime/operator_chain.h"

namespace tallymill::processor {

OperatorChain::OperatorChain(TaskContext& context) {
  const topology::SubTopology& plan = context.plan.sub_topologies[context.task.sub_topology.value];
  std::size_t hops = 0;
  for (std::size_t i = 0; i < plan.nodes.size(); ++i) {
    const topology::NodePlan& node = plan.nodes[i];
    if (node.stage_operator != nullptr) {
      nodes_.push_back(make_stage_node(context, node, i));
    } else if (node.sink) {
      nodes_.push_back(make_sink_node(context, node, i));
    } else if (node.exchange) {
      nodes_.push_back(make_exchange_node(context, node, i, hops++));
    } else {
      nodes_.push_back(make_end_node(context, node, i));
    }
  }
  for (std::size_t i = 0; i < plan.nodes.size(); ++i) {
    for (const topology::NodeIndex downstream : plan.nodes[i].downstream) {
      nodes_[i]->add_downstream(*nodes_[downstream.value]);
    }
  }
  for (const topology::NodeIndex head : plan.heads) heads_.push_back(nodes_[head.value].get());
}

void OperatorChain::process(const topology::Change& change) {
  for (ChainNode* head : heads_) {
    const std::uint64_t images = images_of(change);
    head->count_images(images);
    head->count_entered(images);
    head->accept(change);
  }
}

void OperatorChain::receive(const ops::Partial& partial) {
  for (ChainNode* head : heads_) {
    head->count_partial();
    head->accept(partial);
  }
}

void OperatorChain::flush() {
  for (const auto& node : nodes_) node->flush();
}

void OperatorChain::advance(topology::EventTime watermark) {
  for (const auto& node : nodes_) node->advance(watermark);
}

std::vector<std::unique_ptr<ops::CycleState>> OperatorChain::make_cycle_states(
    const topology::SubTopology& sub_topology) {
  std::vector<std::unique_ptr<ops::CycleState>> states;
  for (const topology::NodePlan& node : sub_topology.nodes) {
    if (node.stage_operator != nullptr) {
      states.push_back(node.stage_operator->make_cycle_state());
    } else if (node.sink) {
      states.push_back(make_sink_cycle_state());
    } else if (node.exchange) {
      states.push_back(make_exchange_cycle_state());
    } else {
      states.push_back(nullptr);
    }
  }
  return states;
}

}  // namespace tallymill::processor
