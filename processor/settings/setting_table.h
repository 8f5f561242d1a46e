#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "processor/engine_settings.h"
#include "topology/spec/field_spec.h"

namespace tallymill::processor {

enum class SettingType : std::uint8_t {
  text,        ///< without control characters
  folders,     ///< absolute paths: a YAML list; in the environment and in --set one text with commas
  integer,     ///< within the bounds
  duration,    ///< "100ms", "10s"; bounds in microseconds
  boolean,     ///< true or false
  choice,      ///< one of `choices`
  address,     ///< HOST:PORT, of IPv6 [HOST]:PORT
  addresses,   ///< of these a YAML list; in the environment and in --set one text with commas
  properties,  ///< PATH.NAME for any name: Kafka's own words, checked by those who know them
};

/// A setting's value in the alternative that its type says: text and choice as std::string.
using SettingValue = std::variant<std::string, std::vector<std::string>, std::int64_t, topology::Duration,
                                  bool, ListenerSettings, std::vector<ListenerSettings>>;

/// Both ends belong to it.
struct SettingBounds {
  std::int64_t minimum = 0;
  std::int64_t maximum = std::numeric_limits<std::int64_t>::max();
};

/// One setting, declared once: reader, errors, names of variables and reference are generic over the table.
struct SettingSpec {
  std::string_view path;  ///< dotted, as in --set; the levels of the engine file
  SettingType type;
  std::string_view default_text = {};  ///< read like a given value; empty: none, and `doc` says what then is
  SettingBounds bounds = {};
  std::span<const topology::Choice> choices = {};
  bool is_secret = false;
  std::string_view doc;  ///< one sentence
  /// Puts the value where it belongs; null for properties and for what only the reader itself needs.
  void (*assign)(const SettingValue& value, EngineSettings& settings) = nullptr;
};

std::span<const SettingSpec> setting_table();

/// The row of a path; for PATH.NAME of properties the row of PATH. Null if there is none.
const SettingSpec* find_setting(std::string_view path);

/// Whether a Kafka client's property may hold a password, a private key or a token. Decided by its name, so
/// that one that a later librdkafka brings is hidden too.
bool is_secret_kafka_property(std::string_view name);

/// Whether a setting's value must never be printed.
bool is_secret_setting(std::string_view path);

/// The variable that sets a path, such as TALLYMILL_KAFKA__BOOTSTRAP_SERVERS for kafka.bootstrap.servers:
/// capitals, `__` between levels; within the name of a property `_` stands for a dot and `__` for `_`.
std::string variable_of(std::string_view path);
/// The path that a variable sets; empty if it sets none.
std::string path_of_variable(std::string_view variable);
inline constexpr std::string_view variable_prefix = "TALLYMILL_";

/// The whole table for people: of each setting its path, default, bounds, choices, doc and variable.
std::string setting_reference();

}  // namespace tallymill::processor
