#pragma once

#include <string_view>

namespace tallymill::topology {

/// Prints what was broken and where, then aborts: a wrong number must never leave the process.
[[noreturn]] void invariant_broken(std::string_view condition, std::string_view why, const char* file, int line);

}  // namespace tallymill::topology

/// Stays on in release. For what our own code guarantees; bad input is an Error, never an invariant.
#define INVARIANT(condition, why)                                                          \
  do {                                                                                     \
    if (!(condition)) [[unlikely]] {                                                       \
      ::tallymill::topology::invariant_broken(#condition, why, __FILE__, __LINE__);        \
    }                                                                                      \
  } while (false)
