#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "processor/local/broker.h"
#include "processor/runtime/partition_layout.h"
#include "topology/plan/plan.h"

namespace tallymill::simulation {

/// Fates of the records of one source partition and of the halves that entered each pipeline from it.
struct PartitionFates {
  std::uint64_t read = 0;
  std::map<std::string, std::uint64_t> records;                           ///< by the fate's name
  std::map<std::string, std::map<std::string, std::uint64_t>> pipelines;  ///< by pipeline, by the fate's name
  friend bool operator==(const PartitionFates&, const PartitionFates&) = default;
};

/// All that a run came to, as a read_committed reader sees it: of the truth, of the run without faults and of
/// the run with them.
struct Outcome {
  /// Of topics with keys: topic, key, the values in the order in which they became visible; nothing: a
  /// tombstone.
  using Values = std::vector<std::optional<std::string>>;
  std::map<std::string, std::map<std::string, Values>> values;
  /// Of topics without keys, by topic, sorted; late records as they are, dead letters as reason and origin.
  std::map<std::string, std::vector<std::string>> facts;
  std::map<std::string, PartitionFates> fates;  ///< by source partition, "topic/0"
};

/// Reads what the broker's output topics and changelogs hold. `problems` gets what no run may leave:
/// transactions that are open, ledgers that do not balance, partials that were sent and not received.
Outcome read_outcome(processor::LocalBroker& broker, const topology::Plan& plan,
                     const processor::PartitionLayout& layout, std::vector<std::string>& problems);

/// How a run differs from what it must come to, a sentence each: the last value of each key, records without
/// a key, fates. `of` says which run and which wanted outcome these are.
std::vector<std::string> differences(const Outcome& run, const Outcome& wanted, const std::string& of);
/// Values of `topic` that became visible and are none, or not in the order, of those that the key passed
/// through.
std::vector<std::string> values_out_of_order(const Outcome& run, const Outcome& truth,
                                             const std::string& topic);

}  // namespace tallymill::simulation
