#include "processor/commands/pipe/stop_signals.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdint>

namespace tallymill::processor {

namespace {

// What a signal handler may touch.
std::atomic<int> received_signal{0};
std::atomic<int> wake_descriptor{-1};
static_assert(std::atomic<int>::is_always_lock_free);

void note_signal(int signal) {
  if (received_signal.exchange(signal) != 0) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
    return;
  }
  const std::uint64_t one = 1;
  // It is full only if it is readable already.
  [[maybe_unused]] const ssize_t written = ::write(wake_descriptor, &one, sizeof one);
}

}  // namespace

StopSignals::StopSignals() {
  received_signal = 0;
  wake_descriptor = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  for (const int signal : {SIGINT, SIGTERM}) {
    struct sigaction before {};
    sigaction(signal, nullptr, &before);
    if (before.sa_handler == SIG_IGN) continue;
    struct sigaction action {};
    action.sa_handler = note_signal;
    // Only those calls end early that wait for the descriptor too.
    action.sa_flags = SA_RESTART;
    sigaction(signal, &action, nullptr);
  }
}

StopSignals::~StopSignals() {
  for (const int signal : {SIGINT, SIGTERM}) {
    struct sigaction now {};
    sigaction(signal, nullptr, &now);
    if (now.sa_handler == note_signal) std::signal(signal, SIG_DFL);
  }
  ::close(wake_descriptor.exchange(-1));
}

int StopSignals::received() const { return received_signal; }

int StopSignals::descriptor() const { return wake_descriptor; }

}  // namespace tallymill::processor
