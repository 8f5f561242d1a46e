#pragma once

#include <cstdint>
#include <memory>

#include "processor/admin/routes.h"

namespace tallymill::processor {

/// The two HTTP listeners of `run`, with one thread. Only GET and HEAD; requests are bounded in size, time
/// and number. On a loopback address the operators' listener answers only requests whose Host is a loopback
/// name, so that no page in a browser can reach it through a name of its own.
class AdminServer final : public AdminService {
 public:
  /// Listens from here on. Error: port_in_use, or invalid_value of an address that is none of this machine.
  static topology::Result<std::unique_ptr<AdminServer>> start(const ServedParts& parts);
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
