#include "tests/simulation/outcome.h"

#include <algorithm>

#include "ops/fate.h"
#include "processor/runtime/task_metadata.h"
#include "processor/state/changelog.h"

namespace tallymill::simulation {

using processor::LocalLog;
using processor::LocalRecord;
using processor::PartitionLayout;
using processor::TaskId;
using processor::TaskProgress;
using processor::TopicPartition;
using topology::Offset;
using topology::SubTopologyIndex;

namespace {

template <class Visit>
void visit_visible(const LocalLog& log, Visit visit) {
  const Offset end = log.last_stable_offset();
  for (const LocalLog::Entry* entry = log.first_from(log.begin_offset());
       entry != nullptr && entry->offset < end; entry = log.first_from(Offset(entry->offset.value + 1))) {
    if (log.is_visible(entry->record)) visit(entry->record);
  }
}

std::string header_of(const LocalRecord& record, std::string_view name) {
  for (const auto& [each, value] : record.headers) {
    if (each == name) return value;
  }
  return "?";
}

std::string dead_letter_text(const LocalRecord& record) {
  return header_of(record, "tallymill.reason") + " " + header_of(record, "tallymill.step") + " " +
         header_of(record, "tallymill.topic") + "/" + header_of(record, "tallymill.partition") + "@" +
         header_of(record, "tallymill.offset");
}

std::string name_of(const TopicPartition& partition) {
  return partition.topic + "/" + std::to_string(partition.partition.value);
}

/// Reads a run's traces.
class OutcomeReader {
 public:
  OutcomeReader(processor::LocalBroker& broker, const topology::Plan& plan, const PartitionLayout& layout,
                std::vector<std::string>& problems)
      : broker_(broker), plan_(plan), layout_(layout), problems_(problems) {}

  Outcome read() {
    auto topics = plan_.sink_topics();
    topics.push_back(plan_.late_topic);
    topics.push_back(plan_.dead_letter_topic);
    for (const std::string& topic : topics) {
      for (std::int32_t p = 0; p < layout_.partition_count(topic); ++p) {
        read_topic({topic, topology::Partition(p)});
      }
    }
    for (auto& [topic, records] : outcome_.facts) std::sort(records.begin(), records.end());
    for (const TopicPartition& input : layout_.inputs()) read_progress(input);
    for (const auto& [task, progress] : progress_) check_task(task, progress);
    return std::move(outcome_);
  }

 private:
  void read_topic(const TopicPartition& partition) {
    const LocalLog& log = broker_.log(partition);
    if (log.last_stable_offset() != log.end_offset())
      problems_.push_back(name_of(partition) + " ends with an open transaction");
    visit_visible(log, [&](const LocalRecord& record) {
      if (partition.topic == plan_.dead_letter_topic) {
        outcome_.facts[partition.topic].push_back(dead_letter_text(record));
      } else if (!record.key) {
        outcome_.facts[partition.topic].push_back(record.value.value_or("a tombstone"));
      } else {
        outcome_.values[partition.topic][*record.key].push_back(record.value);
      }
    });
  }

  /// A task that never committed has none.
  void read_progress(const TopicPartition& input) {
    const TaskId task = *layout_.task_of(input);
    const TopicPartition* changelog = layout_.changelog_of(task);
    std::optional<std::string> metadata;
    visit_visible(broker_.log(*changelog), [&](const LocalRecord& record) {
      if (record.key == processor::metadata_changelog_key()) metadata = record.value;
    });
    const auto group = std::as_const(broker_).committed(input);
    if (metadata.has_value() != group.has_value())
      return problems_.push_back(name_of(input) + ": only one of changelog and group knows the task");
    if (!metadata) return;
    auto progress = processor::read_task_metadata(*metadata, layout_.counted_places());
    if (!progress) return problems_.push_back(name_of(input) + ": " + progress.error().message);
    if (progress->next_offset != *group)
      problems_.push_back(name_of(input) + ": state and offsets are not of one transaction");
    progress_[task] = std::move(*progress);
  }

  void check_task(TaskId task, const TaskProgress& progress) {
    const std::string name = name_of(layout_.input_of(task));
    if (const std::string text = progress.fates.imbalance(layout_.counted_places()); !text.empty())
      problems_.push_back(name + ": " + text);
    check_hops(task, progress, name);
    if (progress.fates.read > 0) outcome_.fates[name] = fates_of(progress);
  }

  /// What was sent through an exchange must have arrived.
  void check_hops(TaskId task, const TaskProgress& progress, const std::string& name) {
    std::uint16_t hop = 0;
    for (const topology::NodePlan& node : plan_.sub_topologies[task.sub_topology.value].nodes) {
      if (!node.exchange) continue;
      const auto& partitions = progress.hops[hop];
      for (std::uint32_t p = 0; p < partitions.size(); ++p) {
        const TaskProgress& target = progress_[{node.exchange->target, p}];
        const auto lane = target.upstream.find({task, hop});
        const std::uint64_t received = lane == target.upstream.end() ? 0 : lane->second.received_total;
        if (received == partitions[p].sent_total) continue;
        problems_.push_back(name + " sent " + std::to_string(partitions[p].sent_total) + " partials to " +
                            node.exchange->topic + "/" + std::to_string(p) + ", which received " +
                            std::to_string(received));
      }
      ++hop;
    }
  }

  PartitionFates fates_of(const TaskProgress& progress) const {
    PartitionFates fates;
    fates.read = progress.fates.read;
    for (std::size_t i = 0; i < ops::record_fate_count; ++i) {
      if (const std::uint64_t count = progress.fates.records[i]; count > 0)
        fates.records[std::string(ops::name_of(static_cast<ops::RecordFate>(i)))] = count;
    }
    for (std::size_t p = 0; p < progress.fates.pipelines.size(); ++p) {
      const processor::ImageCounts& images = progress.fates.pipelines[p];
      if (images.received == 0) continue;
      auto& counts = fates.pipelines[layout_.counted_places().pipelines[p]];
      counts["entered"] = images.received;
      for (std::size_t i = 0; i < ops::image_fate_count; ++i) {
        if (images.by_fate[i] > 0)
          counts[std::string(ops::name_of(static_cast<ops::ImageFate>(i)))] = images.by_fate[i];
      }
    }
    return fates;
  }

  processor::LocalBroker& broker_;
  const topology::Plan& plan_;
  const PartitionLayout& layout_;
  std::vector<std::string>& problems_;
  std::map<TaskId, TaskProgress> progress_;
  Outcome outcome_;
};

std::string shown(const std::optional<std::string>& value) { return value.value_or("nothing"); }

std::optional<std::string> last_of(const std::map<std::string, Outcome::Values>& topic,
                                   const std::string& key) {
  const auto found = topic.find(key);
  return found == topic.end() || found->second.empty() ? std::nullopt : found->second.back();
}

const std::map<std::string, Outcome::Values>& topic_of(const Outcome& outcome, const std::string& topic) {
  static const std::map<std::string, Outcome::Values> none;
  const auto found = outcome.values.find(topic);
  return found == outcome.values.end() ? none : found->second;
}

void compare_values(const Outcome& run, const Outcome& wanted, const std::string& topic,
                    const std::string& of, std::vector<std::string>& found) {
  std::map<std::string, bool> keys;
  for (const Outcome* each : {&run, &wanted}) {
    for (const auto& [key, values] : topic_of(*each, topic)) keys[key] = true;
  }
  for (const auto& [key, seen] : keys) {
    const auto has = last_of(topic_of(run, topic), key);
    const auto should = last_of(topic_of(wanted, topic), key);
    if (has != should)
      found.push_back(of + ": " + topic + " " + key + " is " + shown(has) + ", not " + shown(should));
  }
}

void compare_facts(const Outcome& run, const Outcome& wanted, const std::string& topic, const std::string& of,
                   std::vector<std::string>& found) {
  const auto records = [&](const Outcome& outcome) {
    const auto entry = outcome.facts.find(topic);
    return entry == outcome.facts.end() ? std::vector<std::string>() : entry->second;
  };
  const auto has = records(run);
  const auto should = records(wanted);
  std::vector<std::string> only;
  std::set_difference(has.begin(), has.end(), should.begin(), should.end(), std::back_inserter(only));
  for (const std::string& each : only) found.push_back(of + ": too much in " + topic + ": " + each);
  only.clear();
  std::set_difference(should.begin(), should.end(), has.begin(), has.end(), std::back_inserter(only));
  for (const std::string& each : only) found.push_back(of + ": missing in " + topic + ": " + each);
}

std::string text_of(const PartitionFates& fates) {
  std::string text = "read " + std::to_string(fates.read);
  for (const auto& [fate, count] : fates.records) text += ", " + fate + " " + std::to_string(count);
  for (const auto& [pipeline, halves] : fates.pipelines) {
    text += "; " + pipeline;
    for (const auto& [fate, count] : halves) text += " " + fate + " " + std::to_string(count);
  }
  return text;
}

}  // namespace

Outcome read_outcome(processor::LocalBroker& broker, const topology::Plan& plan,
                     const PartitionLayout& layout, std::vector<std::string>& problems) {
  return OutcomeReader(broker, plan, layout, problems).read();
}

std::vector<std::string> differences(const Outcome& run, const Outcome& wanted, const std::string& of) {
  std::vector<std::string> found;
  std::map<std::string, bool> topics;
  std::map<std::string, bool> facts;
  std::map<std::string, bool> partitions;
  for (const Outcome* each : {&run, &wanted}) {
    for (const auto& [topic, values] : each->values) topics[topic] = true;
    for (const auto& [topic, values] : each->facts) facts[topic] = true;
    for (const auto& [partition, fates] : each->fates) partitions[partition] = true;
  }
  for (const auto& [topic, seen] : topics) compare_values(run, wanted, topic, of, found);
  for (const auto& [topic, seen] : facts) compare_facts(run, wanted, topic, of, found);
  for (const auto& [partition, seen] : partitions) {
    const auto fates_of = [&](const Outcome& outcome) {
      const auto entry = outcome.fates.find(partition);
      return entry == outcome.fates.end() ? std::string("nothing") : text_of(entry->second);
    };
    const std::string has = fates_of(run);
    const std::string should = fates_of(wanted);
    if (has != should) found.push_back(of + ": fates of " + partition + " are " + has + ", not " + should);
  }
  return found;
}

std::vector<std::string> values_out_of_order(const Outcome& run, const Outcome& truth,
                                             const std::string& topic) {
  std::vector<std::string> found;
  for (const auto& [key, visible] : topic_of(run, topic)) {
    const auto entry = topic_of(truth, topic).find(key);
    if (entry == topic_of(truth, topic).end()) {
      found.push_back("no row ever had the key " + key + " of " + topic);
      continue;
    }
    auto next = entry->second.begin();
    for (const auto& value : visible) {
      next = std::find(next, entry->second.end(), value);
      if (next == entry->second.end()) {
        found.push_back(topic + " " + key + " showed " + shown(value) + ", which it did not have then");
        break;
      }
      ++next;
    }
  }
  return found;
}

}  // namespace tallymill::simulation
