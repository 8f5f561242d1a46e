#pragma once

#include <map>
#include <memory>
#include <vector>

#include "ops/source_memory.h"
#include "processor/runtime/fate_totals.h"
#include "processor/runtime/partition_layout.h"
#include "processor/state/memory_store.h"
#include "topology/base/time.h"

namespace tallymill::processor {

/// An exchange of an upstream task: who sends frames. A task whose union reads one source twice sends through
/// two.
struct UpstreamLane {
  TaskId task;
  std::uint16_t hop = 0;  ///< position of the exchange in TaskProgress::hops of that task
  friend auto operator<=>(const UpstreamLane&, const UpstreamLane&) = default;
};

/// What a task knows of one upstream lane.
struct UpstreamProgress {
  topology::EventTime watermark = topology::EventTime::minus_infinity();
  std::uint64_t received_total = 0;  ///< partials; must equal the sender's sum
};

/// What a task knows of one partition of a repartition topic that it feeds.
struct HopProgress {
  std::uint64_t sent_total = 0;
  topology::EventTime announced = topology::EventTime::minus_infinity();
};

/// All of a task's progress that is not in a store. Small, copied at the beginning of a cycle.
struct TaskProgress {
  std::uint64_t commit_number = 0;  ///< of the task, from 1
  topology::Offset next_offset;     ///< of the input; what the cycle's offsets say
  topology::EventTime stream_time = topology::EventTime::minus_infinity();
  std::map<UpstreamLane, UpstreamProgress> upstream;
  std::vector<std::vector<HopProgress>> hops;  ///< by exchange node of the chain, by partition
  FateTotals fates;
  ops::SourceMemory source;  ///< of a task that reads a source
};

/// The committed state of one task: what its changelog gives back.
struct TaskState {
  TaskProgress progress;
  std::vector<MemoryStore> stores;
};

}  // namespace tallymill::processor
