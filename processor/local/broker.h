#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/io.h"

namespace tallymill::processor {

/// A record of a local topic. Owns its bytes.
struct LocalRecord {
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<std::pair<std::string, std::string>> headers;
  std::int64_t timestamp_ms = -1;
  std::uint64_t transaction = 0;  ///< 0: not transactional
  bool is_control = false;        ///< a commit or abort marker: takes an offset, is never given to readers
  std::uint64_t sequence =
      0;  ///< of all transactional records of the broker, in the order of their production
};

/// One partition: a log with a beginning that moves up and, in it, transactions that may still be open.
class LocalLog {
 public:
  topology::Offset begin_offset() const { return topology::Offset(begin_); }
  topology::Offset end_offset() const { return topology::Offset(end_); }
  /// Nothing at or behind it is stable: the first offset of the oldest open transaction, or the end.
  topology::Offset last_stable_offset() const;

  /// Returns the record's offset; `at` skips offsets (as compaction does) if it is beyond the end.
  topology::Offset append(LocalRecord record, std::optional<topology::Offset> at = {});
  struct Entry {
    topology::Offset offset;
    LocalRecord record;
  };
  /// The first record at `offset` or behind it; null at the end.
  const Entry* first_from(topology::Offset offset) const;
  void end_transaction(std::uint64_t transaction, bool committed);
  bool is_aborted(std::uint64_t transaction) const { return aborted_.contains(transaction); }
  /// Whether a read_committed reader is given it, once it is stable.
  bool is_visible(const LocalRecord& record) const {
    return !record.is_control && (record.transaction == 0 || !is_aborted(record.transaction));
  }
  /// The oldest transaction that is still open; nothing if none is.
  std::optional<std::uint64_t> oldest_open_transaction() const;
  void delete_before(topology::Offset offset);
  /// Kafka's compaction, of what is stable: the newest record of each key stays unless it is a tombstone, all
  /// else goes and leaves gaps. Not for a log that is being read: Kafka keeps tombstones for a day for its
  /// readers.
  void compact();

 private:
  std::int64_t begin_ = 0;
  std::int64_t end_ = 0;
  std::deque<Entry> records_;                   ///< by offset; gaps are offsets without a record
  std::map<std::uint64_t, std::int64_t> open_;  ///< transaction -> its first offset
  std::set<std::uint64_t> aborted_;
};

/// The error of a position below the log's beginning.
topology::Error offset_out_of_log(const TopicPartition& partition, topology::Offset position,
                                  topology::Offset begin);

/// Kafka in memory, as far as Tallymill relies on it: topics, transactions with their markers, the last
/// stable offset, fencing of producers by epoch, one consumer group with cooperative assignment and
/// transactional offsets. Product code of `pipe` and `test`; the simulation wraps its ports with faults. Not
/// thread-safe.
///
/// Nobody can wait in here: a call that would wait for a transaction to end, as Kafka's do, ends it, as its
/// time-out would, or writes its markers if it is decided.
class LocalBroker {
 public:
  std::optional<std::int32_t> partition_count(std::string_view topic) const;
  void create_topic(const std::string& topic, std::int32_t partitions);
  /// The topic must exist, the partition too.
  LocalLog& log(const TopicPartition& partition);

  // Producers. A transactional id has an epoch; whoever holds an older one is fenced.
  std::uint32_t new_epoch(const std::string& transactional_id);  ///< aborts what the id left open
  bool is_current(const std::string& transactional_id, std::uint32_t epoch) const;
  std::uint64_t begin_transaction(const std::string& transactional_id);
  void append(std::uint64_t transaction, const TopicPartition& partition, LocalRecord record);
  void set_offsets(std::uint64_t transaction, const Offsets& offsets);
  /// Decides the transaction and writes its markers, now or, with write_markers_later, afterwards.
  void end_transaction(std::uint64_t transaction, bool commit);
  /// Aborts the transaction and fences its producer, as the broker does when it has been open for too long.
  /// Of one that is decided it writes the markers.
  void time_out(std::uint64_t transaction);
  /// The transaction of the id that is not decided yet.
  std::optional<std::uint64_t> open_transaction(const std::string& transactional_id) const;
  /// Of the producer that an id has now.
  std::uint32_t epoch(const std::string& transactional_id) const;

  /// Kafka answers the end of a transaction once the outcome is safe, and writes the markers that readers
  /// wait for afterwards, each log by itself. With `later` that is when write_marker is called, or somebody
  /// waits.
  void write_markers_later(bool later) { writes_markers_later_ = later; }
  /// Writes one of the markers that are due, that of the group's offsets included; `choice` picks. False:
  /// none is due.
  bool write_marker(std::size_t choice);

  // The group.
  std::optional<topology::Offset> committed(const TopicPartition& partition) const;
  /// Whether no transaction holds an offset of the partition that could still become the group's.
  bool is_stable(const TopicPartition& partition) const;
  /// Stable ones: transactions that hold offsets of these partitions are waited for.
  std::vector<std::optional<topology::Offset>> committed(std::span<const TopicPartition> partitions);
  std::string join();  ///< a new member's id
  void leave(const std::string& member);
  bool is_member(const std::string& member) const { return members_.contains(member); }
  std::int32_t generation() const { return generation_; }
  /// What the group shares out: all partitions of these topics, which must exist.
  topology::Status subscribe(const std::vector<std::string>& topics);
  std::size_t member_count() const { return members_.size(); }
  /// What `member` should have now; it first gives up what is not in it, then may claim what is free.
  std::vector<TopicPartition> target(const std::string& member) const;
  bool claim(const std::string& member, const TopicPartition& partition);
  void release(const std::string& member, const TopicPartition& partition);

 private:
  void write_offsets(std::uint64_t transaction);
  void write_markers(std::uint64_t transaction);
  void forget_if_ended(std::uint64_t transaction);

  std::map<std::string, std::vector<std::unique_ptr<LocalLog>>, std::less<>> topics_;
  std::map<std::string, std::uint32_t> epochs_;
  std::map<std::string, std::uint64_t> open_by_id_;
  std::map<std::uint64_t, std::set<TopicPartition>> touched_;
  std::map<std::uint64_t, Offsets> pending_offsets_;
  std::map<std::uint64_t, bool> decided_;  ///< whose markers are due -> whether it committed
  bool writes_markers_later_ = false;
  std::uint64_t next_transaction_ = 1;
  std::uint64_t next_sequence_ = 1;
  std::map<TopicPartition, topology::Offset> committed_;
  std::set<std::string> members_;
  std::uint64_t next_member_ = 1;
  std::int32_t generation_ = 0;
  std::vector<TopicPartition> subscription_;
  std::map<TopicPartition, std::string> owners_;
};

/// processor::Topics over the broker.
class LocalTopics final : public Topics {
 public:
  explicit LocalTopics(LocalBroker& broker) : broker_(broker) {}
  topology::Result<std::optional<std::int32_t>> partition_count(const std::string& topic) override {
    return broker_.partition_count(topic);
  }
  topology::Status create(const std::string& topic, std::int32_t partitions,
                          std::optional<std::int16_t> replication_factor, const TopicConfig& config) override;
  void purge(const Offsets& offsets) override;
  topology::Result<std::vector<topology::Offset>> offsets(std::span<const TopicPartition> partitions,
                                                          LogPlace place) override;
  topology::Result<std::size_t> group_member_count(const std::string&) override {
    return broker_.member_count();
  }

 private:
  LocalBroker& broker_;
};

}  // namespace tallymill::processor
