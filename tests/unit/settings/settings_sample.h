#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "processor/settings/engine_config.h"

// What tests of settings share: a source with brokers, rules of Kafka properties, files of secrets.
namespace tallymill::processor {

/// Stands where a secret stands, so that a text which holds it has leaked one.
inline const std::string canary = "canary-7Qx$$hunter2";
/// As values of the engine file write it: a dollar is doubled there.
inline const std::string canary_in_file = "canary-7Qx$$$$hunter2";
/// What every form of the canary has in it.
inline const std::string canary_mark = "hunter2";

/// Rules as processor/kafka has them: refuses an owned property, a Java name, an unknown one, and values with
/// "bad" in them, which it repeats as librdkafka does.
topology::Status check_property_as_kafka_does(const std::string& name, const std::string& value);

/// `text` as engine.yaml and nothing else.
EngineConfigSource of_file(const std::string& text);
/// Brokers by --set, and these variables.
EngineConfigSource of_environment(Environment environment);
/// Brokers in the file, and these arguments.
EngineConfigSource of_arguments(std::vector<std::string> arguments);

topology::Result<EngineConfig> read(const EngineConfigSource& source);
/// Of a source that must be right; otherwise the test fails with what was found.
EngineConfig settings_of(const EngineConfigSource& source);
/// What is said of a source that must be refused; empty, and the test fails, if it is not.
std::string refusal_of(const EngineConfigSource& source);

/// A folder of its own that goes with the object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// Writes a file, with the folders above it, and returns its path.
  std::string write(const std::string& name, const std::string& content) const;

 private:
  std::filesystem::path path_;
};

}  // namespace tallymill::processor
