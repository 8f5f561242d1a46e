#include "processor/local/local_source.h"

#include <algorithm>
#include <iterator>

#include "topology/base/invariant.h"

namespace tallymill::processor {

void LocalSource::reconcile() {
  const auto target = broker_.target(member_);
  std::vector<TopicPartition> revoked;
  for (const auto& [partition, position] : positions_) {
    if (std::find(target.begin(), target.end(), partition) == target.end()) revoked.push_back(partition);
  }
  if (!revoked.empty()) {
    listener_->revoked(revoked, false);
    for (const TopicPartition& partition : revoked) {
      positions_.erase(partition);
      broker_.release(member_, partition);
    }
  }
  std::vector<TopicPartition> assigned;
  for (const TopicPartition& partition : target) {
    if (!positions_.contains(partition) && broker_.claim(member_, partition)) assigned.push_back(partition);
  }
  if (assigned.empty()) return;
  const auto offsets = listener_->assigned(assigned);
  for (std::size_t i = 0; i < assigned.size(); ++i) positions_[assigned[i]] = offsets[i];
}

std::span<const InputRecord> LocalSource::poll(std::size_t records_max, topology::Duration) {
  INVARIANT(listener_ != nullptr, "a source was polled before its worker was attached");
  reconcile();
  batch_.clear();
  if (positions_.empty()) return batch_;
  next_partition_ = (next_partition_ + 1) % positions_.size();
  auto entry = std::next(positions_.begin(), static_cast<std::ptrdiff_t>(next_partition_));
  for (std::size_t i = 0; i < positions_.size() && batch_.size() < records_max; ++i) {
    read(entry->first, entry->second, records_max);
    if (++entry == positions_.end()) entry = positions_.begin();
  }
  return batch_;
}

void LocalSource::read(const TopicPartition& partition, topology::Offset& position, std::size_t records_max) {
  const LocalLog& log = broker_.log(partition);
  position = std::max(position, log.begin_offset());
  const topology::Offset end = log.last_stable_offset();
  while (batch_.size() < records_max) {
    const LocalLog::Entry* entry = log.first_from(position);
    if (entry == nullptr || entry->offset >= end) {
      position = std::max(position, end);
      return;
    }
    position = topology::Offset(entry->offset.value + 1);
    const LocalRecord* record = &entry->record;
    if (record->is_control || (record->transaction != 0 && log.is_aborted(record->transaction))) continue;
    InputRecord& input = batch_.emplace_back();
    input.from = &partition;
    input.offset = entry->offset;
    input.timestamp_ms = record->timestamp_ms;
    input.key = record->key;
    input.value = record->value;
  }
}

topology::Status LocalSource::seek(const TopicPartition& partition, topology::Offset offset) {
  const auto found = positions_.find(partition);
  INVARIANT(found != positions_.end(), "a seek in a partition that is not assigned");
  found->second = offset;
  return {};
}

topology::Result<std::vector<std::optional<topology::Offset>>> LocalSource::committed(
    std::span<const TopicPartition> partitions) {
  std::vector<std::optional<topology::Offset>> offsets;
  for (const TopicPartition& partition : partitions) offsets.push_back(broker_.committed(partition));
  return offsets;
}

}  // namespace tallymill::processor
