#include "processor/settings/engine_config.h"

#include <algorithm>

#include "processor/settings/given_settings.h"
#include "processor/settings/interpolation.h"
#include "processor/settings/setting_table.h"
#include "processor/settings/setting_values.h"
#include "topology/base/invariant.h"

namespace tallymill::processor {

using topology::Error;
using topology::ErrorCode;
using topology::Result;
using topology::Status;

namespace {

constexpr std::string_view hidden = "(secret)";

/// Where each setting of the table goes. `kafka` and `internal_topics.config` are maps and go by themselves.
void assign(std::string_view path, const SettingValue& value, EngineSettings& settings) {
  const auto is = [&](std::string_view name) { return path == name; };
  const auto count = [&] { return static_cast<std::size_t>(value.number); };
  const auto listener = [&] {
    return ListenerSettings{value.text, static_cast<std::uint16_t>(value.number)};
  };
  if (is("group_protocol")) {
    settings.group_protocol = value.text == "consumer"  ? GroupProtocol::consumer
                              : value.text == "classic" ? GroupProtocol::classic
                                                        : GroupProtocol::automatic;
  } else if (is("instance_id")) {
    settings.instance_id = value.text;
  } else if (is("transaction_timeout")) {
    settings.transaction_timeout = {value.duration_us};
  } else if (is("internal_topics.create")) {
    settings.internal_topics.create = value.number != 0;
  } else if (is("internal_topics.prefix")) {
    settings.internal_topics.prefix = value.text;
  } else if (is("internal_topics.replication_factor")) {
    settings.internal_topics.replication_factor = static_cast<std::int16_t>(value.number);
  } else if (is("workers")) {
    settings.workers = static_cast<std::uint32_t>(value.number);
  } else if (is("state.directory")) {
    settings.state_directory = value.text;
  } else if (is("commit.interval")) {
    settings.commit_interval = {value.duration_us};
  } else if (is("commit.records")) {
    settings.commit_records_max = count();
  } else if (is("commit.bytes")) {
    settings.commit_bytes_max = count();
  } else if (is("poll.records")) {
    settings.poll_records_max = count();
  } else if (is("http.address")) {
    settings.http = listener();
  } else if (is("admin.address")) {
    settings.admin = listener();
  } else if (is("admin.token")) {
    settings.admin_token = value.text;
  } else if (is("log.level")) {
    using Level = LogSettings::Level;
    settings.log.level = value.text == "debug"     ? Level::debug
                         : value.text == "warning" ? Level::warning
                         : value.text == "error"   ? Level::error
                                                   : Level::info;
  } else if (is("log.format")) {
    settings.log.format = value.text == "json" ? LogSettings::Format::json : LogSettings::Format::text;
  } else {
    INVARIANT(is("secrets.directories"), "a setting of the table goes nowhere");
  }
}

class ConfigReader {
 public:
  ConfigReader(const EngineConfigSource& source, const KafkaPropertyCheck& check_kafka_property)
      : check_kafka_property_(check_kafka_property),
        given_(collect_settings(source, errors_)),
        scope_{.environment = source.environment, .secret_directories = {}} {}

  Result<EngineConfig> read() {
    // First: files may be read below these folders only, so they name none themselves.
    const auto directories = given_.find("secrets.directories");
    if (directories != given_.end()) {
      if (const auto value = text_of(*directories)) {
        for (const SettingSpec& spec : setting_table()) {
          if (spec.path == "secrets.directories")
            scope_.secret_directories = parse_setting(spec, *value)->list;
        }
      }
    }
    for (const SettingSpec& spec : setting_table()) {
      spec.kind == SettingKind::properties ? read_properties(spec) : read_setting(spec);
    }
    check_brokers();
    if (errors_.empty()) return std::move(config_);
    std::string text;
    for (const std::string& error : errors_) text += (text.empty() ? "" : "\n") + error;
    return Error{ErrorCode::invalid_value, std::move(text), ""};
  }

 private:
  using Entry = std::map<std::string, GivenSetting>::value_type;

  /// With `${..}` replaced; nothing after adding an error.
  std::optional<std::string> text_of(const Entry& entry) {
    const auto& [path, given] = entry;
    scope_.allows_files = given.is_from_file;
    const auto text = interpolate(given.text, scope_);
    if (!text) {
      errors_.push_back(setting_error(given.place, text.error()));
      return std::nullopt;
    }
    const bool is_hidden = text->is_secret || is_secret_setting(path);
    config_.scrubbed[path] = is_hidden ? std::string(hidden) : text->text;
    return text->text;
  }

  void read_setting(const SettingSpec& spec) {
    const auto found = given_.find(std::string(spec.path));
    std::string place = "default";
    std::optional<std::string> text(spec.default_text);
    if (found != given_.end()) {
      place = found->second.place;
      text = text_of(*found);
    } else if (!spec.default_text.empty()) {
      config_.scrubbed[std::string(spec.path)] = *text;
    }
    // An absent setting without a default keeps what EngineSettings begins with.
    if (!text || (found == given_.end() && spec.default_text.empty())) return;
    SettingSpec shown = spec;
    shown.is_secret |= config_.scrubbed[std::string(spec.path)] == hidden;
    const auto value = parse_setting(shown, *text);
    if (value) {
      assign(spec.path, *value, config_.settings);
    } else {
      errors_.push_back(setting_error(place, value.error()));
    }
  }

  void read_properties(const SettingSpec& spec) {
    const std::string prefix = std::string(spec.path) + ".";
    for (auto entry = given_.lower_bound(prefix); entry != given_.end() && entry->first.starts_with(prefix);
         ++entry) {
      const auto text = text_of(*entry);
      if (!text) continue;
      const std::string name = entry->first.substr(prefix.size());
      if (spec.path == "kafka") {
        read_kafka_property(*entry, name, *text);
      } else {
        config_.settings.internal_topics.config.emplace_back(name, *text);
      }
    }
  }

  void read_kafka_property(const Entry& entry, const std::string& name, const std::string& text) {
    const Status status = check_kafka_property_(name, text);
    if (status) {
      config_.settings.kafka[name] = text;
      return;
    }
    Error error = status.error();
    // Whoever checks does not know that the value came from a file.
    if (config_.scrubbed[entry.first] == hidden && !text.empty() &&
        error.message.find(text) != std::string::npos) {
      error.message = "kafka." + name + " has a value that librdkafka does not take";
    }
    errors_.push_back(setting_error(entry.second.place, error));
  }

  void check_brokers() {
    if (config_.settings.kafka.contains("bootstrap.servers") || !errors_.empty()) return;
    errors_.push_back(setting_error(
        "settings",
        {ErrorCode::missing_field, "kafka.bootstrap.servers is not set",
         "write it in the engine file (--config), set TALLYMILL_KAFKA__BOOTSTRAP_SERVERS, or pass "
         "--set kafka.bootstrap.servers=HOST:PORT"}));
  }

  const KafkaPropertyCheck& check_kafka_property_;
  std::vector<std::string> errors_;
  std::map<std::string, GivenSetting> given_;
  InterpolationScope scope_;
  EngineConfig config_;
};

}  // namespace

Result<EngineConfig> read_engine_config(const EngineConfigSource& source,
                                        const KafkaPropertyCheck& check_kafka_property) {
  return ConfigReader(source, check_kafka_property).read();
}

}  // namespace tallymill::processor
