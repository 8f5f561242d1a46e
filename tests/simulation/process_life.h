#pragma once

#include <string>

#include "processor/local/broker.h"
#include "tests/simulation/faults.h"
#include "tests/simulation/late_requests.h"

namespace tallymill::simulation {

struct ProcessLife;

/// What else can happen while a process is in the middle of something.
class Interlude {
 public:
  virtual ~Interlude() = default;
  /// Called between two calls of a process's ports. Never destroys a process.
  virtual void between_calls(ProcessLife& life) = 0;
};

/// What the ports of one process share. Dead, none of them has any effect: whatever the worker still does on
/// its way back to the caller, nobody sees it.
struct ProcessLife {
  Faults& faults;
  processor::LocalBroker& broker;
  LateRequests& late_requests;
  Interlude& interlude;
  std::string transactional_id;
  bool is_dead = false;
};

}  // namespace tallymill::simulation
