#include "processor/runtime/process_signals.h"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <optional>

namespace tallymill::processor {

namespace {

using SteadyClock = std::chrono::steady_clock;

/// A container gets 10 s or more from its SIGTERM to its SIGKILL.
constexpr std::chrono::milliseconds grace{9'500};
constexpr timespec look_interval{0, 100'000'000};
constexpr int exit_stopped = 3;

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  return set;
}

}  // namespace

ProcessSignals::ProcessSignals(std::atomic<bool>& stop, EventLog& log, std::function<void()> reload)
    : stop_(stop), log_(log), reload_(std::move(reload)) {
  const sigset_t signals = watched_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // A reader of our output that goes away is an error of the write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  thread_ = std::thread([this] { watch(); });
}

ProcessSignals::~ProcessSignals() {
  done_ = true;
  thread_.join();
}

void ProcessSignals::watch() {
  const sigset_t signals = watched_signals();
  std::optional<SteadyClock::time_point> stopped_at;
  while (!done_) {
    const int signal = sigtimedwait(&signals, nullptr, &look_interval);
    if (signal == SIGHUP) reload_();
    const bool told = signal == SIGTERM || signal == SIGINT;
    if (told && !stopped_at) {
      stopped_at = SteadyClock::now();
      log_.write(Severity::info, "stopping: commits and leaves the group");
      stop_ = true;
      continue;
    }
    if (stopped_at && (told || SteadyClock::now() - *stopped_at > grace)) {
      log_.write(Severity::warning, "ended without a last commit; the next start goes on from the one before",
                 {{"cause", told ? "told to stop a second time" : "stopping took too long"}});
      std::_Exit(exit_stopped);
    }
  }
}

}  // namespace tallymill::processor
