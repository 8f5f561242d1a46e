#pragma once

#include <atomic>
#include <functional>
#include <thread>

#include "processor/event_log.h"

namespace tallymill::processor {

/// Turns signals into what the engine knows. SIGTERM and SIGINT set `stop`; if the process has not ended
/// `grace` later, or is told a second time, it is ended where it is: nothing of an open transaction becomes
/// visible, and the next start goes on from the last commit. SIGHUP calls `reload`.
///
/// Must be made before any other thread, which then inherit the mask; one per process.
class ProcessSignals {
 public:
  ProcessSignals(std::atomic<bool>& stop, EventLog& log, std::function<void()> reload);
  /// Ends the watching: the process is about to return.
  ~ProcessSignals();
  ProcessSignals(const ProcessSignals&) = delete;
  ProcessSignals& operator=(const ProcessSignals&) = delete;

 private:
  void watch();

  std::atomic<bool>& stop_;
  EventLog& log_;
  const std::function<void()> reload_;
  std::atomic<bool> done_{false};
  std::thread thread_;
};

}  // namespace tallymill::processor
