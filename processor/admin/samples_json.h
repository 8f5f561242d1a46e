#pragma once

#include "processor/codec/json_writer.h"
#include "processor/metrics/report_sum.h"
#include "topology/plan/plan.h"

namespace tallymill::processor {

/// Writes the field `outputs` of /results into the object that is open: per output topic its columns, and of
/// each worker how many rows it committed and the newest of them, newest first. Decimals and times are texts,
/// as in the topic. `value` null: the row ended. Counts go with the rows so that a reader can tell whether it
/// has seen all: more than `rows_max` new ones, or any that were skipped, and what it remembers may be
/// outdated.
void write_results(const topology::Plan& plan, const WorkerReports& reports, JsonWriter& json);

/// Writes the fields of /letters: dead letters by reason and late images by pipeline since the process
/// started, and the newest of both, newest first.
void write_letters(const topology::Plan& plan, const WorkerReports& reports, const WorkerReport& sum,
                   JsonWriter& json);

}  // namespace tallymill::processor
