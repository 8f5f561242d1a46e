#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "processor/engine_settings.h"
#include "processor/settings/interpolation.h"
#include "topology/base/result.h"

namespace tallymill::processor {

/// Where settings come from; later ones win: defaults, file, environment, arguments.
struct EngineConfigSource {
  std::string file_name;                 ///< of --config; for messages
  std::optional<std::string> file_text;  ///< nothing: no --config
  Environment environment;
  std::vector<std::string> arguments;  ///< of --set, each "path=value"
};

/// Refuses a Kafka client's property that Tallymill owns, that only Java's clients have, or whose value
/// librdkafka does not take. A port: only processor/kafka knows these. It may be asked about the value
/// "(secret)" in place of one that must not be shown.
using KafkaPropertyCheck = std::function<topology::Status(const std::string& name, const std::string& value)>;

/// What was read.
struct EngineConfig {
  EngineSettings settings;
  /// For people, such as in /config: every setting that has a value, by its path; secrets, and all that came
  /// from ${file:..}, are "(secret)".
  std::map<std::string, std::string> scrubbed;
};

/// Reads and checks all settings of setting_table. Variables of the environment that set none are left to
/// others, unless the name looks like a misspelt one. Error: all that is wrong, as a text of several lines:
/// each finding with its place ("engine.yaml:3:5", "environment TALLYMILL_X", "--set path"), code and remedy.
/// No secret is in it, nor any line of the file. Files are read only for ${file:..}; the environment of the
/// process is not looked at.
topology::Result<EngineConfig> read_engine_config(const EngineConfigSource& source,
                                                  const KafkaPropertyCheck& check_kafka_property);

}  // namespace tallymill::processor
