#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace tallymill::processor {

/// The service manager that started the process and wants to hear of it, by the protocol of sd_notify(3): datagrams to
/// the socket that NOTIFY_SOCKET names. Without one nothing is sent. Each method may be called from any thread, but not
/// one method from two.
class Supervisor {
 public:
  /// Reads NOTIFY_SOCKET and WATCHDOG_USEC.
  static Supervisor from_environment();
  /// `socket`: a path, or a name that begins with @ (abstract); empty: nobody listens. `watchdog` is the time within
  /// which it must hear that the process is alive; 0: it does not ask.
  Supervisor(std::string socket, std::chrono::microseconds watchdog);

  void note_ready() { notify("READY=1"); }
  void note_stopping() { notify("STOPPING=1"); }
  /// Sends no more often than the protocol asks for, twice per watchdog's time.
  void note_alive();

 private:
  void notify(std::string_view state) const;

  std::string socket_;
  std::chrono::microseconds alive_interval_;
  std::chrono::steady_clock::time_point alive_at_;
};

}  // namespace tallymill::processor
