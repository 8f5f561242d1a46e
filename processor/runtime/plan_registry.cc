#include "processor/runtime/plan_registry.h"

#include <array>
#include <map>

#include "topology/plan/lineage.h"
#include "topology/plan/plan_printer.h"

namespace tallymill::processor {

using topology::Error;
using topology::ErrorCode;
using topology::Result;
using topology::Status;

namespace {

constexpr char record_format = 1;
constexpr topology::Duration read_timeout{100'000};

/// Key and member of each part, in the order in which they are written.
struct Part {
  std::string_view key;
  std::string PlanRecord::* text;
};
constexpr std::array<Part, 3> parts = {{{"\1lineage", &PlanRecord::lineage},
                                        {"\1partitions", &PlanRecord::partitions},
                                        {"\1plan", &PlanRecord::plan}}};

Status write_plan_record(const std::string& topic, const PlanRecord& record, TransactionalSink& sink) {
  if (auto status = sink.begin(); !status) return status;
  std::array<std::string, parts.size()> values;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    values[i] = record_format + record.*parts[i].text;
    const OutputRecord output{topic, topology::Partition(0), parts[i].key, values[i], {}};
    if (auto status = sink.produce(output); !status) {
      // Nothing may point to the values any more when they go.
      if (!sink.abort()) (void)sink.recreate();
      return status;
    }
  }
  if (sink.commit() == CommitOutcome::committed) return {};
  const std::optional<Error> cause = sink.commit_failure();
  if (const Status status = sink.recreate(); !status) return status;
  // What nobody but the user can change is said at once; of anything else the topic itself tells whether it counted.
  if (cause && class_of(cause->code) == topology::ErrorClass::configuration) return *cause;
  return {};
}

}  // namespace

PlanRecord PlanRecord::of(const topology::Plan& plan, const PartitionLayout& layout) {
  PlanRecord record{topology::lineage_of(plan), {}, topology::print_plan(plan)};
  std::map<std::string, int> counts;
  for (const TopicPartition& input : layout.inputs()) ++counts[input.topic];
  for (const auto& [topic, count] : counts) record.partitions += topic + " " + std::to_string(count) + "\n";
  return record;
}

Status check_plan(const PlanRecord& stored, const PlanRecord& ours, std::size_t live_members) {
  constexpr std::string_view ways_on =
      "give the topology a new name and let it read everything again, or reset the application";
  if (!stored.lineage.starts_with(topology::row_format_line())) {
    return Error{ErrorCode::plan_differs,
                 "the state under this name was written by a version of Tallymill that stores rows in another format",
                 "run the version that wrote it; or " + std::string(ways_on)};
  }
  if (stored.lineage != ours.lineage) {
    return Error{ErrorCode::plan_differs,
                 "the state under this name was made by another topology; " +
                     topology::first_difference(stored.lineage, ours.lineage),
                 std::string(ways_on)};
  }
  if (stored.partitions != ours.partitions) {
    return Error{ErrorCode::partition_count_changed,
                 "partitions per topic changed since the first start; " +
                     topology::first_difference(stored.partitions, ours.partitions),
                 "keys no longer hash to where their state is: " + std::string(ways_on)};
  }
  if (stored.plan != ours.plan && live_members > 0) {
    return Error{
        ErrorCode::plan_differs,
        "another topology is running under the same name, in " + std::to_string(live_members) + " workers; " +
            topology::first_difference(stored.plan, ours.plan),
        "stop its instances first (a killed one leaves the group when its session ends), or give this "
        "topology another name"};
  }
  return {};
}

Result<std::optional<PlanRecord>> read_plan_record(const topology::Plan& plan, ChangelogReader& changelogs,
                                                   const std::atomic<bool>& stop) {
  const TopicPartition partition{plan.plan_topic(), topology::Partition(0)};
  if (const Status status = changelogs.start(std::span(&partition, 1)); !status) return status.error();
  PlanRecord record;
  std::size_t found = 0;
  while (!changelogs.progress(partition).done() && !stop) {
    const auto records = changelogs.poll(100, read_timeout);
    if (!records) return records.error();
    for (const InputRecord& each : *records) {
      for (const Part& part : parts) {
        if (each.key != part.key) continue;
        if (!each.value || each.value->empty() || each.value->front() != record_format) {
          return Error{ErrorCode::changelog_damaged,
                       "topic \"" + partition.topic + "\" holds a record of an unknown form",
                       "run the version that wrote it, or reset the application"};
        }
        record.*part.text = each.value->substr(1);
        ++found;
      }
    }
  }
  changelogs.stop(partition);
  return found == 0 ? std::nullopt : std::optional(std::move(record));
}

Status register_plan(const topology::Plan& plan, const PartitionLayout& layout,
                     WorkerConnections& connections, const std::atomic<bool>& stop) {
  const PlanRecord ours = PlanRecord::of(plan, layout);
  // What was written counts when it was read: a commit may have failed, or somebody else wrote at the same time.
  constexpr int writes_max = 2;
  for (int attempt = 0; attempt <= writes_max; ++attempt) {
    const auto stored = read_plan_record(plan, *connections.changelogs, stop);
    if (!stored) return stored.error();
    if (stop || *stored == ours) return {};
    if (*stored) {
      const auto members = connections.topics->group_member_count(plan.name);
      if (!members) return members.error();
      const std::size_t live = attempt == 0 ? *members : 1;
      if (auto status = check_plan(**stored, ours, live); !status) return status;
    }
    if (attempt == writes_max) break;
    if (auto status = write_plan_record(plan.plan_topic(), ours, *connections.sink); !status) return status;
  }
  return Error{ErrorCode::broker_unreachable,
               "the plan was written to topic \"" + plan.plan_topic() + "\" " + std::to_string(writes_max) +
                   " times and does not stand there",
               "check that the brokers take transactions, and that this process may write the topic"};
}

}  // namespace tallymill::processor
