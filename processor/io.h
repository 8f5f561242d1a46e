#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/pulse.h"
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

/// A consumed record. Views and the pointer stay valid until the next poll of the port that gave it.
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

/// A record to produce. Views must stay valid until the transaction has ended (commit committed, abort ok or
/// recreate ok): they live in the task's cycle arena, and nothing copies them on the way.
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
  std::string member;  ///< empty: no member (any more)
  /// Of the classic protocol the generation, of KIP-848 the member's epoch. Below 0 (KIP-848: below 1) the
  /// broker takes offsets without any check, so such metadata must never be sent.
  std::int32_t generation = -1;
  /// The group goes on without this member, though no revocation was delivered yet.
  bool assignment_lost = false;
};

/// Told of partitions that come and go, synchronously, inside RecordSource::poll and close.
class AssignmentListener {
 public:
  virtual ~AssignmentListener() = default;
  /// The partitions are this member's from now on. They come paused: RecordSource::resume starts each.
  virtual void assigned(std::span<const TopicPartition> partitions) = 0;
  /// `lost`: they belong to somebody else already, and nothing of them may be committed. Otherwise this is
  /// the moment to commit: the group waits until the call has returned.
  virtual void revoked(std::span<const TopicPartition> partitions, bool lost) = 0;
};

/// A member of the consumer group, read_committed.
class RecordSource {
 public:
  virtual ~RecordSource() = default;
  /// Joins the group for these topics. `listener` must outlive the source or its close().
  virtual topology::Status subscribe(const std::vector<std::string>& topics,
                                     AssignmentListener& listener) = 0;
  /// Up to `records_max` records of partitions that are assigned and not paused, those of one partition in
  /// order; none after waiting for `timeout`. Assignments change only in here. Error: the source cannot go
  /// on; an offset outside of the log names the range that is lost.
  virtual topology::Result<std::span<const InputRecord>> poll(std::size_t records_max,
                                                              topology::Duration timeout) = 0;
  /// Records of the partition are given from `offset` on.
  virtual topology::Status resume(const TopicPartition& partition, topology::Offset offset) = 0;
  /// No record of the partition is given until it is resumed.
  virtual topology::Status pause(const TopicPartition& partition) = 0;
  /// Goes on from these offsets; nothing polled before comes after. For the rewind after an abort.
  virtual topology::Status seek(std::span<const std::pair<TopicPartition, topology::Offset>> positions) = 0;
  /// The group's stable offset of each partition, nothing where it has none. Waits for transactions that hold
  /// offsets of these partitions and are still open.
  virtual topology::Result<std::vector<std::optional<topology::Offset>>> committed(
      std::span<const TopicPartition> partitions) = 0;
  /// All records before it that are no aborted ones were given; passes markers too. Nothing for a partition
  /// that is not assigned or never was resumed.
  virtual std::optional<topology::Offset> position(const TopicPartition& partition) = 0;
  /// The log's end as last seen, without asking; nothing if it was never seen.
  virtual std::optional<topology::Offset> end_offset(const TopicPartition& partition) = 0;
  /// How many offsets at the log's end wait for transactions that are open, as last seen, without asking;
  /// nothing if it was never seen.
  virtual std::optional<std::int64_t> unstable_records(const TopicPartition& partition) = 0;
  virtual GroupMetadata group_metadata() = 0;
  /// Time since a broker last answered, whatever it was asked.
  virtual topology::Duration since_answer() const = 0;
  /// Revokes what is assigned, through the listener, and leaves the group.
  virtual void close() = 0;
};

enum class CommitOutcome : std::uint8_t {
  committed,  ///< known to be committed, and nothing of it is still under way
  aborted,    ///< the transaction was aborted whole; the producer can go on
  unknown,    ///< nobody knows: recreate the producer, then ask the group for its offsets
};

using Offsets = std::vector<std::pair<TopicPartition, topology::Offset>>;

/// A transactional producer.
class TransactionalSink {
 public:
  virtual ~TransactionalSink() = default;
  virtual topology::Status begin() = 0;
  virtual topology::Status produce(const OutputRecord& record) = 0;
  /// `offsets` are those of every task that wrote, changed or not; never empty. `group` was read just now.
  virtual topology::Status send_offsets(const Offsets& offsets, const GroupMetadata& group) = 0;
  virtual CommitOutcome commit() = 0;
  /// Why the last commit() was not `committed`, where that is known.
  virtual std::optional<topology::Error> commit_failure() const { return std::nullopt; }
  /// Without an open transaction: nothing. Status not ok: the producer must be recreated.
  virtual topology::Status abort() = 0;
  /// A new producer of the same transactional id: whatever the old one left behind is aborted and fenced.
  /// Error: it stays impossible, and the worker must stop.
  virtual topology::Status recreate() = 0;
  /// How often recreate() was called, or happened inside.
  virtual std::uint64_t recreations() const = 0;
};

/// Reads partitions of internal topics from their beginning to their end, without what was aborted. The end
/// is the high watermark at the moment of start(): transactions that are open there are waited for.
class ChangelogReader {
 public:
  virtual ~ChangelogReader() = default;
  /// Asks for all of them at once where they begin and end. Error: one of them does not exist, or no broker says where
  /// it ends; then none was started.
  virtual topology::Status start(std::span<const TopicPartition> partitions) = 0;
  /// Up to `records_max` records of the partitions that were started, those of one partition in order; none
  /// after waiting for `timeout`.
  virtual topology::Result<std::span<const InputRecord>> poll(std::size_t records_max,
                                                              topology::Duration timeout) = 0;
  struct Progress {
    topology::Offset begin;
    topology::Offset position;  ///< all before it was given, or is no record
    topology::Offset end;
    bool done() const { return position >= end; }
  };
  /// Of a partition that was started and not stopped.
  virtual Progress progress(const TopicPartition& partition) const = 0;
  virtual void stop(const TopicPartition& partition) = 0;
};

/// Where in a log: its beginning, its end (the high watermark, open transactions included), or the first
/// record of a time or later (then the end if there is none).
struct LogPlace {
  enum class Kind : std::uint8_t { begin, end, time } kind = Kind::begin;
  std::int64_t timestamp_ms = 0;
};

using TopicConfig = std::vector<std::pair<std::string, std::string>>;

/// Topics as the machine needs them.
class Topics {
 public:
  virtual ~Topics() = default;
  /// Nothing if there is no such topic.
  virtual topology::Result<std::optional<std::int32_t>> partition_count(const std::string& topic) = 0;
  /// Fine if the topic exists already with that many partitions. `replication_factor` nothing: the broker's
  /// default.
  virtual topology::Status create(const std::string& topic, std::int32_t partitions,
                                  std::optional<std::int16_t> replication_factor,
                                  const TopicConfig& config) = 0;
  /// Records below the offsets may go, sometime. Returns at once, and no caller hears of a failure: what is not deleted
  /// now is with a later call. With no offsets it only looks whether the answer to the last request is there.
  virtual void purge(const Offsets& offsets) = 0;
  virtual topology::Result<std::vector<topology::Offset>> offsets(std::span<const TopicPartition> partitions,
                                                                  LogPlace place) = 0;
  /// How many members the consumer group has now.
  virtual topology::Result<std::size_t> group_member_count(const std::string& group) = 0;
};

/// What one worker has of Kafka: connections of its own.
struct WorkerConnections {
  std::unique_ptr<RecordSource> source;
  std::unique_ptr<TransactionalSink> sink;
  std::unique_ptr<ChangelogReader> changelogs;
  std::unique_ptr<Topics> topics;
};

/// Makes connections; the one place where the machine meets a concrete Kafka. Thread-safe.
class Connector {
 public:
  virtual ~Connector() = default;
  /// For the worker of that number in this process. Waits until the brokers answered; the source is not
  /// subscribed yet, the sink has fenced its predecessor. `pulse` is that of the thread that will use them, and
  /// outlives them. Error: says which broker, right or setting.
  virtual topology::Result<WorkerConnections> connect_worker(std::uint32_t worker, Pulse& pulse) = 0;
  /// For the time before and beside workers.
  virtual topology::Result<std::unique_ptr<Topics>> connect_topics() = 0;
  virtual topology::Result<std::unique_ptr<ChangelogReader>> connect_changelogs() = 0;
};

}  // namespace tallymill::processor
