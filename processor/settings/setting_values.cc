#include "processor/settings/setting_values.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "topology/base/invariant.h"
#include "topology/expr/utf8.h"
#include "topology/spec/excerpt.h"
#include "topology/spec/field_values.h"

namespace tallymill::processor {

using topology::Diagnostics;
using topology::Duration;
using topology::ErrorCode;
using topology::YamlNode;

namespace {

/// What a type takes, as messages say it.
std::string_view expected_text(SettingType type) {
  switch (type) {
    case SettingType::integer:
      return "a whole number";
    case SettingType::duration:
      return "a duration such as 100ms or 10s";
    case SettingType::boolean:
      return "true or false";
    case SettingType::choice:
      return "one of its choices";
    case SettingType::address:
      return "HOST:PORT";
    case SettingType::addresses:
      return "a list of HOST:PORT";
    case SettingType::folders:
      return "absolute paths of folders";
    case SettingType::text:
    case SettingType::properties:
      break;
  }
  return "a text without control characters";
}

std::optional<ListenerSettings> parse_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const bool is_bracketed = host.starts_with('[') && host.ends_with(']') && host.size() > 2;
  if (is_bracketed) host = host.substr(1, host.size() - 2);
  // Without brackets a colon within the host could as well begin the port.
  const auto is_of_hosts = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || (is_bracketed && c == ':');
  };
  if (host.empty() || !std::ranges::all_of(host, is_of_hosts)) return std::nullopt;
  const std::string_view digits = text.substr(colon + 1);
  ListenerSettings address{std::string(host), 0};
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), address.port);
  if (failure != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return address;
}

bool is_plain_text(std::string_view text) {
  return topology::is_utf8(text) &&
         std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

class SettingReader {
 public:
  SettingReader(const SettingSpec& spec, const YamlNode& node, Diagnostics& findings)
      : spec_(spec), node_(node), path_(spec.path), findings_(findings), values_(findings) {}

  std::optional<SettingValue> read() {
    switch (spec_.type) {
      case SettingType::text:
        return wrapped(plain_text());
      case SettingType::folders:
        return wrapped(folders());
      case SettingType::integer:
        return within_bounds(values_.integer(node_, path_), [](std::int64_t count) { return count; });
      case SettingType::duration:
        return within_bounds(values_.duration(node_, path_), [](Duration each) { return each.microseconds; });
      case SettingType::boolean:
        return wrapped(values_.boolean(node_, path_));
      case SettingType::choice:
        return wrapped(values_.choice(node_, spec_.choices, path_));
      case SettingType::address:
        return wrapped(address());
      case SettingType::addresses:
        return wrapped(addresses());
      case SettingType::properties:
        break;
    }
    INVARIANT(false, "properties are read by name, not as one setting");
  }

 private:
  template <class T>
  static std::optional<SettingValue> wrapped(std::optional<T> read) {
    return read ? std::optional<SettingValue>(std::move(*read)) : std::nullopt;
  }

  void refuse(const std::string& text, std::string hint) {
    findings_.error(ErrorCode::invalid_value, node_.range,
                    path_ + " takes " + std::string(expected_text(spec_.type)) + ", and this is " +
                        topology::in_quotes(text),
                    std::move(hint));
  }

  std::optional<std::string> plain_text() {
    auto text = values_.text(node_, path_);
    if (!text || is_plain_text(*text)) return text;
    refuse(*text, "remove line ends and other control characters, and save it as UTF-8");
    return std::nullopt;
  }

  std::optional<std::vector<std::string>> folders() {
    YamlNode items = node_;
    if (node_.kind == YamlNode::Kind::scalar) items = split(node_);
    const auto uses = values_.list(items, false, path_);
    if (!uses) return std::nullopt;
    std::vector<std::string> result;
    for (const topology::NameUse& use : *uses) {
      const bool is_root = use.name.find_first_not_of('/') == std::string::npos;
      if (!use.name.starts_with('/') || is_root || !is_plain_text(use.name)) {
        refuse(use.name, is_root ? "below / lies everything: name the folder that holds secrets alone"
                                 : "write it from the root on, such as /run/secrets");
        return std::nullopt;
      }
      result.push_back(use.name);
    }
    return result;
  }

  static YamlNode split(const YamlNode& scalar) {
    YamlNode list;
    list.kind = YamlNode::Kind::sequence;
    list.range = scalar.range;
    std::string_view rest = scalar.text;
    for (bool is_last = false; !is_last;) {
      const std::size_t comma = rest.find(',');
      is_last = comma == std::string_view::npos;
      YamlNode item = scalar;
      item.text = rest.substr(0, comma);
      list.items.push_back(std::move(item));
      if (!is_last) rest.remove_prefix(comma + 1);
    }
    return list;
  }

  std::optional<ListenerSettings> address() {
    const auto text = values_.text(node_, path_);
    return text ? address(*text) : std::nullopt;
  }

  std::optional<ListenerSettings> address(const std::string& text) {
    auto address = parse_address(text);
    if (!address) refuse(text, "write 0.0.0.0:9464, localhost:9464 or [::1]:9464; ports end at 65535");
    return address;
  }

  std::optional<std::vector<ListenerSettings>> addresses() {
    const YamlNode items = node_.kind == YamlNode::Kind::scalar ? split(node_) : node_;
    const auto uses = values_.list(items, false, path_);
    if (!uses) return std::nullopt;
    std::vector<ListenerSettings> result;
    for (const topology::NameUse& use : *uses) {
      auto each = address(use.name);
      if (!each) return std::nullopt;
      result.push_back(std::move(*each));
    }
    return result;
  }

  template <class T, class Measure>
  std::optional<SettingValue> within_bounds(std::optional<T> read, const Measure& measure) {
    if (!read) return std::nullopt;
    const auto [minimum, maximum] = spec_.bounds;
    if (measure(*read) >= minimum && measure(*read) <= maximum) return SettingValue(*read);
    const auto shown = [&](std::int64_t bound) {
      return spec_.type == SettingType::duration ? topology::format_duration({bound}) : std::to_string(bound);
    };
    findings_.error(ErrorCode::invalid_value, node_.range,
                    path_ + " is " + topology::in_quotes(node_.text) + ", and must be from " +
                        shown(minimum) + " to " + shown(maximum));
    return std::nullopt;
  }

  const SettingSpec& spec_;
  const YamlNode& node_;
  const std::string path_;
  Diagnostics& findings_;
  topology::FieldValueReader values_;
};

}  // namespace

std::string address_text(const ListenerSettings& listener) {
  const bool is_ipv6 = listener.host.find(':') != std::string::npos;
  return (is_ipv6 ? '[' + listener.host + ']' : listener.host) + ':' + std::to_string(listener.port);
}

std::optional<SettingValue> read_setting_value(const SettingSpec& spec, const YamlNode& node, bool hidden,
                                               Diagnostics& diagnostics) {
  if (!hidden) return SettingReader(spec, node, diagnostics).read();
  // What the readers say repeats the value, so nobody hears it.
  Diagnostics unheard;
  auto value = SettingReader(spec, node, unheard).read();
  if (!value) {
    diagnostics.error(ErrorCode::invalid_value, node.range,
                      std::string(spec.path) + " takes " + std::string(expected_text(spec.type)) +
                          ", and its value, which is not shown because it is a secret, is none",
                      "`tallymill settings` says what it takes");
  }
  return value;
}

std::optional<std::string> read_property_value(const std::string& path, const YamlNode& node,
                                               Diagnostics& diagnostics) {
  topology::FieldValueReader values(diagnostics);
  std::string joined;
  if (node.kind != YamlNode::Kind::sequence) {
    const auto text = values.text(node, path);
    if (!text) return std::nullopt;
    joined = *text;
  } else {
    for (const YamlNode& item : node.items) {
      const auto text = values.text(item, "an item of " + path);
      if (!text) return std::nullopt;
      joined += (joined.empty() ? "" : ",") + *text;
    }
  }
  if (joined.find('\0') == std::string::npos) return joined;
  diagnostics.error(ErrorCode::invalid_value, node.range, path + " has a zero byte, where Kafka's texts end",
                    "check what the value, or the file it comes from, holds");
  return std::nullopt;
}

}  // namespace tallymill::processor
