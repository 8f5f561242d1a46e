#pragma once

#include "processor/codec/json_writer.h"
#include "processor/runtime/worker_report.h"
#include "topology/base/time.h"
#include "topology/plan/plan.h"

namespace tallymill::processor {

/// Writes the field `counts` of /topology into the object that is open: what every sub-topology read and what
/// became of it, of the images in every pipeline and at each of its steps, what every node received and
/// emitted, and what every topic got, since this process started. Two answers and the times `at` of both give
/// rates. `sum` is the workers' reports as one.
void write_counts(const topology::Plan& plan, const WorkerReport& sum, topology::EventTime now,
                  JsonWriter& json);

}  // namespace tallymill::processor
