#include "processor/settings/engine_config.h"

#include <algorithm>
#include <array>
#include <utility>

#include "processor/settings/given_settings.h"
#include "processor/settings/setting_table.h"
#include "processor/settings/setting_values.h"
#include "topology/base/invariant.h"
#include "topology/spec/topic_name.h"

namespace tallymill::processor {

using topology::Diagnostics;
using topology::Error;
using topology::ErrorCode;
using topology::Result;
using topology::SourceRange;
using topology::Status;
using topology::YamlNode;

namespace {

const std::string secret_text = "(secret)";

std::string shown_text(const YamlNode& node) {
  if (node.kind != YamlNode::Kind::sequence) return node.text;
  std::string text;
  for (const YamlNode& item : node.items) text += (text.empty() ? "" : ",") + item.text;
  return text;
}

class EngineConfigReader {
 public:
  EngineConfigReader(const EngineConfigSource& source, const KafkaPropertyCheck& check_kafka_property)
      : check_kafka_property_(check_kafka_property),
        given_(collect_settings(source, diagnostics_)),
        scope_{.environment = source.environment, .secret_folders = {}} {}

  Result<EngineConfig> read() {
    read_secret_folders();
    for (const SettingSpec& spec : setting_table()) {
      if (spec.type == SettingType::properties) {
        read_properties(spec);
      } else if (spec.assign != nullptr) {
        if (const auto value = read_setting(spec)) spec.assign(*value, config_.settings);
      }
    }
    check_brokers();
    check_internal_topics();
    if (!diagnostics_.has_errors()) check_together();
    if (!diagnostics_.has_errors()) return std::move(config_);
    std::string text = diagnostics_.to_text();
    text.pop_back();  // the last line's end
    return Error{diagnostics_.sorted().front().code, std::move(text), ""};
  }

 private:
  /// A value with `${..}` replaced, and whether it must not be shown.
  struct Replaced {
    YamlNode node;
    bool is_hidden = false;
  };

  /// First of all: below these folders files may be read, so they are named without any.
  void read_secret_folders() {
    const SettingSpec* spec = find_setting("secrets.directories");
    const auto value = read_setting(*spec);
    if (value) scope_.secret_folders = std::get<std::vector<std::string>>(*value);
  }

  /// Adds what is wrong to the diagnostics; notes what may be shown of the value.
  std::optional<Replaced> replaced(const std::string& path, const GivenSetting& given) {
    Replaced result{given.node, is_secret_setting(path)};
    bool is_complete = true;
    const auto replace = [&](YamlNode& scalar) {
      if (scalar.kind != YamlNode::Kind::scalar || !given.may_interpolate) return;
      auto text = interpolate(scalar, scope_, diagnostics_);
      is_complete &= text.has_value();
      if (!text) return;
      result.is_hidden |= text->is_secret;
      scalar.text = std::move(text->text);
      scalar.in_place = false;  // columns within the new text are none of the file
    };
    replace(result.node);
    std::ranges::for_each(result.node.items, replace);
    if (!is_complete) return std::nullopt;
    config_.scrubbed[path] = result.is_hidden ? secret_text : shown_text(result.node);
    return result;
  }

  std::optional<SettingValue> read_setting(const SettingSpec& spec) {
    const std::string path(spec.path);
    const auto given = given_.find(path);
    if (given != given_.end()) {
      const auto value = replaced(path, given->second);
      return value ? read_setting_value(spec, value->node, value->is_hidden, diagnostics_) : std::nullopt;
    }
    if (spec.default_text.empty()) return std::nullopt;
    YamlNode node;
    node.kind = YamlNode::Kind::scalar;
    node.text = spec.default_text;
    config_.scrubbed[path] = node.text;
    auto value = read_setting_value(spec, node, false, diagnostics_);
    INVARIANT(value, "a setting's default is not what the setting takes");
    return value;
  }

  void read_properties(const SettingSpec& spec) {
    const std::string level = std::string(spec.path) + ".";
    for (auto given = given_.lower_bound(level); given != given_.end() && given->first.starts_with(level);
         ++given) {
      const auto value = replaced(given->first, given->second);
      if (!value) continue;
      auto text = read_property_value(given->first, value->node, diagnostics_);
      if (!text) continue;
      const std::string name = given->first.substr(level.size());
      if (spec.path == "kafka") {
        add_kafka_property(name, std::move(*text), *value);
      } else {
        add_topic_property(name, std::move(*text), *value);
      }
    }
  }

  void add_kafka_property(const std::string& name, std::string text, const Replaced& value) {
    Status status = check_kafka_property_(name, text);
    if (status) {
      config_.settings.kafka[name] = std::move(text);
      return;
    }
    if (value.is_hidden) {
      // Whoever checks may repeat the value, whole or in part. What is said of another value is safe: what is
      // refused by its name is refused with it as well.
      status = check_kafka_property_(name, secret_text);
      if (status) {
        status =
            Error{ErrorCode::invalid_value,
                  "kafka." + name + " has a value that Kafka's client refuses; it is a secret and not shown",
                  "check the value where it comes from"};
      }
    }
    diagnostics_.error(status.error().code, value.node.range, status.error().message, status.error().hint);
  }

  void add_topic_property(const std::string& name, std::string text, const Replaced& value) {
    static constexpr std::array<std::string_view, 3> owned{"cleanup.policy", "retention.ms",
                                                           "retention.bytes"};
    if (std::ranges::find(owned, name) == owned.end()) {
      config_.settings.internal_topics.config.emplace_back(name, std::move(text));
      return;
    }
    diagnostics_.error(ErrorCode::invalid_value, value.node.range,
                       "internal_topics.config." + name +
                           " is Tallymill's: another value would let the broker delete state that is needed",
                       "delete it");
  }

  void check_brokers() {
    if (given_.contains("kafka.bootstrap.servers")) {
      const auto& brokers = config_.settings.kafka;
      const auto found = brokers.find("bootstrap.servers");
      if (found == brokers.end() || !found->second.empty()) return;  // what was refused is reported already
    }
    diagnostics_.error(
        ErrorCode::missing_field, {diagnostics_.add_file("engine settings", ""), {}, 1},
        "kafka.bootstrap.servers is not set, so there are no brokers to connect to",
        "write `kafka:` and below it `bootstrap.servers: HOST:PORT` in the engine file (--config), "
        "set " +
            variable_of("kafka.bootstrap.servers") + ", or pass --set kafka.bootstrap.servers=HOST:PORT");
  }

  void check_internal_topics() {
    const std::string& prefix = config_.settings.internal_topics.prefix;
    const auto given = given_.find("internal_topics.prefix");
    if (prefix.empty() || given == given_.end()) return;
    if (!topology::check_topic_name(prefix, given->second.node.range, unheard_)) {
      diagnostics_.error(ErrorCode::invalid_value, given->second.node.range,
                         "internal_topics.prefix is no beginning of a topic's name",
                         "use letters, digits, `.`, `_` and `-` only, at most 249");
    }
  }

  /// What no single setting can tell.
  void check_together() {
    const EngineSettings& settings = config_.settings;
    if (settings.commit_interval.microseconds > settings.transaction_timeout.microseconds / 2) {
      refuse_together("commit.interval", "transaction_timeout",
                      "commit.interval is more than half of transaction_timeout, so brokers could abort "
                      "transactions that are in order",
                      "commit more often, or give transactions more time");
    }
    if (settings.instance_id.empty()) return;
    if (settings.workers > 1) {
      refuse_together("instance_id", "workers",
                      "instance_id names one member of the group, and every worker is a member",
                      "set workers to 1 and start more instances, or remove instance_id");
    }
    if (settings.group_protocol == GroupProtocol::consumer) {
      refuse_together("instance_id", "group_protocol", "instance_id needs the classic group protocol",
                      "set group_protocol to classic or automatic, or remove instance_id");
    }
  }

  /// At the first of both that somebody has given: defaults agree with each other.
  void refuse_together(std::string_view path, std::string_view other, std::string message, std::string hint) {
    auto given = given_.find(path);
    if (given == given_.end()) given = given_.find(other);
    INVARIANT(given != given_.end(), "defaults of settings contradict each other");
    diagnostics_.error(ErrorCode::invalid_value, given->second.node.range, std::move(message),
                       std::move(hint));
  }

  const KafkaPropertyCheck& check_kafka_property_;
  Diagnostics diagnostics_;
  Diagnostics unheard_;
  GivenSettings given_;
  InterpolationScope scope_;
  EngineConfig config_;
};

}  // namespace

Result<EngineConfig> read_engine_config(const EngineConfigSource& source,
                                        const KafkaPropertyCheck& check_kafka_property) {
  return EngineConfigReader(source, check_kafka_property).read();
}

}  // namespace tallymill::processor
