#include "topology/plan/stream_shape.h"

#include <algorithm>

namespace tallymill::topology {

std::string lost_currency(const std::string& column) { return "(lost) " + column; }

std::optional<std::vector<std::size_t>> projected_columns(
    const std::vector<std::size_t>& columns, const std::vector<std::optional<std::size_t>>& sources) {
  std::vector<std::size_t> result;
  for (const std::size_t column : columns) {
    const auto position = std::find(sources.begin(), sources.end(), std::optional<std::size_t>(column));
    if (position == sources.end()) return std::nullopt;
    result.push_back(static_cast<std::size_t>(position - sources.begin()));
  }
  return result;
}

}  // namespace tallymill::topology
