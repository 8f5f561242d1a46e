#include "processor/admin/counts_json.h"

#include <algorithm>
#include <optional>

#include "ops/fate.h"
#include "processor/admin/time_json.h"

namespace tallymill::processor {

namespace {

/// `"field":{"applied":9,...}`; `Kind` is the enumeration whose members the counts stand for.
template <class Kind, class Counts>
void write_by_kind(JsonWriter& json, std::string_view field, const Counts& counts) {
  json.name(field).open('{');
  for (std::size_t i = 0; i < counts.size(); ++i) json.name(name_of(static_cast<Kind>(i))).number(counts[i]);
  json.close('}');
}

/// Offsets that the tasks of each sub-topology have still to pass; nothing where no end is known.
std::vector<std::optional<std::int64_t>> lags_of(const WorkerReport& sum) {
  std::vector<std::optional<std::int64_t>> lags(sum.sub_topologies.size());
  for (const TaskReport& task : sum.tasks) {
    if (!task.end_offset) continue;
    std::optional<std::int64_t>& lag = lags[task.id.sub_topology.value];
    lag = lag.value_or(0) + std::max<std::int64_t>(0, task.end_offset->value - task.next_offset.value);
  }
  return lags;
}

void write_sub_topologies(const topology::Plan& plan, const WorkerReport& sum, JsonWriter& json) {
  const auto lags = lags_of(sum);
  json.name("sub_topologies").open('[');
  for (std::size_t i = 0; i < plan.sub_topologies.size(); ++i) {
    const SubTopologyCounters& counters = sum.sub_topologies[i];
    json.open('{').name("name").text(plan.sub_topologies[i].name);
    json.name("consumed_records").number(counters.consumed_records);
    json.name("consumed_bytes").number(counters.consumed_bytes).name("lag_records");
    lags[i] ? json.number(*lags[i]) : json.null();
    if (plan.sub_topologies[i].source) {
      write_by_kind<ops::RecordFate>(json, "fates", counters.fates.records);
      write_by_kind<ops::Observation>(json, "observations", counters.fates.observations);
    }
    json.name("nodes").open('[');
    for (const NodeCounts& node : counters.nodes) {
      json.open('{').name("received").number(node.received).name("emitted").number(node.emitted).close('}');
    }
    json.close(']').close('}');
  }
  json.close(']');
}

/// Name, images and fates, into the object that is open.
void write_images(std::string_view name, const ImageCounts& counts, JsonWriter& json) {
  json.name("name").text(name).name("images").number(counts.received);
  write_by_kind<ops::ImageFate>(json, "fates", counts.by_fate);
}

void write_pipelines(const topology::Plan& plan, const WorkerReport& sum, JsonWriter& json) {
  const CountedPlaces places = CountedPlaces::of(plan);
  FateTotals all = FateTotals::for_places(places);
  for (const SubTopologyCounters& counters : sum.sub_topologies) all.add(counters.fates);
  json.name("pipelines").open('[');
  for (std::size_t i = 0; i < places.pipelines.size(); ++i) {
    json.open('{');
    write_images(places.pipelines[i], all.pipelines[i], json);
    json.name("steps").open('[');
    for (std::size_t k = 0; k < places.steps.size(); ++k) {
      if (places.steps[k].pipeline != places.pipelines[i]) continue;
      json.open('{');
      write_images(places.steps[k].step, all.steps[k], json);
      json.close('}');
    }
    json.close(']').close('}');
  }
  json.close(']');
}

}  // namespace

void write_counts(const topology::Plan& plan, const WorkerReport& sum, topology::EventTime now,
                  JsonWriter& json) {
  json.name("counts").open('{');
  write_time(json, "at", now);
  write_sub_topologies(plan, sum, json);
  write_pipelines(plan, sum, json);
  json.name("produced_records").open('{');
  for (const auto& [topic, records] : sum.produced_records) json.name(topic).number(records);
  json.close('}');
  json.close('}');
}

}  // namespace tallymill::processor
