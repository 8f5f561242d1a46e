#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "processor/event_log.h"
#include "processor/pulse.h"
#include "processor/runtime/supervisor.h"

namespace tallymill::processor {

/// How long a worker may go without a beat before the process counts as hung.
inline constexpr topology::Duration quiet_max{60'000'000};

/// Watches the workers' pulses from a thread of its own. A call that is overdue ends the process: librdkafka has calls
/// that do not return in the time they were given (confluentinc/librdkafka 5456), and nothing else brings that worker's
/// partitions to another member before max.poll.interval.ms. Ending is always safe: nothing of an open transaction
/// becomes visible. While all workers come round, the supervisor is told so.
class Watchdog {
 public:
  using Pulses = std::vector<std::unique_ptr<Pulse>>;

  /// `end` is called from the watchdog's thread, once, with what is overdue logged; it ends the process. Pulses, log
  /// and supervisor must outlive the watchdog.
  Watchdog(const Pulses& pulses, EventLog& log, Supervisor& supervisor, std::function<void()> end,
           topology::Duration look_interval = {250'000});
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  void watch();
  /// False: a call is overdue, and the process was ended.
  bool look(topology::Duration passed);

  const Pulses& pulses_;
  EventLog& log_;
  Supervisor& supervisor_;
  const std::function<void()> end_;
  const topology::Duration look_interval_;
  std::mutex mutex_;
  std::condition_variable done_changed_;
  bool is_done_ = false;  ///< guarded by mutex_
  std::thread thread_;
};

}  // namespace tallymill::processor
