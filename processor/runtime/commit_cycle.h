#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "processor/io.h"
#include "processor/runtime/output_samples.h"
#include "processor/runtime/task.h"

namespace tallymill::processor {

/// The named steps of a commit, in order; each is reached before what it is named after happens.
enum class CommitStep : std::uint8_t { flush, begin, produce, send_offsets, commit, apply };
std::string_view name_of(CommitStep step);

/// Lets a test stop the process at a step: crashes are tried at each of them.
class CommitProbe {
 public:
  virtual ~CommitProbe() = default;
  /// True: do not go on; nothing after this point happens, as if the process had been killed.
  virtual bool stops_at(CommitStep step) = 0;
};

enum class CycleOutcome : std::uint8_t {
  idle,       ///< no task read anything: no transaction
  committed,  ///< visible, and applied to the tasks
  aborted,    ///< undone in every task; the inputs are to be rewound
  /// Whether it counted differs from partition to partition: some went to other members meanwhile. Undone in
  /// every task, and each must be restored from its changelog.
  unclear,
  stopped,  ///< by the probe
};

struct CycleResult {
  CycleOutcome outcome = CycleOutcome::idle;
  std::optional<topology::Error> cause;  ///< of `aborted`, where a call said why
};

struct CommitPorts {
  RecordSource& source;
  TransactionalSink& sink;
  const PartitionLayout& layout;
  /// The member's id when its partitions were handed over: offsets are sent in no other name.
  std::string_view member;
  CommitProbe* probe = nullptr;
  /// Told of the outgoing records once they are known to be committed; null: nobody looks at them.
  OutputSamples* samples = nullptr;
};

/// THE commit: flush -> begin -> produce -> send the offsets of every task that read or wrote -> commit ->
/// apply. One transaction, one fate for all of a worker's tasks. If anything before the commit fails the
/// transaction is aborted and every overlay dropped. An outcome that nobody knows is settled by recreating
/// the producer and asking the group for its offsets. Error: the producer cannot be recreated, or the group
/// does not answer.
topology::Result<CycleResult> commit_cycle(std::span<const std::unique_ptr<Task>> tasks,
                                           const CommitPorts& ports);

}  // namespace tallymill::processor
