#include "ops/window/tumbling_window.h"

namespace tallymill::ops {

topology::EventTime TumblingWindow::start_of(topology::EventTime time) const {
  const topology::EventTime shifted = saturating_subtract(time, offset);
  std::int64_t remainder = shifted.microseconds % size.microseconds;
  if (remainder < 0) remainder += size.microseconds;  // floor, not towards zero
  return saturating_add(saturating_subtract(shifted, {remainder}), offset);
}

}  // namespace tallymill::ops
