#include "processor/local/broker.h"

#include <algorithm>

#include "topology/base/invariant.h"

namespace tallymill::processor {

using topology::Offset;

Offset LocalLog::last_stable_offset() const {
  Offset stable = end_offset();
  for (const auto& [transaction, first] : open_) stable = std::min(stable, Offset(first));
  return stable;
}

Offset LocalLog::append(LocalRecord record, std::optional<Offset> at) {
  if (at) end_ = std::max(end_, at->value);
  const Offset offset(end_++);
  if (record.transaction != 0 && !record.is_control) open_.emplace(record.transaction, offset.value);
  records_.push_back({offset, std::move(record)});
  return offset;
}

const LocalLog::Entry* LocalLog::first_from(Offset offset) const {
  if (records_.empty() || offset > records_.back().offset) return nullptr;
  // Without gaps in front of it a record stands where its offset says.
  const std::int64_t expected = offset.value - records_.front().offset.value;
  if (expected >= 0 && expected < static_cast<std::int64_t>(records_.size())) {
    const Entry& entry = records_[static_cast<std::size_t>(expected)];
    if (entry.offset == offset) return &entry;
  }
  return &*std::lower_bound(records_.begin(), records_.end(), offset,
                            [](const Entry& entry, Offset wanted) { return entry.offset < wanted; });
}

void LocalLog::end_transaction(std::uint64_t transaction, bool committed) {
  open_.erase(transaction);
  if (!committed) aborted_.insert(transaction);
  LocalRecord marker;
  marker.transaction = transaction;
  marker.is_control = true;
  append(std::move(marker));
}

std::optional<std::uint64_t> LocalLog::oldest_open_transaction() const {
  const auto oldest = std::min_element(open_.begin(), open_.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
  return oldest == open_.end() ? std::nullopt : std::optional(oldest->first);
}

void LocalLog::delete_before(Offset offset) {
  while (!records_.empty() && records_.front().offset < offset) records_.pop_front();
  begin_ = std::max(begin_, std::min(offset.value, end_));
  if (records_.empty()) aborted_.clear();
}

void LocalLog::compact() {
  const Offset stable = last_stable_offset();
  std::map<std::string, Offset> newest;
  for (const Entry& entry : records_) {
    if (entry.offset < stable && is_visible(entry.record) && entry.record.key)
      newest[*entry.record.key] = entry.offset;
  }
  std::erase_if(records_, [&](const Entry& entry) {
    if (entry.offset >= stable) return false;
    if (!is_visible(entry.record)) return true;
    if (!entry.record.key) return false;
    return newest[*entry.record.key] != entry.offset || !entry.record.value;
  });
}

topology::Error offset_out_of_log(const TopicPartition& partition, Offset position, Offset begin) {
  return {
      topology::ErrorCode::offset_out_of_log,
      "records " + std::to_string(position.value) + " to " + std::to_string(begin.value - 1) + " of " +
          partition.topic + "/" + std::to_string(partition.partition.value) +
          " are gone from the broker before they were read",
      "they are lost to the totals: take a new snapshot and reset the application; give the topic a longer "
      "retention"};
}

std::optional<std::int32_t> LocalBroker::partition_count(std::string_view topic) const {
  const auto found = topics_.find(topic);
  if (found == topics_.end()) return std::nullopt;
  return static_cast<std::int32_t>(found->second.size());
}

void LocalBroker::create_topic(const std::string& topic, std::int32_t partitions) {
  auto& logs = topics_[topic];
  while (logs.size() < static_cast<std::size_t>(partitions)) logs.push_back(std::make_unique<LocalLog>());
}

LocalLog& LocalBroker::log(const TopicPartition& partition) {
  const auto found = topics_.find(partition.topic);
  INVARIANT(found != topics_.end() && partition.partition.value >= 0 &&
                static_cast<std::size_t>(partition.partition.value) < found->second.size(),
            "a partition that the local broker does not have");
  return *found->second[static_cast<std::size_t>(partition.partition.value)];
}

std::uint32_t LocalBroker::new_epoch(const std::string& transactional_id) {
  if (const auto open = open_transaction(transactional_id)) end_transaction(*open, false);
  if (const auto decided = open_by_id_.find(transactional_id); decided != open_by_id_.end()) {
    write_markers(decided->second);
  }
  return ++epochs_[transactional_id];
}

bool LocalBroker::is_current(const std::string& transactional_id, std::uint32_t epoch) const {
  const auto found = epochs_.find(transactional_id);
  return found != epochs_.end() && found->second == epoch;
}

std::uint32_t LocalBroker::epoch(const std::string& transactional_id) const {
  const auto found = epochs_.find(transactional_id);
  return found == epochs_.end() ? 0 : found->second;
}

std::optional<std::uint64_t> LocalBroker::open_transaction(const std::string& transactional_id) const {
  const auto open = open_by_id_.find(transactional_id);
  if (open == open_by_id_.end() || decided_.contains(open->second)) return std::nullopt;
  return open->second;
}

std::uint64_t LocalBroker::begin_transaction(const std::string& transactional_id) {
  if (const auto decided = open_by_id_.find(transactional_id); decided != open_by_id_.end()) {
    write_markers(decided->second);
  }
  const std::uint64_t transaction = next_transaction_++;
  open_by_id_[transactional_id] = transaction;
  return transaction;
}

void LocalBroker::append(std::uint64_t transaction, const TopicPartition& partition, LocalRecord record) {
  record.transaction = transaction;
  record.sequence = next_sequence_++;
  log(partition).append(std::move(record));
  touched_[transaction].insert(partition);
}

void LocalBroker::set_offsets(std::uint64_t transaction, const Offsets& offsets) {
  Offsets& pending = pending_offsets_[transaction];
  pending.insert(pending.end(), offsets.begin(), offsets.end());
}

void LocalBroker::time_out(std::uint64_t transaction) {
  for (const auto& [id, open] : open_by_id_) {
    if (open != transaction) continue;
    if (decided_.contains(transaction)) {
      write_markers(transaction);
    } else {
      (void)new_epoch(std::string(id));
    }
    return;
  }
}

void LocalBroker::end_transaction(std::uint64_t transaction, bool commit) {
  INVARIANT(!decided_.contains(transaction), "a transaction was ended twice");
  decided_[transaction] = commit;
  if (writes_markers_later_) {
    forget_if_ended(transaction);
  } else {
    write_markers(transaction);
  }
}

bool LocalBroker::write_marker(std::size_t choice) {
  if (decided_.empty()) return false;
  const std::uint64_t transaction =
      std::next(decided_.begin(), static_cast<std::ptrdiff_t>(choice % decided_.size()))->first;
  auto& partitions = touched_[transaction];
  const std::size_t pick = choice / decided_.size() % (partitions.size() + 1);
  if (pick == partitions.size()) {
    write_offsets(transaction);
  } else {
    const auto partition = std::next(partitions.begin(), static_cast<std::ptrdiff_t>(pick));
    log(*partition).end_transaction(transaction, decided_[transaction]);
    partitions.erase(partition);
  }
  forget_if_ended(transaction);
  return true;
}

void LocalBroker::write_offsets(std::uint64_t transaction) {
  if (decided_[transaction]) {
    for (const auto& [partition, offset] : pending_offsets_[transaction]) committed_[partition] = offset;
  }
  pending_offsets_.erase(transaction);
}

void LocalBroker::write_markers(std::uint64_t transaction) {
  for (const TopicPartition& partition : touched_[transaction])
    log(partition).end_transaction(transaction, decided_[transaction]);
  touched_.erase(transaction);
  write_offsets(transaction);
  forget_if_ended(transaction);
}

void LocalBroker::forget_if_ended(std::uint64_t transaction) {
  const auto touched = touched_.find(transaction);
  const bool has_logs = touched != touched_.end() && !touched->second.empty();
  if (has_logs || pending_offsets_.contains(transaction)) return;
  touched_.erase(transaction);
  decided_.erase(transaction);
  std::erase_if(open_by_id_, [&](const auto& entry) { return entry.second == transaction; });
}

bool LocalBroker::is_stable(const TopicPartition& partition) const {
  return std::none_of(pending_offsets_.begin(), pending_offsets_.end(), [&](const auto& transaction) {
    return std::any_of(transaction.second.begin(), transaction.second.end(),
                       [&](const auto& offset) { return offset.first == partition; });
  });
}

std::optional<Offset> LocalBroker::committed(const TopicPartition& partition) const {
  const auto found = committed_.find(partition);
  return found == committed_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::optional<Offset>> LocalBroker::committed(std::span<const TopicPartition> partitions) {
  std::set<std::uint64_t> waited_for;
  for (const auto& [transaction, offsets] : pending_offsets_) {
    for (const auto& [partition, offset] : offsets) {
      if (std::find(partitions.begin(), partitions.end(), partition) != partitions.end()) {
        waited_for.insert(transaction);
      }
    }
  }
  for (const std::uint64_t transaction : waited_for) {
    if (!decided_.contains(transaction)) {
      time_out(transaction);
      continue;
    }
    // Only the offsets are waited for: markers of logs can still be due.
    write_offsets(transaction);
    forget_if_ended(transaction);
  }
  std::vector<std::optional<Offset>> offsets;
  for (const TopicPartition& partition : partitions) {
    offsets.push_back(std::as_const(*this).committed(partition));
  }
  return offsets;
}

std::string LocalBroker::join() {
  ++generation_;
  return *members_.insert("member-" + std::to_string(next_member_++)).first;
}

void LocalBroker::leave(const std::string& member) {
  members_.erase(member);
  std::erase_if(owners_, [&](const auto& owner) { return owner.second == member; });
  ++generation_;
}

topology::Status LocalBroker::subscribe(const std::vector<std::string>& topics) {
  subscription_.clear();
  for (const std::string& topic : topics) {
    const auto count = partition_count(topic);
    INVARIANT(count.has_value(), "a topic was subscribed that the local broker does not have");
    for (std::int32_t p = 0; p < *count; ++p) subscription_.push_back({topic, topology::Partition(p)});
  }
  return {};
}

std::vector<TopicPartition> LocalBroker::target(const std::string& member) const {
  std::vector<TopicPartition> result;
  const auto position = static_cast<std::size_t>(std::distance(members_.begin(), members_.find(member)));
  for (std::size_t i = 0; i < subscription_.size(); ++i) {
    if (!members_.empty() && i % members_.size() == position) result.push_back(subscription_[i]);
  }
  return result;
}

bool LocalBroker::claim(const std::string& member, const TopicPartition& partition) {
  return owners_.emplace(partition, member).first->second == member;
}

void LocalBroker::release(const std::string& member, const TopicPartition& partition) {
  const auto found = owners_.find(partition);
  if (found != owners_.end() && found->second == member) owners_.erase(found);
}

topology::Status LocalTopics::create(const std::string& topic, std::int32_t partitions,
                                     std::optional<std::int16_t>, const TopicConfig&) {
  broker_.create_topic(topic, partitions);
  return {};
}

void LocalTopics::purge(const Offsets& offsets) {
  for (const auto& [partition, offset] : offsets) broker_.log(partition).delete_before(offset);
}

topology::Result<std::vector<Offset>> LocalTopics::offsets(std::span<const TopicPartition> partitions,
                                                           LogPlace place) {
  std::vector<Offset> offsets;
  for (const TopicPartition& partition : partitions) {
    const LocalLog& log = broker_.log(partition);
    if (place.kind != LogPlace::Kind::time) {
      offsets.push_back(place.kind == LogPlace::Kind::begin ? log.begin_offset() : log.end_offset());
      continue;
    }
    const LocalLog::Entry* entry = log.first_from(log.begin_offset());
    while (entry != nullptr && entry->record.timestamp_ms < place.timestamp_ms) {
      entry = log.first_from(Offset(entry->offset.value + 1));
    }
    offsets.push_back(entry == nullptr ? log.end_offset() : entry->offset);
  }
  return offsets;
}

}  // namespace tallymill::processor
