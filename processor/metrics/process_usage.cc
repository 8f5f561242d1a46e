#include "processor/metrics/process_usage.h"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

namespace tallymill::processor {

namespace {

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

ProcessUsage process_usage() {
  ProcessUsage usage;
  rusage all{};
  getrusage(RUSAGE_SELF, &all);
  usage.cpu_seconds = seconds_of(all.ru_utime) + seconds_of(all.ru_stime);
  // proc(5): sizes in pages; the second is the resident one.
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  if (std::ifstream("/proc/self/statm") >> size >> resident) {
    usage.resident_bytes = resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  }
  return usage;
}

}  // namespace tallymill::processor
