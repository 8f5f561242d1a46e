#pragma once

#include <list>
#include <map>
#include <string>
#include <vector>

#include "processor/local/broker.h"

namespace tallymill::processor {

/// A read_committed member of the local broker's group. Assignments change cooperatively, inside poll: first
/// what it should no longer have is revoked, then what is free is assigned.
class LocalSource final : public RecordSource {
 public:
  /// `listener` must outlive the source, or detach() come first.
  explicit LocalSource(LocalBroker& broker) : broker_(broker), member_(broker.join()) {}
  ~LocalSource() override { broker_.leave(member_); }
  LocalSource(const LocalSource&) = delete;
  LocalSource& operator=(const LocalSource&) = delete;

  void attach(AssignmentListener& listener) { listener_ = &listener; }

  std::span<const InputRecord> poll(std::size_t records_max, topology::Duration timeout) override;
  topology::Status seek(const TopicPartition& partition, topology::Offset offset) override;
  topology::Result<std::vector<std::optional<topology::Offset>>> committed(
      std::span<const TopicPartition> partitions) override;
  GroupMetadata group_metadata() override { return {"local", member_, broker_.generation()}; }

 private:
  void reconcile();
  void read(const TopicPartition& partition, topology::Offset& position, std::size_t records_max);

  LocalBroker& broker_;
  std::string member_;
  AssignmentListener* listener_ = nullptr;
  std::map<TopicPartition, topology::Offset> positions_;
  std::vector<InputRecord> batch_;
  std::size_t next_partition_ = 0;  ///< the partition that the next poll begins with: none starves
};

}  // namespace tallymill::processor
