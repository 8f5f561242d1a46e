#include <iostream>

#include "processor/commands/commands.h"

namespace tallymill::processor {

int run_version() {
  std::cout << "tallymill " << TALLYMILL_VERSION << "\n";
  return 0;
}

}  // namespace tallymill::processor
