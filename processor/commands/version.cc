#include <iostream>

#include "processor/commands/commands.h"

namespace tallymill::processor {

std::string version_text() { return std::string("tallymill ") + TALLYMILL_VERSION; }

int run_version() {
  std::cout << version_text() << "\n";
  return 0;
}

}  // namespace tallymill::processor
