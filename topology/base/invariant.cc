#include "topology/base/invariant.h"

#include <cstdio>
#include <cstdlib>

namespace tallymill::topology {

void invariant_broken(std::string_view condition, std::string_view why, const char* file, int line) {
  std::fprintf(stderr, "tallymill: broken invariant at %s:%d: %.*s (%.*s). Please report this.\n", file, line,
               static_cast<int>(why.size()), why.data(), static_cast<int>(condition.size()), condition.data());
  std::abort();
}

}  // namespace tallymill::topology
