#include "topology/plan/stream_shape.h"

#include <algorithm>

namespace tallymill::topology {

Currency projected_currency(const Currency& currency, const RowType& input,
                            const std::vector<std::optional<std::size_t>>& sources,
                            const std::vector<std::string>& names) {
  if (currency.kind != Currency::Kind::column) return currency;
  const auto old = input.find(currency.name);
  const auto kept = old ? std::find(sources.begin(), sources.end(), old) : sources.end();
  if (kept == sources.end()) return {Currency::Kind::unknown, currency.name};
  return {Currency::Kind::column, names[static_cast<std::size_t>(kept - sources.begin())]};
}

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
