#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>

#include "topology/base/time.h"

namespace tallymill::processor {

/// Whether a thread that works for ever still comes round. It beats whenever it does, also while it waits for brokers
/// in vain; calls that must end in time are made under a Call, which says what they are. One thread beats, one other
/// (the Watchdog) looks, any may ask.
class Pulse {
 public:
  /// A call that is under way, from its construction to its destruction.
  class Call {
   public:
    Call(Pulse& pulse, std::string_view what, topology::Duration limit) : pulse_(pulse) { pulse_.enter(what, limit); }
    ~Call() { pulse_.leave(); }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

   private:
    Pulse& pulse_;
  };

  /// A call that should be over.
  struct Overdue {
    std::string_view what;
    topology::Duration lasted;
  };

  /// From here on the thread works for ever, and is missed if it does not beat; until end().
  void begin() {
    const std::lock_guard lock(mutex_);
    quiet_us_.store(0, std::memory_order_relaxed);
    is_working_.store(true, std::memory_order_relaxed);
  }
  void end() { is_working_.store(false, std::memory_order_relaxed); }
  void beat() { beats_.fetch_add(1, std::memory_order_relaxed); }

  /// By the one that looks: `passed` is the time since it looked last. What is said is how long the thread was seen
  /// without a beat, so a process that was stopped and goes on is not taken for one that hangs.
  std::optional<Overdue> look(topology::Duration passed) {
    const std::lock_guard lock(mutex_);
    const std::uint64_t beats = beats_.load(std::memory_order_relaxed);
    if (beats != beats_seen_) {
      beats_seen_ = beats;
      quiet_us_.store(0, std::memory_order_relaxed);
      return std::nullopt;
    }
    const topology::Duration quiet{quiet_us_.load(std::memory_order_relaxed) + passed.microseconds};
    quiet_us_.store(quiet.microseconds, std::memory_order_relaxed);
    if (call_.empty() || quiet <= call_limit_) return std::nullopt;
    return Overdue{call_, quiet};
  }
  /// Time without a beat when last looked; 0 before begin() and after end().
  topology::Duration quiet() const {
    return {is_working_.load(std::memory_order_relaxed) ? quiet_us_.load(std::memory_order_relaxed) : 0};
  }

 private:
  void enter(std::string_view what, topology::Duration limit) {
    const std::lock_guard lock(mutex_);
    call_ = what;
    call_limit_ = limit;
    beat();
  }
  void leave() {
    const std::lock_guard lock(mutex_);
    call_ = {};
    beat();
  }

  std::atomic<bool> is_working_{false};
  std::atomic<std::uint64_t> beats_{0};
  std::atomic<std::int64_t> quiet_us_{0};
  std::uint64_t beats_seen_ = 0;  ///< by the one that looks
  std::mutex mutex_;
  std::string_view call_;  ///< a literal; empty: none is under way. Guarded by mutex_, as its limit
  topology::Duration call_limit_;
};

}  // namespace tallymill::processor
