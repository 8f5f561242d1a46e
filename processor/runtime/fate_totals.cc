#include "processor/runtime/fate_totals.h"

#include <numeric>

namespace tallymill::processor {
namespace {

template <class Array>
std::uint64_t sum_of(const Array& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

template <class Array>
void add_each(Array& to, const Array& from) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += from[i];
}

}  // namespace

void FateTotals::add(const FateTotals& other) {
  read += other.read;
  derived_dead += other.derived_dead;
  add_each(records, other.records);
  add_each(observations, other.observations);
  if (pipelines.size() < other.pipelines.size()) pipelines.resize(other.pipelines.size());
  for (std::size_t i = 0; i < other.pipelines.size(); ++i) {
    pipelines[i].entered += other.pipelines[i].entered;
    add_each(pipelines[i].by_fate, other.pipelines[i].by_fate);
  }
}

std::string FateTotals::imbalance(const std::vector<std::string>& pipeline_names) const {
  if (const std::uint64_t sum = sum_of(records); sum != read) {
    return "records read are " + std::to_string(read) + ", their fates sum to " + std::to_string(sum);
  }
  for (std::size_t i = 0; i < pipelines.size(); ++i) {
    const std::uint64_t sum = sum_of(pipelines[i].by_fate);
    if (sum == pipelines[i].entered) continue;
    return "halves that entered pipeline " + pipeline_names[i] + " are " +
           std::to_string(pipelines[i].entered) + ", their fates sum to " + std::to_string(sum);
  }
  return {};
}

}  // namespace tallymill::processor
