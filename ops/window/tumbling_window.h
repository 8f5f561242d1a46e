#pragma once

#include "topology/base/time.h"

namespace tallymill::ops {

/// Windows of one size, end to end: [offset + k * size, offset + (k + 1) * size), also before 1970.
struct TumblingWindow {
  topology::Duration size;    ///< more than 0
  topology::Duration offset;  ///< less than size

  /// The start of the window that `time` lies in. A tumbling window is one slice.
  topology::EventTime start_of(topology::EventTime time) const;
  topology::EventTime end_of(topology::EventTime start) const { return saturating_add(start, size); }
};

}  // namespace tallymill::ops
