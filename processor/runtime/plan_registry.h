#pragma once

#include <atomic>
#include <string>

#include "processor/io.h"
#include "processor/runtime/partition_layout.h"
#include "topology/plan/plan.h"

namespace tallymill::processor {

/// What the application's state was made by: kept in the compacted topic `<prefix>.plan`, so that a start
/// with another topology is refused instead of giving wrong numbers.
struct PlanRecord {
  std::string lineage;     ///< topology::lineage_of
  std::string partitions;  ///< "topic count" per line, of all topics that feed tasks
  std::string plan;        ///< topology::print_plan

  static PlanRecord of(const topology::Plan& plan, const PartitionLayout& layout);
  friend bool operator==(const PlanRecord&, const PlanRecord&) = default;
};

/// Whether this plan may go on where `stored` stands. Errors: partition_count_changed, plan_differs (the
/// state was made otherwise, or the group is running another plan right now: `live_members` > 0).
topology::Status check_plan(const PlanRecord& stored, const PlanRecord& ours, std::size_t live_members);

/// Reads what is stored and checks it; stores ours if nothing is, or if only what does not touch state
/// changed and nobody runs. The topic must exist. Error: as check_plan, and what the broker answers; `stop`
/// ends the waiting early.
topology::Status register_plan(const topology::Plan& plan, const PartitionLayout& layout,
                               WorkerConnections& connections, const std::atomic<bool>& stop);

/// What is stored; nothing if nothing is. The topic must exist.
topology::Result<std::optional<PlanRecord>> read_plan_record(const topology::Plan& plan,
                                                             ChangelogReader& changelogs,
                                                             const std::atomic<bool>& stop);

}  // namespace tallymill::processor
