#include "tests/unit/settings/settings_sample.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

namespace tallymill::processor {

using topology::Error;
using topology::ErrorCode;

topology::Status check_property_as_kafka_does(const std::string& name, const std::string& value) {
  if (name == "enable.auto.commit") {
    return Error{ErrorCode::invalid_value,
                 "kafka.enable.auto.commit is Tallymill's: it commits offsets itself", "delete it"};
  }
  if (name == "sasl.jaas.config") {
    return Error{ErrorCode::invalid_value, "kafka.sasl.jaas.config is of Java's clients only",
                 "write sasl.username and sasl.password"};
  }
  if (name.find("unknown") != std::string::npos) {
    return Error{ErrorCode::invalid_value, "librdkafka has no property " + name, ""};
  }
  if (value.find("bad") != std::string::npos) {
    return Error{ErrorCode::invalid_value, "librdkafka refuses " + value + " for " + name, ""};
  }
  return {};
}

EngineConfigSource of_file(const std::string& text) {
  EngineConfigSource source;
  source.file_name = "engine.yaml";
  source.file_text = text;
  return source;
}

EngineConfigSource of_environment(Environment environment) {
  EngineConfigSource source;
  source.environment = std::move(environment);
  source.arguments = {"kafka.bootstrap.servers=broker:9092"};
  return source;
}

EngineConfigSource of_arguments(std::vector<std::string> arguments) {
  EngineConfigSource source = of_file("kafka: { bootstrap.servers: 'broker:9092' }");
  source.arguments = std::move(arguments);
  return source;
}

topology::Result<EngineConfig> read(const EngineConfigSource& source) {
  return read_engine_config(source, check_property_as_kafka_does);
}

EngineConfig settings_of(const EngineConfigSource& source) {
  auto config = read(source);
  if (config) return std::move(*config);
  ADD_FAILURE() << config.error().message;
  return {};
}

std::string refusal_of(const EngineConfigSource& source) {
  const auto config = read(source);
  if (!config) return config.error().message;
  ADD_FAILURE() << "the settings were taken";
  return {};
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "tallymill_settings_XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) ADD_FAILURE() << "no folder can be made: " << name;
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryFolder::write(const std::string& name, const std::string& content) const {
  const std::filesystem::path file = path_ / name;
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << content;
  return file.string();
}

}  // namespace tallymill::processor
