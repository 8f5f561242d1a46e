#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "processor/settings/setting_table.h"
#include "topology/base/result.h"

namespace tallymill::processor {

/// A setting's value in the form that its kind says; the others are empty.
struct SettingValue {
  std::string text;               ///< text, choice; of an address the host
  std::vector<std::string> list;  ///< text_list
  std::int64_t number = 0;        ///< integer; boolean as 0 and 1; of an address the port
  std::int64_t duration_us = 0;   ///< duration
};

/// Reads `text` as the setting's kind. Error: invalid_value; its message holds the text unless the setting is
/// secret, and no place.
topology::Result<SettingValue> parse_setting(const SettingSpec& spec, std::string_view text);

}  // namespace tallymill::processor
