#include "processor/settings/setting_values.h"

#include <charconv>
#include <optional>

#include "topology/base/time.h"

namespace tallymill::processor {

using topology::Result;

namespace {

topology::Error refuse(const SettingSpec& spec, std::string_view text, std::string hint) {
  std::string message = std::string(spec.path) + " cannot be ";
  message += spec.is_secret ? "what was given" : "\"" + std::string(text) + "\"";
  return {topology::ErrorCode::invalid_value, std::move(message), std::move(hint)};
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = text.find(separator);
    if (end != 0) parts.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return parts;
}

Result<SettingValue> parse_number(const SettingSpec& spec, std::string_view text) {
  const auto number = parse_integer(text);
  if (!number || *number < spec.minimum || *number > spec.maximum) {
    return refuse(
        spec, text,
        "a whole number from " + std::to_string(spec.minimum) + " to " + std::to_string(spec.maximum));
  }
  return SettingValue{.text = std::string(text), .list = {}, .number = *number};
}

Result<SettingValue> parse_time_span(const SettingSpec& spec, std::string_view text) {
  const auto duration = topology::parse_duration(text);
  if (!duration || duration->microseconds < spec.minimum * 1000 ||
      duration->microseconds > spec.maximum * 1000) {
    return refuse(spec, text,
                  "a duration from " + topology::format_duration({spec.minimum * 1000}) + " to " +
                      topology::format_duration({spec.maximum * 1000}) + ", such as 500ms or 10s");
  }
  return SettingValue{.text = {}, .list = {}, .number = 0, .duration_us = duration->microseconds};
}

/// "host:port"; an IPv6 address in brackets.
Result<SettingValue> parse_address(const SettingSpec& spec, std::string_view text) {
  const std::size_t colon = text.rfind(':');
  const auto port = colon == std::string_view::npos ? std::nullopt : parse_integer(text.substr(colon + 1));
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (!port || *port < 0 || *port > 65'535 || host.empty()) {
    return refuse(spec, text, "an address and a port, such as 127.0.0.1:9464");
  }
  return SettingValue{.text = std::string(host), .list = {}, .number = *port};
}

Result<SettingValue> parse_choice(const SettingSpec& spec, std::string_view text) {
  for (const std::string& choice : split(spec.choices, ' ')) {
    if (choice == text) return SettingValue{.text = choice, .list = {}};
  }
  return refuse(spec, text, "one of: " + std::string(spec.choices));
}

}  // namespace

Result<SettingValue> parse_setting(const SettingSpec& spec, std::string_view text) {
  switch (spec.kind) {
    case SettingKind::integer:
      return parse_number(spec, text);
    case SettingKind::duration:
      return parse_time_span(spec, text);
    case SettingKind::boolean:
      if (text != "true" && text != "false") return refuse(spec, text, "true or false");
      return SettingValue{.text = {}, .list = {}, .number = text == "true" ? 1 : 0};
    case SettingKind::choice:
      return parse_choice(spec, text);
    case SettingKind::address:
      return parse_address(spec, text);
    case SettingKind::text_list:
      return SettingValue{.text = {}, .list = split(text, ',')};
    case SettingKind::text:
    case SettingKind::properties:
      break;
  }
  return SettingValue{.text = std::string(text), .list = {}};
}

}  // namespace tallymill::processor
