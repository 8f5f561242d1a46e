#pragma once

#include <memory>
#include <vector>

#include "processor/runtime/worker_report.h"
#include "topology/plan/plan.h"

namespace tallymill::processor {

using WorkerReports = std::vector<std::shared_ptr<const WorkerReport>>;

/// The last reports of a process's workers as one. Counters and histograms are added up, produced records are
/// sorted by topic, and every task stands there once: while a partition moves from worker to worker both may
/// report it, and then the later report counts. `worker`, `reported_at`, `is_in_group` and `member` say
/// nothing of a sum.
WorkerReport sum_of(const topology::Plan& plan, const WorkerReports& reports);

}  // namespace tallymill::processor
