#pragma once

#include <cstdint>

namespace tallymill::processor {

/// What the process has used, as the kernel says.
struct ProcessUsage {
  double cpu_seconds = 0;            ///< user and system time of all threads
  std::uint64_t resident_bytes = 0;  ///< 0 where /proc cannot be read
};

ProcessUsage process_usage();

}  // namespace tallymill::processor
