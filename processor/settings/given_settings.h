#pragma once

#include <functional>
#include <map>
#include <string>

#include "processor/settings/engine_config.h"
#include "topology/spec/diagnostics.h"
#include "topology/spec/yaml_reader.h"

namespace tallymill::processor {

/// A value as somebody wrote it.
struct GivenSetting {
  topology::YamlNode node;       ///< its range is the place, in the environment and in --set by name alone
  bool may_interpolate = false;  ///< only the engine file's: elsewhere a dollar is a dollar
  topology::SourceRange path_range;  ///< of the key
};

using GivenSettings = std::map<std::string, GivenSetting, std::less<>>;

/// The values of all sources by path, of each path the one that wins; every path has a row in setting_table.
/// What is no setting, may not stand where it stands, or stands twice in the file is added to the
/// diagnostics.
GivenSettings collect_settings(const EngineConfigSource& source, topology::Diagnostics& diagnostics);

}  // namespace tallymill::processor
