#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/engine_settings.h"
#include "topology/base/result.h"

namespace tallymill::processor {

/// Where settings come from; later ones win: defaults, file, environment, arguments.
struct EngineConfigSource {
  std::string file_name;                 ///< of --config; for messages
  std::optional<std::string> file_text;  ///< nothing: no --config
  std::map<std::string, std::string, std::less<>> environment;
  std::vector<std::string> arguments;  ///< of --set, each "path=value"
};

/// Says what is wrong with a Kafka property, or nothing. The text holds the value only if it is no secret.
using KafkaPropertyCheck = std::function<topology::Status(const std::string& name, const std::string& value)>;

/// What was read: the settings, and for /config each path with its value, secrets hidden.
struct EngineConfig {
  EngineSettings settings;
  std::map<std::string, std::string> scrubbed;
};

/// Reads and checks all settings. Variables named TALLYMILL_ and a setting's path in capitals, with __ for
/// each dot, are settings; in the name of a Kafka property _ stands for a dot:
/// TALLYMILL_KAFKA__BOOTSTRAP_SERVERS. Other variables are only for ${env:NAME}. Error: all that is wrong,
/// one line each with its place ("file:line: column", "environment TALLYMILL_X" or "--set path") and remedy,
/// without any secret.
topology::Result<EngineConfig> read_engine_config(const EngineConfigSource& source,
                                                  const KafkaPropertyCheck& check_kafka_property);

}  // namespace tallymill::processor
