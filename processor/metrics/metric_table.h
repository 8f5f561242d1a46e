#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tallymill::processor {

enum class MetricType : std::uint8_t { counter, gauge, histogram };

/// One metric, described once: the collector, its tests and the documentation use this table.
struct MetricSpec {
  std::string_view name;
  MetricType type;
  std::string_view labels;  ///< beside `topology`, separated by blanks; never a key, an offset or anything
                            ///< else without bound
  std::string_view help;
};

std::span<const MetricSpec> metric_table();
/// The whole table in Markdown, for people. Each metric has the label `topology` beside those listed.
std::string metric_reference();
/// The name must be in the table.
const MetricSpec& metric_spec(std::string_view name);

}  // namespace tallymill::processor
