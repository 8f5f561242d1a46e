#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "topology/base/ids.h"
#include "topology/base/result.h"
#include "topology/base/time.h"

// The ports through which the machine sees Kafka. processor/kafka implements them with librdkafka,
// processor/local in memory (for `pipe`, `test`, driver tests and the simulation). All calls of one worker's
// ports come from its own thread.
namespace tallymill::processor {

struct TopicPartition {
  std::string topic;
  topology::Partition partition;
  friend auto operator<=>(const TopicPartition&, const TopicPartition&) = default;
};

/// A consumed record. Views and the pointer stay valid until the next poll of the source that gave it.
struct InputRecord {
  const TopicPartition* from = nullptr;
  topology::Offset offset;
  std::int64_t timestamp_ms = -1;
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
};

struct Header {
  std::string_view name;
  std::string_view value;
};

/// A record to produce. Views must stay valid until the transaction has ended: they live in the task's cycle
/// arena.
struct OutputRecord {
  std::string_view topic;
  topology::Partition partition;
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;  ///< nothing: a tombstone
  std::span<const Header> headers;
};

/// Who commits, as the group knows it at the moment of asking.
struct GroupMetadata {
  std::string group;
  std::string member;
  std::int32_t generation = -1;
};

/// Told of partitions that come and go, synchronously, inside RecordSource::poll.
class AssignmentListener {
 public:
  virtual ~AssignmentListener() = default;
  /// Returns where to start in each partition, in order.
  virtual std::vector<topology::Offset> assigned(std::span<const TopicPartition> partitions) = 0;
  /// `lost`: they belong to somebody else already, and the open transaction must be aborted. Otherwise this
  /// is the moment to commit.
  virtual void revoked(std::span<const TopicPartition> partitions, bool lost) = 0;
};

/// A member of the consumer group.
class RecordSource {
 public:
  virtual ~RecordSource() = default;
  /// Up to `records_max` records, those of one partition in order; none after waiting for `timeout`.
  /// Assignments change only in here.
  virtual std::span<const InputRecord> poll(std::size_t records_max, topology::Duration timeout) = 0;
  /// Goes on from `offset`; nothing polled before comes after. For the rewind after an abort.
  virtual topology::Status seek(const TopicPartition& partition, topology::Offset offset) = 0;
  /// The group's stable offset of each partition, nothing where it has none.
  virtual topology::Result<std::vector<std::optional<topology::Offset>>> committed(
      std::span<const TopicPartition> partitions) = 0;
  virtual GroupMetadata group_metadata() = 0;
};

enum class CommitOutcome : std::uint8_t {
  committed,
  aborted,  ///< the transaction was aborted whole; the producer can go on
  unknown,  ///< nobody knows: recreate the producer, then ask the group for its offsets
};

using Offsets = std::vector<std::pair<TopicPartition, topology::Offset>>;

/// A transactional producer.
class TransactionalSink {
 public:
  virtual ~TransactionalSink() = default;
  virtual topology::Status begin() = 0;
  virtual topology::Status produce(const OutputRecord& record) = 0;
  /// `offsets` are those of every task that wrote, changed or not; never empty.
  virtual topology::Status send_offsets(const Offsets& offsets, const GroupMetadata& group) = 0;
  virtual CommitOutcome commit() = 0;
  /// Status not ok: the producer must be recreated.
  virtual topology::Status abort() = 0;
  /// A new producer of the same transactional id: whatever the old one left behind is fenced.
  virtual topology::Status recreate() = 0;
};

/// Topics as the machine needs them.
class Topics {
 public:
  virtual ~Topics() = default;
  /// Nothing if there is no such topic.
  virtual std::optional<std::int32_t> partition_count(std::string_view topic) = 0;
  virtual topology::Status create(const std::string& topic, std::int32_t partitions,
                                  const std::vector<std::pair<std::string, std::string>>& config) = 0;
  /// Records below `offset` may go.
  virtual topology::Status delete_records(const TopicPartition& partition, topology::Offset offset) = 0;
};

}  // namespace tallymill::processor
