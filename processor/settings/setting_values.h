#pragma once

#include <optional>
#include <string>

#include "processor/settings/setting_table.h"
#include "topology/spec/diagnostics.h"
#include "topology/spec/yaml_reader.h"

namespace tallymill::processor {

/// Reads a setting's value, with `${..}` replaced already, as its type and within its bounds. All that is
/// wrong is added to the diagnostics, with the value only if it is not `hidden`; then nothing is returned.
std::optional<SettingValue> read_setting_value(const SettingSpec& spec, const topology::YamlNode& node,
                                               bool hidden, topology::Diagnostics& diagnostics);

/// Reads PATH.NAME of properties: a scalar, or a list of scalars as one text with commas, such as brokers.
std::optional<std::string> read_property_value(const std::string& path, const topology::YamlNode& node,
                                               topology::Diagnostics& diagnostics);

}  // namespace tallymill::processor
