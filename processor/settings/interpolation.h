#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "topology/base/result.h"

namespace tallymill::processor {

/// What `${..}` may refer to.
struct InterpolationScope {
  const std::map<std::string, std::string, std::less<>>& environment;
  /// Folders below which files may be read; none: ${file:..} is refused.
  std::vector<std::string> secret_directories;
  bool allows_files = false;  ///< in the engine file only
};

struct Interpolated {
  std::string text;
  bool is_secret = false;  ///< some of it came from a file
};

/// Replaces `${env:NAME}`, `${env:NAME:-default}`, `${file:/path}` (less one newline at its end) and `$$` (a
/// dollar) within one scalar. Error: invalid_value; it holds no part of a file.
topology::Result<Interpolated> interpolate(std::string_view text, const InterpolationScope& scope);

}  // namespace tallymill::processor
