#include "processor/runtime/watchdog.h"

#include <algorithm>
#include <chrono>

namespace tallymill::processor {

using topology::Duration;

Watchdog::Watchdog(const Pulses& pulses, EventLog& log, Supervisor& supervisor, std::function<void()> end,
                   Duration look_interval)
    : pulses_(pulses),
      log_(log),
      supervisor_(supervisor),
      end_(std::move(end)),
      look_interval_(look_interval),
      thread_([this] { watch(); }) {}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    is_done_ = true;
  }
  done_changed_.notify_all();
  thread_.join();
}

void Watchdog::watch() {
  using Clock = std::chrono::steady_clock;
  const std::chrono::microseconds interval(look_interval_.microseconds);
  Clock::time_point looked_at = Clock::now();
  std::unique_lock lock(mutex_);
  while (!done_changed_.wait_for(lock, interval, [this] { return is_done_; })) {
    const Clock::time_point now = Clock::now();
    const auto passed = std::chrono::duration_cast<std::chrono::microseconds>(now - looked_at);
    looked_at = now;
    // Longer than it meant to sleep: the process or the machine stood still, and the workers could not beat either.
    if (!look({std::min(passed, 2 * interval).count()})) return;
  }
}

bool Watchdog::look(Duration passed) {
  bool all_come_round = true;
  for (std::size_t worker = 0; worker < pulses_.size(); ++worker) {
    const auto overdue = pulses_[worker]->look(passed);
    all_come_round = all_come_round && pulses_[worker]->quiet() <= quiet_max;
    if (!overdue) continue;
    log_.write(Severity::error,
               "a call into the Kafka client does not return; the process ends, and its partitions go to other members",
               {{"worker", std::to_string(worker)},
                {"call", std::string(overdue->what)},
                {"seconds", std::to_string(overdue->lasted.microseconds / 1'000'000)},
                {"hint", "let a supervisor start it again; it goes on from the last commit"}});
    end_();
    return false;
  }
  if (all_come_round) supervisor_.note_alive();
  return true;
}

}  // namespace tallymill::processor
