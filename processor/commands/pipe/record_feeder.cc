#include "processor/commands/pipe/record_feeder.h"

#include <algorithm>

#include "processor/commands/commands.h"

namespace tallymill::processor {

using topology::Error;
using topology::ErrorCode;
using topology::Offset;
using topology::Partition;
using topology::Status;

namespace {

/// Topics that no source reads are counted one by one up to so many.
constexpr std::size_t skipped_topics_max = 1'000;
constexpr std::string_view other_topics = "(further topics)";

}  // namespace

std::string to_text(const InputPlace& place) { return *place.input + " line " + std::to_string(place.line); }

RecordFeeder::RecordFeeder(const topology::Plan& plan, LocalEngine& engine,
                           const std::map<std::string, std::int32_t>& partitions)
    : reader_(KnownNames::of(plan)) {
  for (const topology::SourcePlan& source : plan.sources) {
    for (const std::string& name : source.declaration.topics) {
      Topic topic{RecordPlacement(source, partitions.at(name)), !source.primary_key.empty(), {}, {}};
      for (std::int32_t p = 0; p < topic.placement.partitions(); ++p)
        topic.partitions.push_back({&engine.input({name, Partition(p)}), {}});
      topics_.emplace(name, std::move(topic));
    }
  }
}

Status RecordFeeder::check_place(const RecordLine& line, Topic& topic) const {
  const std::int32_t partitions = topic.placement.partitions();
  if (line.partition && *line.partition >= partitions) {
    const bool is_possible = *line.partition < partitions_max;
    return Error{ErrorCode::usage,
                 "the record is of partition " + std::to_string(*line.partition) + ", and the topic has " +
                     std::to_string(partitions),
                 is_possible ? "say --partitions " + std::to_string(*line.partition + 1) +
                                   " or more: the number that the topic has"
                             : "there can be " + std::to_string(partitions_max) + " at most"};
  }
  // What has neither key nor value says nothing of any row.
  if (partitions == 1 || !topic.has_rows || (!line.key && !line.value)) return {};
  const Placing placing = line.partition ? Placing::by_partition
                          : line.has_key ? Placing::by_key
                                         : Placing::by_row;
  if (!topic.placing) topic.placing = placing;
  if (*topic.placing == placing) return {};
  constexpr std::string_view said[] = {"its partition", "its key and no partition",
                                       "neither key nor partition"};
  return Error{ErrorCode::malformed_record,
               "the line says " + std::string(said[static_cast<std::size_t>(placing)]) +
                   ", and the first of its topic said " +
                   std::string(said[static_cast<std::size_t>(*topic.placing)]) +
                   ": changes of one row could part into two partitions",
               "give all lines of a topic in one form, or say --partitions 1 where none says its partition"};
}

Status RecordFeeder::feed(std::string_view text, std::size_t readable_behind, const InputPlace& place) {
  const auto line = reader_.read(text, readable_behind);
  if (!line) return line.error();
  if (!line->topic && topics_.size() > 1) {
    return Error{ErrorCode::usage, "the line names no topic, and the topology reads several",
                 "wrap it: {\"topic\":..,\"key\":..,\"value\":..}; kcat -J and rpk print lines with a topic"};
  }
  const auto found = line->topic ? topics_.find(*line->topic) : topics_.begin();
  if (found == topics_.end()) {
    const bool is_counted = skipped_.size() < skipped_topics_max || skipped_.contains(*line->topic);
    ++skipped_[std::string(is_counted ? *line->topic : other_topics)];
    return {};
  }
  Topic& topic = found->second;
  if (auto status = check_place(*line, topic); !status) return status;
  LocalRecord record;
  if (line->key) record.key = std::string(*line->key);
  if (line->value) record.value = std::string(*line->value);
  record.timestamp_ms = line->timestamp_ms.value_or(-1);
  const Partition partition = topic.placement.place(record, line->has_key, line->partition);
  Log& log = topic.partitions[static_cast<std::size_t>(partition.value)];
  if (line->offset && Offset(*line->offset) < log.log->end_offset()) {
    return Error{ErrorCode::malformed_record,
                 "offset " + std::to_string(*line->offset) + " of partition " +
                     std::to_string(partition.value) + " comes behind " +
                     std::to_string(log.log->end_offset().value - 1),
                 "a partition's offsets only go up; leave `offset` out to have records numbered here"};
  }
  const Offset offset =
      log.log->append(std::move(record), line->offset ? std::optional(Offset(*line->offset)) : std::nullopt);
  log.places.emplace_back(offset.value, place);
  ++topic.taken;
  ++taken_;
  return {};
}

std::optional<InputPlace> RecordFeeder::place_of(std::string_view topic, std::int32_t partition,
                                                 std::int64_t offset) const {
  const auto found = topics_.find(topic);
  if (found == topics_.end() || partition < 0 || partition >= found->second.placement.partitions())
    return std::nullopt;
  const auto& places = found->second.partitions[static_cast<std::size_t>(partition)].places;
  const auto place =
      std::lower_bound(places.begin(), places.end(), offset,
                       [](const auto& each, std::int64_t wanted) { return each.first < wanted; });
  if (place == places.end() || place->first != offset) return std::nullopt;
  return place->second;
}

void RecordFeeder::forget_places() {
  for (auto& [name, topic] : topics_) {
    for (Log& log : topic.partitions) log.places.clear();
  }
}

std::vector<std::string> RecordFeeder::unseen_topics() const {
  std::vector<std::string> topics;
  for (const auto& [name, topic] : topics_) {
    if (topic.taken == 0) topics.push_back(name);
  }
  return topics;
}

}  // namespace tallymill::processor
