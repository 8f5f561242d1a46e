#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "processor/local/broker.h"

namespace tallymill::processor {

/// A read_committed member of the local broker's group. Assignments change cooperatively, inside poll: first
/// what it should no longer have is revoked, then what is free is assigned.
class LocalSource final : public RecordSource {
 public:
  explicit LocalSource(LocalBroker& broker) : broker_(broker), member_(broker.join()) {}
  /// As if the process had died: nothing is revoked.
  ~LocalSource() override { broker_.leave(member_); }
  LocalSource(const LocalSource&) = delete;
  LocalSource& operator=(const LocalSource&) = delete;

  topology::Status subscribe(const std::vector<std::string>& topics, AssignmentListener& listener) override;
  topology::Result<std::span<const InputRecord>> poll(std::size_t records_max,
                                                      topology::Duration timeout) override;
  topology::Status resume(const TopicPartition& partition, topology::Offset offset) override;
  topology::Status pause(const TopicPartition& partition) override;
  topology::Status seek(std::span<const std::pair<TopicPartition, topology::Offset>> positions) override;
  topology::Result<std::vector<std::optional<topology::Offset>>> committed(
      std::span<const TopicPartition> partitions) override;
  std::optional<topology::Offset> position(const TopicPartition& partition) override;
  std::optional<topology::Offset> end_offset(const TopicPartition& partition) override {
    return broker_.log(partition).end_offset();
  }
  std::optional<std::int64_t> unstable_records(const TopicPartition& partition) override {
    const LocalLog& log = broker_.log(partition);
    return log.end_offset().value - log.last_stable_offset().value;
  }
  GroupMetadata group_metadata() override;
  topology::Duration since_answer() const override { return {}; }
  void close() override;

 private:
  void reconcile();
  void give_up(const std::vector<TopicPartition>& partitions, bool lost);
  topology::Status read(const TopicPartition& partition, topology::Offset& position, std::size_t records_max);

  LocalBroker& broker_;
  std::string member_;
  AssignmentListener* listener_ = nullptr;
  /// Assigned partitions; nothing while one is paused.
  std::map<TopicPartition, std::optional<topology::Offset>> positions_;
  std::vector<InputRecord> batch_;
  std::size_t next_partition_ = 0;  ///< the partition that the next poll begins with: none starves
};

}  // namespace tallymill::processor
