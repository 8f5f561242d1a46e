#pragma once

#include <optional>

#include "topology/base/time.h"
#include "topology/data/row.h"

namespace tallymill::topology {

/// One side of a change. The halves of an update may lie in different windows and share nothing.
struct Half {
  Row row;
  /// Nothing where the row's event-time column is null or infinite, or none is declared.
  std::optional<EventTime> event_time;
};

/// What flows between operators: an insert has no before, a delete no after, an update both. A change with neither
/// is never passed on.
struct Change {
  std::optional<Half> before;
  std::optional<Half> after;
};

}  // namespace tallymill::topology
