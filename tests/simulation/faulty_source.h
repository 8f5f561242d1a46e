#pragma once

#include <deque>
#include <map>
#include <set>
#include <vector>

#include "processor/local/local_source.h"
#include "tests/simulation/process_life.h"

namespace tallymill::simulation {

/// A consumer that learns late: of rebalances that happened since it last polled it may know nothing, half,
/// or all; its batches may hold records of partitions that are not its own any more, or that came before.
class FaultySource final : public processor::RecordSource {
 public:
  FaultySource(processor::LocalSource& source, ProcessLife& life) : source_(source), life_(life) {}
  ~FaultySource() override;
  FaultySource(const FaultySource&) = delete;
  FaultySource& operator=(const FaultySource&) = delete;

  topology::Status subscribe(const std::vector<std::string>& topics,
                             processor::AssignmentListener& listener) override {
    return source_.subscribe(topics, listener);
  }
  topology::Result<std::span<const processor::InputRecord>> poll(std::size_t records_max,
                                                                 topology::Duration timeout) override;
  topology::Status resume(const processor::TopicPartition& partition, topology::Offset offset) override;
  topology::Status pause(const processor::TopicPartition& partition) override;
  topology::Status seek(
      std::span<const std::pair<processor::TopicPartition, topology::Offset>> positions) override;
  topology::Result<std::vector<std::optional<topology::Offset>>> committed(
      std::span<const processor::TopicPartition> partitions) override;
  std::optional<topology::Offset> position(const processor::TopicPartition& partition) override {
    return source_.position(partition);
  }
  std::optional<topology::Offset> end_offset(const processor::TopicPartition& partition) override {
    return source_.end_offset(partition);
  }
  std::optional<std::int64_t> unstable_records(const processor::TopicPartition& partition) override {
    return source_.unstable_records(partition);
  }
  processor::GroupMetadata group_metadata() override;
  topology::Duration since_answer() const override { return source_.since_answer(); }
  void close() override;

 private:
  /// A record with bytes of its own.
  struct Copy {
    const processor::TopicPartition* from;
    topology::Offset offset;
    std::int64_t timestamp_ms;
    std::optional<std::string> key;
    std::optional<std::string> value;
  };

  topology::Status collect(std::size_t records_max, topology::Duration timeout);
  void count_foreign();
  void deliver_again();
  std::span<const processor::InputRecord> hand_over();
  void leave_new_identity();
  void forget_delivered(const processor::TopicPartition& partition);
  processor::GroupMetadata as_a_removed_member();

  processor::LocalSource& source_;
  ProcessLife& life_;
  bool is_polling_ = false;
  processor::GroupMetadata known_;               ///< as of the end of the last poll
  std::optional<std::string> new_identity_;      ///< a member that the worker was never told of
  std::set<processor::TopicPartition> names_;    ///< what records point to
  std::set<processor::TopicPartition> rewound_;  ///< within the call that is polling
  std::vector<Copy> collected_;
  std::map<processor::TopicPartition, std::deque<Copy>> delivered_;  ///< the last ones since it was resumed
  std::vector<processor::InputRecord> batch_;
};

}  // namespace tallymill::simulation
