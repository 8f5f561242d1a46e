#include "processor/settings/given_settings.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "processor/settings/setting_table.h"
#include "topology/data/row.h"
#include "topology/spec/excerpt.h"
#include "topology/spec/field_values.h"

namespace tallymill::processor {

using topology::Diagnostics;
using topology::ErrorCode;
using topology::SourceRange;
using topology::YamlNode;

namespace {

constexpr std::size_t path_bytes_max = 200;

/// Whether a text may be repeated in a message: what has other characters may be a value at the wrong place.
bool is_path(std::string_view text) {
  const auto is_of_paths = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  return !text.empty() && text.size() <= path_bytes_max && std::ranges::all_of(text, is_of_paths);
}

/// Whether settings stand below this path.
bool is_level(std::string_view path) {
  return std::ranges::any_of(setting_table(), [&](const SettingSpec& spec) {
    return spec.path.starts_with(path) &&
           (spec.path.size() == path.size() ? spec.type == SettingType::properties
                                            : spec.path[path.size()] == '.');
  });
}

bool is_nothing_but_comments(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::size_t begin = text.substr(0, end).find_first_not_of(" \r");
    if (begin != std::string_view::npos && text[begin] != '#') return false;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return true;
}

/// The setting or level that a path was probably meant to be; empty if none is near.
std::string nearest_path(std::string_view path) {
  std::vector<std::string> known;
  for (const SettingSpec& spec : setting_table()) {
    known.emplace_back(spec.path);
    const std::size_t dot = spec.path.find('.');
    if (dot != std::string_view::npos) known.emplace_back(spec.path.substr(0, dot));
  }
  return topology::nearest_name(path, known);
}

/// The variable that a variable's name was probably meant to be; empty if it is somebody else's, such as
/// those of a Kubernetes service called tallymill.
std::string nearest_variable(std::string_view name) {
  std::vector<std::string> known;
  const auto add = [&](std::string_view path) {
    known.push_back(variable_of(path).substr(variable_prefix.size()));  // which would make all names alike
  };
  for (const SettingSpec& spec : setting_table()) add(spec.path);
  for (const char* property : {"bootstrap.servers", "security.protocol", "sasl.mechanism", "sasl.mechanisms",
                               "sasl.username", "sasl.password", "ssl.ca.location"}) {
    add(std::string("kafka.") + property);
  }
  const std::string nearest = topology::nearest_name(name.substr(variable_prefix.size()), known);
  return nearest.empty() ? nearest : std::string(variable_prefix) + nearest;
}

class SettingCollector {
 public:
  explicit SettingCollector(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  void add_file(const std::string& name, std::string_view text) {
    // The text is not kept for excerpts: the line of a finding may hold a secret.
    file_ = diagnostics_.add_file(name, "");
    if (is_nothing_but_comments(text)) return;
    const YamlNode root = topology::read_yaml(text, file_, diagnostics_);
    if (root.kind == YamlNode::Kind::mapping) {
      add_entries(root, "");
    } else if (root.kind != YamlNode::Kind::null) {
      diagnostics_.error(ErrorCode::invalid_value, root.range, "an engine file is a mapping of settings",
                         "write `kafka:` and below it `bootstrap.servers: HOST:PORT`");
    }
  }

  void add_environment(const Environment& environment) {
    for (const auto& [name, text] : environment) {
      if (!name.starts_with(variable_prefix)) continue;
      const std::string path = path_of_variable(name);
      if (!path.empty()) {
        add_literal(path, text, place_of("environment " + name));
        continue;
      }
      const std::string_view rest = std::string_view(name).substr(variable_prefix.size());
      const std::string nearest = is_path(name) ? nearest_variable(name) : "";
      if (nearest.empty() && rest.find("__") == std::string_view::npos) continue;
      const std::string shown = is_path(name) ? name : std::string(variable_prefix) + "..";
      diagnostics_.error(ErrorCode::unknown_field, place_of("environment " + shown),
                         "this variable sets nothing",
                         nearest.empty() ? "`tallymill settings` lists all variables; unset this one"
                                         : "did you mean " + nearest + "? `__` separates levels");
    }
  }

  void add_arguments(const std::vector<std::string>& arguments) {
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      const std::string_view argument = arguments[i];
      const std::size_t equals = argument.find('=');
      const std::string path(argument.substr(0, equals));
      if (equals == std::string_view::npos || !is_path(path)) {
        // Not repeated: it may be a secret.
        diagnostics_.error(ErrorCode::usage, place_of("--set number " + std::to_string(i + 1)),
                           "--set takes PATH=VALUE", "write --set workers=2");
        continue;
      }
      add_argument(path, argument.substr(equals + 1));
    }
  }

  GivenSettings take() && { return std::move(given_); }

 private:
  /// A source other than the file: named, without lines.
  SourceRange place_of(const std::string& name) { return {diagnostics_.add_file(name, ""), {}, 1}; }

  /// A value in which a dollar is a dollar.
  void add_literal(const std::string& path, std::string_view text, SourceRange place) {
    if (text.find("${file:") != std::string_view::npos || text.find("${env:") != std::string_view::npos) {
      // Taken as it stands, it would make a password that anybody can guess.
      diagnostics_.error(ErrorCode::invalid_value, place,
                         "${env:..} and ${file:..} are replaced in the engine file only",
                         "write it there (--config), or give the value itself");
      return;
    }
    GivenSetting given;
    given.node.kind = YamlNode::Kind::scalar;
    given.node.text = text;
    given.node.range = place;
    given.path_range = place;
    given_.insert_or_assign(path, std::move(given));
  }

  void add_argument(const std::string& path, std::string_view value) {
    const SourceRange place = place_of("--set " + path);
    if (find_setting(path) == nullptr) {
      report_unknown(path, place);
    } else if (is_secret_setting(path)) {
      diagnostics_.error(ErrorCode::usage, place,
                         path + " is a secret, and a command line is for everyone on the machine to see",
                         "set the variable " + variable_of(path) +
                             ", or write ${file:/path} or ${env:NAME} in the engine file");
    } else {
      add_literal(path, value, place);
    }
  }

  void add_entries(const YamlNode& mapping, const std::string& level) {
    for (const YamlNode::Entry& entry : mapping.entries) {
      add_entry(entry, level.empty() ? entry.key : level + "." + entry.key);
    }
  }

  void add_entry(const YamlNode::Entry& entry, const std::string& path) {
    const SettingSpec* spec = find_setting(path);
    const bool is_property = spec != nullptr && spec->type == SettingType::properties;
    const bool is_mapping = entry.value.kind == YamlNode::Kind::mapping;
    if (!is_path(path) || (spec == nullptr && !is_level(path))) {
      report_unknown(path, entry.key_range);
    } else if (spec != nullptr && !(is_property && is_mapping)) {
      add_value(entry, path);
    } else if (is_mapping) {
      add_entries(entry.value, path);
    } else if (entry.value.kind != YamlNode::Kind::null) {  // below which all may be comments
      diagnostics_.error(ErrorCode::invalid_value, entry.value.range,
                         path + " takes a mapping of settings, and this is a value",
                         "`tallymill settings` lists what stands below it");
    }
  }

  void add_value(const YamlNode::Entry& entry, const std::string& path) {
    const auto [first, is_new] = given_.try_emplace(path, GivenSetting{entry.value, true, entry.key_range});
    if (is_new) return;
    // `commit: { interval: 1s }` and `commit.interval: 1s` are one path, and to YAML two keys.
    diagnostics_.error(
        ErrorCode::duplicate_key, entry.key_range, path + " stands twice in this file",
        "delete one; the first is in line " + std::to_string(first->second.path_range.begin.line));
  }

  void report_unknown(const std::string& path, SourceRange place) {
    if (!is_path(path)) {
      diagnostics_.error(ErrorCode::unknown_field, place, "no setting has such a name",
                         "`tallymill settings` lists them all");
      return;
    }
    std::string hint = "`tallymill settings` lists them all";
    // Nobody reads more, and a long file of them must not take long.
    if (diagnostics_.error_count() < Diagnostics::most) {
      const std::string nearest = nearest_path(path);
      if (!nearest.empty()) {
        hint = "did you mean \"" + nearest + "\"?";
      } else if (find_setting("kafka." + path) != nullptr && path.find('.') != std::string::npos) {
        hint += "; Kafka's own stand below `kafka:`";
      }
    }
    diagnostics_.error(ErrorCode::unknown_field, place, "there is no setting " + topology::in_quotes(path),
                       std::move(hint));
  }

  Diagnostics& diagnostics_;
  std::uint32_t file_ = 0;
  GivenSettings given_;
};

}  // namespace

GivenSettings collect_settings(const EngineConfigSource& source, Diagnostics& diagnostics) {
  SettingCollector collector(diagnostics);
  if (source.file_text) collector.add_file(source.file_name, *source.file_text);
  collector.add_environment(source.environment);
  collector.add_arguments(source.arguments);
  return std::move(collector).take();
}

}  // namespace tallymill::processor
