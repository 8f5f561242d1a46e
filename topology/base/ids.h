#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace tallymill::topology {

/// An integer with a meaning: two ids of different tags never mix, and none turns into a number by itself.
template <class Tag, class Representation>
struct StrongId {
  using representation = Representation;
  Representation value{};

  constexpr StrongId() = default;
  constexpr explicit StrongId(Representation v) : value(v) {}
  friend constexpr auto operator<=>(const StrongId&, const StrongId&) = default;
};

using Offset = StrongId<struct OffsetTag, std::int64_t>;            ///< position in a topic partition, from 0
using Partition = StrongId<struct PartitionTag, std::int32_t>;      ///< partition of a topic, from 0
using Lsn = StrongId<struct LsnTag, std::uint64_t>;                 ///< PostgreSQL's log sequence number
using SourceIndex = StrongId<struct SourceIndexTag, std::uint16_t>; ///< position in Plan::sources
using StoreIndex = StrongId<struct StoreIndexTag, std::uint16_t>;   ///< position in SubTopology::stores
using NodeIndex = StrongId<struct NodeIndexTag, std::uint16_t>;     ///< position in SubTopology::nodes
using SubTopologyIndex = StrongId<struct SubTopologyIndexTag, std::uint16_t>;  ///< position in Plan::sub_topologies

}  // namespace tallymill::topology

template <class Tag, class Representation>
struct std::hash<tallymill::topology::StrongId<Tag, Representation>> {
  std::size_t operator()(const tallymill::topology::StrongId<Tag, Representation>& id) const noexcept {
    return std::hash<Representation>{}(id.value);
  }
};
