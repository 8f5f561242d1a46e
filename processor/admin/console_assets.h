#pragma once

#include <string_view>

namespace tallymill::processor {

/// A file of processor/admin/console, as embed_console.cmake puts it into the binary.
struct ConsoleAsset {
  std::string_view path;  ///< where it is served, such as "/console/chart.js"
  std::string_view content_type;
  std::string_view body;
};

/// Null if there is none at that path.
const ConsoleAsset* find_console_asset(std::string_view path);

}  // namespace tallymill::processor
