#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tallymill::processor {

/// What went through a node of a task's chain: images of changes, and partials. A node that folds images into
/// one partial, or drops some, emits fewer than it received.
struct NodeCounts {
  std::uint64_t received = 0;
  std::uint64_t emitted = 0;

  void add(const NodeCounts& other) {
    received += other.received;
    emitted += other.emitted;
  }
};

/// Adds node by node; `to` may be empty yet.
inline void add_each(std::vector<NodeCounts>& to, const std::vector<NodeCounts>& from) {
  if (to.size() < from.size()) to.resize(from.size());
  for (std::size_t i = 0; i < from.size(); ++i) to[i].add(from[i]);
}

}  // namespace tallymill::processor
