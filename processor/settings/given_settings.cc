#include "processor/settings/given_settings.h"

#include <algorithm>
#include <cctype>

#include "processor/settings/setting_table.h"
#include "topology/spec/field_values.h"
#include "topology/spec/yaml_reader.h"

namespace tallymill::processor {

using topology::Error;
using topology::ErrorCode;
using topology::YamlNode;

namespace {

constexpr std::string_view environment_prefix = "TALLYMILL_";

/// The table's row for a path; of properties the row above it.
const SettingSpec* spec_of(std::string_view path) {
  for (const SettingSpec& spec : setting_table()) {
    if (spec.path == path && spec.kind != SettingKind::properties) return &spec;
    if (spec.kind == SettingKind::properties && path.starts_with(spec.path) &&
        path.size() > spec.path.size() + 1 && path[spec.path.size()] == '.') {
      return &spec;
    }
  }
  return nullptr;
}

class Collector {
 public:
  Collector(std::map<std::string, GivenSetting>& given, std::vector<std::string>& errors)
      : given_(given), errors_(errors) {}

  void add_file(const EngineConfigSource& source) {
    topology::Diagnostics diagnostics;
    // The text itself is not kept for excerpts: they would show secrets.
    const std::uint32_t file = diagnostics.add_file(source.file_name, "");
    const YamlNode root = topology::read_yaml(*source.file_text, file, diagnostics);
    for (const topology::Diagnostic& each : diagnostics.sorted()) {
      errors_.push_back(
          setting_error(place_of(source.file_name, each.range), {each.code, each.message, each.hint}));
    }
    add_node(source.file_name, root, "");
  }

  void add_environment(const EngineConfigSource& source) {
    for (const auto& [name, text] : source.environment) {
      if (!name.starts_with(environment_prefix)) continue;
      const std::string path = path_of_variable(name.substr(environment_prefix.size()));
      // Other programs of the project have variables too; one with levels can only be a setting.
      if (spec_of(path) == nullptr && name.find("__") == std::string::npos) continue;
      add(path, {text, "environment " + name, false});
    }
  }

  void add_arguments(const EngineConfigSource& source) {
    for (const std::string& argument : source.arguments) {
      const std::size_t equals = argument.find('=');
      const std::string path = argument.substr(0, equals);
      const std::string place = "--set " + path;
      if (equals == std::string::npos) {
        refuse(place, ErrorCode::usage, "--set takes PATH=VALUE", "write --set workers=2");
      } else if (is_secret_setting(path)) {
        refuse(place, ErrorCode::usage, path + " is a secret, and the command line is for everyone to see",
               "set the variable " + variable_of(path) + ", or write ${file:/path} in the engine file");
      } else {
        add(path, {argument.substr(equals + 1), place, false});
      }
    }
  }

 private:
  static std::string place_of(const std::string& file, topology::SourceRange range) {
    return file + ":" + std::to_string(range.begin.line) + ":" + std::to_string(range.begin.column);
  }

  /// KAFKA__BOOTSTRAP_SERVERS -> kafka.bootstrap.servers, STATE__DIRECTORY -> state.directory.
  static std::string path_of_variable(std::string_view name) {
    std::string path;
    for (std::size_t i = 0; i < name.size(); ++i) {
      if (name.substr(i, 2) == "__") {
        path += '.';
        ++i;
      } else {
        path += static_cast<char>(std::tolower(static_cast<unsigned char>(name[i])));
      }
    }
    const SettingSpec* spec = spec_of(path);
    if (spec != nullptr && spec->kind == SettingKind::properties) {
      std::replace(path.begin() + static_cast<std::ptrdiff_t>(spec->path.size()), path.end(), '_', '.');
    }
    return path;
  }

  static std::string variable_of(std::string_view path) {
    std::string name(environment_prefix);
    const SettingSpec* spec = spec_of(path);
    const bool is_property = spec != nullptr && spec->kind == SettingKind::properties;
    for (std::size_t i = 0; i < path.size(); ++i) {
      if (path[i] != '.') {
        name += static_cast<char>(std::toupper(static_cast<unsigned char>(path[i])));
      } else {
        name += is_property && i > spec->path.size() ? "_" : "__";
      }
    }
    return name;
  }

  void add_node(const std::string& file, const YamlNode& node, const std::string& path) {
    const std::string place = place_of(file, node.range);
    if (node.kind == YamlNode::Kind::mapping) {
      for (const YamlNode::Entry& entry : node.entries) {
        add_node(file, entry.value, path.empty() ? entry.key : path + "." + entry.key);
      }
    } else if (node.kind == YamlNode::Kind::scalar && !path.empty()) {
      add(path, {node.text, place, true});
    } else if (node.kind == YamlNode::Kind::sequence) {
      add_list(file, node, path);
    } else if (!path.empty()) {
      refuse(place, ErrorCode::invalid_value, path + " has no value", "give it one, or remove the line");
    }
  }

  void add_list(const std::string& file, const YamlNode& node, const std::string& path) {
    const SettingSpec* spec = spec_of(path);
    std::string text;
    bool is_plain = spec == nullptr || spec->kind == SettingKind::text_list;
    for (const YamlNode& item : node.items) {
      is_plain &= item.kind == YamlNode::Kind::scalar;
      text += (text.empty() ? "" : ",") + item.text;
    }
    if (is_plain) {
      add(path, {std::move(text), place_of(file, node.range), true});
    } else {
      refuse(place_of(file, node.range), ErrorCode::invalid_value, path + " takes one value, and no list",
             "write one value");
    }
  }

  void add(const std::string& path, GivenSetting setting) {
    if (spec_of(path) == nullptr) {
      std::vector<std::string> known;
      for (const SettingSpec& spec : setting_table()) known.emplace_back(spec.path);
      std::string hint = topology::did_you_mean(path, known, topology::Diagnostics());
      if (hint.empty()) hint = "`tallymill settings` lists them all";
      refuse(setting.place, ErrorCode::unknown_field, "there is no setting \"" + path + "\"",
             std::move(hint));
      return;
    }
    given_[path] = std::move(setting);
  }

  void refuse(const std::string& place, ErrorCode code, std::string message, std::string hint) {
    errors_.push_back(setting_error(place, {code, std::move(message), std::move(hint)}));
  }

  std::map<std::string, GivenSetting>& given_;
  std::vector<std::string>& errors_;
};

}  // namespace

std::string setting_error(const std::string& place, const Error& error) {
  std::string text = place + ": error: " + error.message + " [" + std::string(name_of(error.code)) + "]";
  if (!error.hint.empty()) text += "\n  hint: " + error.hint;
  return text;
}

std::map<std::string, GivenSetting> collect_settings(const EngineConfigSource& source,
                                                     std::vector<std::string>& errors) {
  std::map<std::string, GivenSetting> given;
  Collector collector(given, errors);
  if (source.file_text) collector.add_file(source);
  collector.add_environment(source);
  collector.add_arguments(source);
  return given;
}

}  // namespace tallymill::processor
