#pragma once

#include <map>
#include <string>
#include <vector>

#include "processor/settings/engine_config.h"

namespace tallymill::processor {

/// A value as somebody wrote it, before `${..}` is replaced.
struct GivenSetting {
  std::string text;   ///< of a list its items, with commas
  std::string place;  ///< "engine.yaml:3:5", "environment TALLYMILL_X", "--set workers"
  bool is_from_file = false;
};

/// The values of all sources by path, of each path the one that wins. What is no setting at all, or may not
/// stand where it stands, is added to `errors`, one line each.
std::map<std::string, GivenSetting> collect_settings(const EngineConfigSource& source,
                                                     std::vector<std::string>& errors);

/// "PLACE: error: MESSAGE [CODE]" and the hint, as lint prints findings, without the line itself: it may hold
/// a secret.
std::string setting_error(const std::string& place, const topology::Error& error);

}  // namespace tallymill::processor
