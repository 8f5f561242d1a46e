#include "processor/settings/setting_table.h"

#include <algorithm>

// How settings are named outside of the engine file, and how all of them are shown.
namespace tallymill::processor {

namespace {

char capital(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
char small(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string in_levels(std::string_view path) {
  std::string name;
  for (const char c : path) {
    if (c == '.') {
      name += "__";
    } else {
      name += capital(c);
    }
  }
  return name;
}

std::string property_of(std::string_view name) {
  std::string property;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name.substr(i, 2) == "__") {
      property += '_';
      ++i;
    } else {
      property += name[i] == '_' ? '.' : small(name[i]);
    }
  }
  return property;
}

std::string bounds_text(const SettingSpec& spec) {
  const auto [minimum, maximum] = spec.bounds;
  if (spec.type == SettingType::duration) {
    return topology::format_duration({minimum}) + " to " + topology::format_duration({maximum});
  }
  return std::to_string(minimum) + " to " + std::to_string(maximum);
}

}  // namespace

std::string variable_of(std::string_view path) {
  const SettingSpec* spec = find_setting(path);
  const bool is_property = spec != nullptr && spec->type == SettingType::properties;
  const std::size_t levels = is_property ? spec->path.size() : path.size();
  std::string name = std::string(variable_prefix) + in_levels(path.substr(0, levels));
  if (!is_property) return name;
  name += "__";
  for (const char c : path.substr(levels + 1)) {
    if (c == '_') {
      name += "__";
    } else {
      name += c == '.' ? '_' : capital(c);
    }
  }
  return name;
}

std::string path_of_variable(std::string_view variable) {
  const auto is_of_names = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  if (!variable.starts_with(variable_prefix) || !std::ranges::all_of(variable, is_of_names)) return {};
  const std::string_view name = variable.substr(variable_prefix.size());
  for (const SettingSpec& spec : setting_table()) {
    const std::string levels = in_levels(spec.path);
    if (spec.type != SettingType::properties) {
      if (name == levels) return std::string(spec.path);
    } else if (name.size() > levels.size() + 2 && name.starts_with(levels + "__")) {
      return std::string(spec.path) + "." + property_of(name.substr(levels.size() + 2));
    }
  }
  return {};
}

std::string setting_reference() {
  std::string text;
  for (const SettingSpec& spec : setting_table()) {
    const bool is_property = spec.type == SettingType::properties;
    text += std::string(spec.path) + (is_property ? ".PROPERTY" : "");
    if (!spec.default_text.empty()) text += " = " + std::string(spec.default_text);
    if (spec.is_secret) text += "  (secret)";
    text += "\n    " + std::string(spec.doc) + "\n";
    if (spec.type == SettingType::integer || spec.type == SettingType::duration) {
      text += "    from " + bounds_text(spec) + "\n";
    }
    for (const topology::Choice& choice : spec.choices) {
      text += "    " + std::string(choice.name) + ": " + std::string(choice.doc) + "\n";
    }
    text += "    " + variable_of(spec.path) + (is_property ? "__PROPERTY" : "") + "\n";
  }
  return text +
         "\nLater ones win: defaults, the engine file (--config), the environment, --set PATH=VALUE. Secrets "
         "are\n"
         "refused in --set. In the name of a PROPERTY in the environment _ stands for a dot and __ for _:\n"
         "TALLYMILL_KAFKA__BOOTSTRAP_SERVERS is kafka.bootstrap.servers. Values of the engine file may hold\n"
         "${env:NAME}, ${env:NAME:-default} and ${file:/path}, and $$ is a dollar there; elsewhere a dollar "
         "is one,\n"
         "and references are refused.\n";
}

}  // namespace tallymill::processor
