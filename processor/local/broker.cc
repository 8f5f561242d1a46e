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
  if (at && records_.empty()) begin_ = std::max(begin_, at->value);
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

void LocalLog::delete_before(Offset offset) {
  while (!records_.empty() && records_.front().offset < offset) records_.pop_front();
  begin_ = std::max(begin_, std::min(offset.value, end_));
  if (records_.empty()) aborted_.clear();
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
  if (const auto open = open_by_id_.find(transactional_id); open != open_by_id_.end()) {
    end_transaction(open->second, false);
  }
  return ++epochs_[transactional_id];
}

bool LocalBroker::is_current(const std::string& transactional_id, std::uint32_t epoch) const {
  const auto found = epochs_.find(transactional_id);
  return found != epochs_.end() && found->second == epoch;
}

std::uint64_t LocalBroker::begin_transaction(const std::string& transactional_id) {
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

void LocalBroker::end_transaction(std::uint64_t transaction, bool commit) {
  for (const TopicPartition& partition : touched_[transaction])
    log(partition).end_transaction(transaction, commit);
  if (commit) {
    for (const auto& [partition, offset] : pending_offsets_[transaction]) committed_[partition] = offset;
  }
  touched_.erase(transaction);
  pending_offsets_.erase(transaction);
  std::erase_if(open_by_id_, [&](const auto& entry) { return entry.second == transaction; });
}

std::optional<Offset> LocalBroker::committed(const TopicPartition& partition) const {
  const auto found = committed_.find(partition);
  return found == committed_.end() ? std::nullopt : std::optional(found->second);
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

void LocalBroker::subscribe(std::vector<TopicPartition> partitions) { subscription_ = std::move(partitions); }

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
                                     const std::vector<std::pair<std::string, std::string>>&) {
  broker_.create_topic(topic, partitions);
  return {};
}

topology::Status LocalTopics::delete_records(const TopicPartition& partition, Offset offset) {
  broker_.log(partition).delete_before(offset);
  return {};
}

}  // namespace tallymill::processor
