#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "processor/engine_settings.h"
#include "processor/event_log.h"
#include "processor/io.h"
#include "processor/kafka/broker_contact.h"
#include "processor/kafka/broker_lifeline.h"
#include "processor/kafka/client_config.h"
#include "processor/kafka/rdkafka_handles.h"
#include "processor/kafka/unstable_records.h"

namespace tallymill::processor::kafka {

/// A member of a consumer group, with one incremental way through rebalances for both protocols.
///
/// Partitions come paused: librdkafka is given each at the end of its log and paused, whence resume() moves
/// it with a seek. So no partition is ever read from an offset that the caller did not name, and a start that
/// is outside of the log is met only once the caller asked for it. Not thread-safe.
class GroupConsumer final : public RecordSource {
 public:
  /// Makes no connection before subscribe(). `settings`, `log` and `pulse` must outlive the consumer.
  GroupConsumer(const EngineSettings& settings, ClientNames names, EventLog& log, Pulse& pulse);
  ~GroupConsumer() override;

  topology::Status subscribe(const std::vector<std::string>& topics, AssignmentListener& listener) override;
  topology::Result<std::span<const InputRecord>> poll(std::size_t records_max,
                                                      topology::Duration timeout) override;
  topology::Status resume(const TopicPartition& partition, topology::Offset offset) override;
  topology::Status pause(const TopicPartition& partition) override;
  topology::Status seek(std::span<const std::pair<TopicPartition, topology::Offset>> positions) override;
  topology::Result<std::vector<std::optional<topology::Offset>>> committed(
      std::span<const TopicPartition> partitions) override;
  std::optional<topology::Offset> position(const TopicPartition& partition) override;
  std::optional<topology::Offset> end_offset(const TopicPartition& partition) override;
  std::optional<std::int64_t> unstable_records(const TopicPartition& partition) override {
    return unstable_records_.of(partition);
  }
  GroupMetadata group_metadata() override;
  topology::Duration since_answer() const override { return contact_.since_answer(); }
  void close() override;

  /// The protocol in use: what was asked for, or classic after the brokers refused the other.
  GroupProtocol protocol() const { return protocol_; }
  /// Records that librdkafka gave again though they had been given; they were dropped here.
  std::uint64_t repeats_dropped() const { return repeats_dropped_; }

 private:
  struct Assigned {
    bool is_paused = true;
    bool is_held = true;  ///< paused in librdkafka, which follows `is_paused` when the start is known to it
    /// Set while librdkafka has not yet been told where to go on: it may still be starting the partition.
    std::optional<std::int64_t> start;
    std::int64_t next = 0;  ///< below it nothing is given
    std::optional<topology::Offset> end;  ///< of the log, as last seen
    /// Paused or moved inside the present poll: records that librdkafka collected before must not be given.
    bool is_moved = false;
  };
  using Assignment = std::map<TopicPartition, Assigned>;

  topology::Status open(GroupProtocol protocol);
  topology::Status check_topics();
  topology::Status fall_back_to_classic();
  static void on_rebalance(rd_kafka_t* client, rd_kafka_resp_err_t code,
                           rd_kafka_topic_partition_list_t* partitions, void* opaque);
  static int on_statistics(rd_kafka_t* client, char* json, std::size_t size, void* opaque);
  void assign(rd_kafka_topic_partition_list_t* partitions);
  void unassign(rd_kafka_topic_partition_list_t* partitions);
  topology::Status start_paused(rd_kafka_topic_partition_list_t* partitions);
  topology::Status restart(const TopicPartition& partition);
  topology::Status start_where_possible();
  topology::Status settle_moved();
  topology::Status check_errors();
  topology::Status failure_of(const rd_kafka_message_t& message);
  topology::Status check_range(const TopicPartition& partition, std::int64_t fetched);
  bool is_read_by_others(const TopicPartition& partition, std::int64_t wanted);
  void collect_records();
  Assignment::value_type* assigned_of(const rd_kafka_message_t& message);
  Assigned& assigned_at(const TopicPartition& partition);

  const EngineSettings& settings_;
  const ClientNames names_;
  BrokerContact contact_;
  GroupProtocol protocol_;
  bool may_fall_back_;
  Client client_;
  Queue queue_;
  std::vector<std::string> topics_;
  std::vector<Topic> topic_handles_;  ///< so that librdkafka knows partitions before it is given them
  AssignmentListener* listener_ = nullptr;
  Assignment assigned_;
  bool is_polling_ = false;
  topology::Status callback_failure_;  ///< of a rebalance callback, until the poll around it returns
  BrokerLifeline lifeline_;
  UnstableRecords unstable_records_;
  MessageBatch batch_;
  std::vector<InputRecord> records_;
  std::uint64_t repeats_dropped_ = 0;
};

}  // namespace tallymill::processor::kafka
