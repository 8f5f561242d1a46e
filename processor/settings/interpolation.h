#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "topology/spec/diagnostics.h"
#include "topology/spec/yaml_reader.h"

namespace tallymill::processor {

using Environment = std::map<std::string, std::string, std::less<>>;

/// What `${..}` may refer to.
struct InterpolationScope {
  const Environment& environment;
  std::vector<std::string> secret_folders;  ///< below these ${file:..} may read
};

struct Interpolated {
  std::string text;
  bool is_secret = false;  ///< some of it came from a file
};

/// Replaces within the text of a scalar: `${env:NAME}`; `${env:NAME:-default}` (the default if the variable
/// is absent or empty, as in a shell); `${file:/path}`; and `$$`, a dollar. What was put in is not looked at
/// again. All that is wrong is added with its column, without anything of what the scalar holds but names of
/// variables and paths of files; then nothing is returned.
std::optional<Interpolated> interpolate(const topology::YamlNode& scalar, const InterpolationScope& scope,
                                        topology::Diagnostics& diagnostics);

}  // namespace tallymill::processor
