#include "topology/expr/time_arithmetic.h"

#include <limits>

namespace tallymill::topology {
namespace {

constexpr std::int64_t nanoseconds_per_second = 1'000'000'000;

Int128 nanoseconds_of(Instant instant) {
  return static_cast<Int128>(instant.seconds) * nanoseconds_per_second + instant.nanoseconds;
}

Value make_timestamp(Evaluation& evaluation, Int128 nanoseconds) {
  Int128 seconds = nanoseconds / nanoseconds_per_second;
  auto rest = static_cast<std::int32_t>(nanoseconds % nanoseconds_per_second);
  if (rest < 0) {
    rest += nanoseconds_per_second;
    --seconds;
  }
  // Both operands fit 64 bits of seconds; the sum of a finite timestamp and a duration may not.
  if (seconds > std::numeric_limits<std::int64_t>::max() ||
      seconds < std::numeric_limits<std::int64_t>::min()) {
    return time_out_of_range(evaluation);
  }
  const Instant instant{static_cast<std::int64_t>(seconds), rest};
  return is_in_timestamp_range(instant) ? Value::timestamp(instant) : time_out_of_range(evaluation);
}

}  // namespace

bool is_in_timestamp_range(Instant instant) {
  static const std::int64_t first_second = days_from_civil(1, 1, 1) * 86'400;
  static const std::int64_t end_second = days_from_civil(10'000, 1, 1) * 86'400;
  return instant.seconds >= first_second && instant.seconds < end_second;
}

Int128 nanoseconds_of(Span span) {
  return static_cast<Int128>(span.seconds) * nanoseconds_per_second + span.nanoseconds;
}

Value time_out_of_range(Evaluation& evaluation) {
  return evaluation.fail(ErrorCode::time_out_of_range, "the timestamp or duration is out of range");
}

Value make_duration(Evaluation& evaluation, Int128 nanoseconds) {
  if (nanoseconds > std::numeric_limits<std::int64_t>::max() ||
      nanoseconds < std::numeric_limits<std::int64_t>::min()) {
    return time_out_of_range(evaluation);
  }
  return Value::duration({static_cast<std::int64_t>(nanoseconds / nanoseconds_per_second),
                          static_cast<std::int32_t>(nanoseconds % nanoseconds_per_second)});
}

Value add_duration_to_timestamp(Evaluation& evaluation, Arguments arguments) {
  const Instant instant = arguments[0].as_timestamp();
  return make_timestamp(evaluation, nanoseconds_of(instant) + nanoseconds_of(arguments[1].as_duration()));
}

Value add_timestamp_to_duration(Evaluation& evaluation, Arguments arguments) {
  const Instant instant = arguments[1].as_timestamp();
  return make_timestamp(evaluation, nanoseconds_of(instant) + nanoseconds_of(arguments[0].as_duration()));
}

Value add_durations(Evaluation& evaluation, Arguments arguments) {
  return make_duration(
      evaluation, nanoseconds_of(arguments[0].as_duration()) + nanoseconds_of(arguments[1].as_duration()));
}

Value subtract_timestamps(Evaluation& evaluation, Arguments arguments) {
  return make_duration(
      evaluation, nanoseconds_of(arguments[0].as_timestamp()) - nanoseconds_of(arguments[1].as_timestamp()));
}

Value subtract_duration_from_timestamp(Evaluation& evaluation, Arguments arguments) {
  const Instant instant = arguments[0].as_timestamp();
  return make_timestamp(evaluation, nanoseconds_of(instant) - nanoseconds_of(arguments[1].as_duration()));
}

Value subtract_durations(Evaluation& evaluation, Arguments arguments) {
  return make_duration(
      evaluation, nanoseconds_of(arguments[0].as_duration()) - nanoseconds_of(arguments[1].as_duration()));
}

}  // namespace tallymill::topology
