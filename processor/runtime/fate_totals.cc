#include "processor/runtime/fate_totals.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <set>

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

template <class Operation>
void combine_images(std::vector<ImageCounts>& to, const std::vector<ImageCounts>& from, Operation operation) {
  if (to.size() < from.size()) to.resize(from.size());
  for (std::size_t i = 0; i < from.size(); ++i) {
    to[i].received = operation(to[i].received, from[i].received);
    combine_each(to[i].by_fate, from[i].by_fate, operation);
  }
}

std::string imbalance_of(const ImageCounts& counts, const std::string& place) {
  const std::uint64_t sum = sum_of(counts.by_fate);
  if (sum == counts.received) return {};
  return "images that came to " + place + " are " + std::to_string(counts.received) +
         ", their fates sum to " + std::to_string(sum);
}

}  // namespace

CountedPlaces CountedPlaces::of(const topology::Plan& plan) {
  std::set<std::string> pipelines;
  for (const topology::SubTopology& sub_topology : plan.sub_topologies) {
    for (const topology::NodePlan& node : sub_topology.nodes) pipelines.insert(node.pipeline);
  }
  CountedPlaces places;
  places.pipelines.assign(pipelines.begin(), pipelines.end());
  for (const std::string& pipeline : places.pipelines) {
    for (const topology::SubTopology& sub_topology : plan.sub_topologies) {
      for (const topology::NodePlan& node : sub_topology.nodes) {
        if (node.pipeline != pipeline) continue;
        for (const std::string& step : node.counted_as) {
          // A pipeline that reads several streams has each of its nodes once per stream.
          if (!places.find(pipeline, step)) places.steps.push_back({pipeline, step});
        }
      }
    }
  }
  return places;
}

std::optional<std::size_t> CountedPlaces::find(std::string_view pipeline) const {
  const auto found = std::find(pipelines.begin(), pipelines.end(), pipeline);
  if (found == pipelines.end()) return std::nullopt;
  return static_cast<std::size_t>(found - pipelines.begin());
}

std::optional<std::size_t> CountedPlaces::find(std::string_view pipeline, std::string_view step) const {
  const auto found = std::find_if(steps.begin(), steps.end(), [&](const Step& each) {
    return each.pipeline == pipeline && each.step == step;
  });
  if (found == steps.end()) return std::nullopt;
  return static_cast<std::size_t>(found - steps.begin());
}

FateTotals FateTotals::for_places(const CountedPlaces& places) {
  FateTotals totals;
  totals.pipelines.resize(places.pipelines.size());
  totals.steps.resize(places.steps.size());
  return totals;
}

void FateTotals::add(const FateTotals& other) { combine(other, std::plus<>()); }

FateTotals FateTotals::since(const FateTotals& earlier) const {
  FateTotals result = *this;
  result.combine(earlier, std::minus<>());
  return result;
}

template <class Operation>
void FateTotals::combine(const FateTotals& other, Operation operation) {
  read = operation(read, other.read);
  combine_each(records, other.records, operation);
  combine_each(observations, other.observations, operation);
  combine_images(pipelines, other.pipelines, operation);
  combine_images(steps, other.steps, operation);
}

std::string FateTotals::imbalance(const CountedPlaces& places) const {
  if (const std::uint64_t sum = sum_of(records); sum != read) {
    return "records read are " + std::to_string(read) + ", their fates sum to " + std::to_string(sum);
  }
  for (std::size_t i = 0; i < pipelines.size(); ++i) {
    if (auto text = imbalance_of(pipelines[i], "pipeline " + places.pipelines[i]); !text.empty()) return text;
  }
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const CountedPlaces::Step& step = places.steps[i];
    if (auto text = imbalance_of(steps[i], "step " + step.pipeline + "." + step.step); !text.empty())
      return text;
  }
  return {};
}

}  // namespace tallymill::processor
