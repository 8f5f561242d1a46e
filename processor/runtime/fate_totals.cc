#include "processor/runtime/fate_totals.h"

#include <functional>
#include <numeric>

namespace tallymill::processor {
namespace {

template <class Array>
std::uint64_t sum_of(const Array& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

template <class Array, class Operation>
void combine_each(Array& to, const Array& from, Operation operation) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] = operation(to[i], from[i]);
}

}  // namespace

void FateTotals::add(const FateTotals& other) { combine(other, std::plus<>()); }

FateTotals FateTotals::since(const FateTotals& earlier) const {
  FateTotals result = *this;
  result.combine(earlier, std::minus<>());
  return result;
}

template <class Operation>
void FateTotals::combine(const FateTotals& other, Operation operation) {
  read = operation(read, other.read);
  derived_dead = operation(derived_dead, other.derived_dead);
  combine_each(records, other.records, operation);
  combine_each(observations, other.observations, operation);
  if (pipelines.size() < other.pipelines.size()) pipelines.resize(other.pipelines.size());
  for (std::size_t i = 0; i < other.pipelines.size(); ++i) {
    pipelines[i].entered = operation(pipelines[i].entered, other.pipelines[i].entered);
    combine_each(pipelines[i].by_fate, other.pipelines[i].by_fate, operation);
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
