#pragma once

#include <string_view>

#include "topology/base/time.h"
#include "topology/expr/evaluation.h"

namespace tallymill::topology {

/// CEL's timestamps lie in the years 1 to 9999; what PostgreSQL keeps beyond is compared but not computed
/// with.
bool is_in_timestamp_range(Instant instant);
/// A duration value of that many nanoseconds; CEL's durations fit 64 bits of them (292 years). Else
/// time_out_of_range.
Value make_duration(Evaluation& evaluation, Int128 nanoseconds);
Int128 nanoseconds_of(Span span);
Value time_out_of_range(Evaluation& evaluation);

// Kernels of + and -.
Value add_duration_to_timestamp(Evaluation& evaluation, Arguments arguments);
Value add_timestamp_to_duration(Evaluation& evaluation, Arguments arguments);
Value add_durations(Evaluation& evaluation, Arguments arguments);
Value subtract_timestamps(Evaluation& evaluation, Arguments arguments);
Value subtract_duration_from_timestamp(Evaluation& evaluation, Arguments arguments);
Value subtract_durations(Evaluation& evaluation, Arguments arguments);

}  // namespace tallymill::topology
