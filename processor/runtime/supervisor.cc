#include "processor/runtime/supervisor.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace tallymill::processor {

Supervisor Supervisor::from_environment() {
  const char* socket = std::getenv("NOTIFY_SOCKET");
  const char* watchdog = std::getenv("WATCHDOG_USEC");
  return {socket == nullptr ? "" : socket,
          std::chrono::microseconds(watchdog == nullptr ? 0 : std::strtoll(watchdog, nullptr, 10))};
}

Supervisor::Supervisor(std::string socket, std::chrono::microseconds watchdog)
    : socket_(std::move(socket)), alive_interval_(watchdog / 2) {}

void Supervisor::note_alive() {
  if (alive_interval_.count() <= 0) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - alive_at_ < alive_interval_) return;
  alive_at_ = now;
  notify("WATCHDOG=1");
}

// Nothing that fails here is worth more than the work: the supervisor judges what it does not hear.
void Supervisor::notify(std::string_view state) const {
  sockaddr_un address{};
  if (socket_.empty() || socket_.size() >= sizeof address.sun_path) return;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  const bool is_abstract = socket_.front() == '@';
  if (is_abstract) address.sun_path[0] = '\0';
  const int file = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (file < 0) return;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size() + (is_abstract ? 0 : 1));
  (void)sendto(file, state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address), size);
  close(file);
}

}  // namespace tallymill::processor
