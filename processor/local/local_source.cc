#include "processor/local/local_source.h"

#include <algorithm>
#include <iterator>

#include "topology/base/invariant.h"

namespace tallymill::processor {

using topology::Error;
using topology::ErrorCode;
using topology::Offset;
using topology::Result;
using topology::Status;

Status LocalSource::subscribe(const std::vector<std::string>& topics, AssignmentListener& listener) {
  listener_ = &listener;
  return broker_.subscribe(topics);
}

void LocalSource::give_up(const std::vector<TopicPartition>& partitions, bool lost) {
  if (partitions.empty()) return;
  listener_->revoked(partitions, lost);
  for (const TopicPartition& partition : partitions) {
    positions_.erase(partition);
    broker_.release(member_, partition);
  }
}

void LocalSource::reconcile() {
  if (!broker_.is_member(member_)) {
    // The session timed out: what was assigned belongs to others, and the member joins anew.
    std::vector<TopicPartition> lost;
    for (const auto& [partition, position] : positions_) lost.push_back(partition);
    give_up(lost, true);
    member_ = broker_.join();
  }
  const auto target = broker_.target(member_);
  std::vector<TopicPartition> revoked;
  for (const auto& [partition, position] : positions_) {
    if (std::find(target.begin(), target.end(), partition) == target.end()) revoked.push_back(partition);
  }
  give_up(revoked, false);
  if (!broker_.is_member(member_)) return;
  std::vector<TopicPartition> assigned;
  for (const TopicPartition& partition : target) {
    if (positions_.contains(partition) || !broker_.claim(member_, partition)) continue;
    assigned.push_back(partition);
    positions_[partition] = std::nullopt;
  }
  if (!assigned.empty()) listener_->assigned(assigned);
}

Result<std::span<const InputRecord>> LocalSource::poll(std::size_t records_max, topology::Duration) {
  INVARIANT(listener_ != nullptr, "a source was polled before it was subscribed");
  reconcile();
  batch_.clear();
  // The group can go on without the member while it commits what it gives up; it joins anew with the next
  // poll.
  if (positions_.empty() || !broker_.is_member(member_)) return std::span<const InputRecord>();
  next_partition_ = (next_partition_ + 1) % positions_.size();
  auto entry = std::next(positions_.begin(), static_cast<std::ptrdiff_t>(next_partition_));
  for (std::size_t i = 0; i < positions_.size() && batch_.size() < records_max; ++i) {
    if (entry->second) {
      if (const Status status = read(entry->first, *entry->second, records_max); !status)
        return status.error();
    }
    if (++entry == positions_.end()) entry = positions_.begin();
  }
  return std::span<const InputRecord>(batch_);
}

Status LocalSource::read(const TopicPartition& partition, Offset& position, std::size_t records_max) {
  const LocalLog& log = broker_.log(partition);
  if (position < log.begin_offset()) return offset_out_of_log(partition, position, log.begin_offset());
  const Offset end = log.last_stable_offset();
  while (batch_.size() < records_max) {
    const LocalLog::Entry* entry = log.first_from(position);
    if (entry == nullptr || entry->offset >= end) {
      position = std::max(position, end);
      return {};
    }
    position = Offset(entry->offset.value + 1);
    const LocalRecord* record = &entry->record;
    if (!log.is_visible(*record)) continue;
    InputRecord& input = batch_.emplace_back();
    input.from = &partition;
    input.offset = entry->offset;
    input.timestamp_ms = record->timestamp_ms;
    input.key = record->key;
    input.value = record->value;
  }
  return {};
}

Status LocalSource::resume(const TopicPartition& partition, Offset offset) {
  const auto found = positions_.find(partition);
  INVARIANT(found != positions_.end(), "a partition was resumed that is not assigned");
  found->second = offset;
  return {};
}

Status LocalSource::pause(const TopicPartition& partition) {
  const auto found = positions_.find(partition);
  INVARIANT(found != positions_.end(), "a partition was paused that is not assigned");
  found->second.reset();
  return {};
}

Status LocalSource::seek(std::span<const std::pair<TopicPartition, Offset>> positions) {
  for (const auto& [partition, offset] : positions) {
    if (auto status = resume(partition, offset); !status) return status;
  }
  return {};
}

Result<std::vector<std::optional<Offset>>> LocalSource::committed(
    std::span<const TopicPartition> partitions) {
  return broker_.committed(partitions);
}

std::optional<Offset> LocalSource::position(const TopicPartition& partition) {
  const auto found = positions_.find(partition);
  return found == positions_.end() ? std::nullopt : found->second;
}

GroupMetadata LocalSource::group_metadata() {
  if (!broker_.is_member(member_)) return {"local", "", -1, true};
  return {"local", member_, broker_.generation(), false};
}

void LocalSource::close() {
  std::vector<TopicPartition> revoked;
  for (const auto& [partition, position] : positions_) revoked.push_back(partition);
  give_up(revoked, !broker_.is_member(member_));
  broker_.leave(member_);
}

}  // namespace tallymill::processor
