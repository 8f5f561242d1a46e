#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tallymill::processor {

enum class SettingKind : std::uint8_t {
  text,
  text_list,   ///< a YAML list; in the environment and in --set one text with commas
  integer,     ///< within minimum..maximum
  duration,    ///< "100ms", "10s"; minimum and maximum in milliseconds
  boolean,     ///< true or false
  choice,      ///< one of `choices`, separated by blanks
  address,     ///< host:port
  properties,  ///< any names below the path: kafka.PROPERTY
};

/// One setting, declared once: the reader, the errors, `run --help` and the reference are made of this table.
struct SettingSpec {
  std::string_view path;  ///< dotted, as in --set
  SettingKind kind;
  std::string_view default_text;  ///< read like a given value; empty: none
  std::int64_t minimum;
  std::int64_t maximum;
  std::string_view choices;
  bool is_secret;
  std::string_view doc;  ///< one sentence
};

std::span<const SettingSpec> setting_table();

/// Whether a setting's value must never be printed: those of the table, and Kafka properties that hold
/// passwords, keys or tokens.
bool is_secret_setting(std::string_view path);

/// The table for people: path, default, doc, one block per setting.
std::string setting_reference();

}  // namespace tallymill::processor
