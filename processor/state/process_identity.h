#pragma once

#include <string>

#include "topology/base/result.h"

namespace tallymill::processor {

/// Who this process is: an id that stays the same when it starts again, so that its producers fence what the
/// last run left behind, and that no other process has at the same time, so that they fence nobody else. It
/// stands in the state directory, under a lock that ends with the process.
class ProcessIdentity {
 public:
  /// Makes `directory` and the id if they are not there. Errors: cannot_read (the directory cannot be made or
  /// written), state_in_use (another process holds it).
  static topology::Result<ProcessIdentity> acquire(const std::string& directory);

  ~ProcessIdentity();
  ProcessIdentity(ProcessIdentity&& other) noexcept;
  ProcessIdentity& operator=(ProcessIdentity&&) = delete;

  /// 32 hexadecimal digits.
  const std::string& id() const { return id_; }

 private:
  ProcessIdentity(int lock, std::string id) : lock_(lock), id_(std::move(id)) {}

  int lock_;  ///< a file descriptor; -1 after a move
  std::string id_;
};

}  // namespace tallymill::processor
