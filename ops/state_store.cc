#include "ops/state_store.h"

namespace tallymill::ops {

std::string key_after_prefix(std::string_view prefix) {
  std::string result(prefix);
  while (!result.empty() && static_cast<unsigned char>(result.back()) == 0xff) result.pop_back();
  if (!result.empty()) result.back() = static_cast<char>(static_cast<unsigned char>(result.back()) + 1);
  return result;
}

}  // namespace tallymill::ops
