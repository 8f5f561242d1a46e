#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "processor/admin/routes.h"

namespace tallymill::processor {

/// What bounds clients. Sizes are fixed: a request has at most 8 KB of header and 64 KB of body.
struct ServerLimits {
  /// Of a request from its first byte, or of the wait for it, and of a reply.
  std::chrono::milliseconds connection_timeout{10'000};
  /// Of each listener, so that clients of the public one cannot shut out operators.
  std::size_t connections_max = 64;
};

/// The two HTTP listeners of `run`, with one thread. Only GET and HEAD; requests are bounded in size, time
/// and number. On a loopback address the operators' listener answers only requests whose Host is a loopback
/// name, so that no page in a browser can reach it through a name of its own.
class AdminServer final : public AdminService {
 public:
  /// Listens from here on. Error: port_in_use, or invalid_value of an address that is none of this machine.
  static topology::Result<std::unique_ptr<AdminServer>> start(const ServedParts& parts,
                                                              ServerLimits limits = {});
  /// Ends all connections at once, in the middle of a reply too.
  ~AdminServer() override;

  /// The ports in fact, where 0 was asked for.
  std::uint16_t http_port() const;
  std::uint16_t admin_port() const;

 private:
  class Implementation;
  explicit AdminServer(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace tallymill::processor
