#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "processor/engine_settings.h"
#include "processor/event_log.h"
#include "processor/io.h"
#include "processor/kafka/broker_contact.h"
#include "processor/kafka/broker_lifeline.h"
#include "processor/kafka/client_config.h"
#include "processor/kafka/rdkafka_handles.h"

namespace tallymill::processor::kafka {

/// Reads partitions that it is told, outside of any group, read_committed.
///
/// The end of a partition is its high watermark when it was started, and whether it is reached is told by
/// librdkafka's position, which passes control records and aborted ones: neither the last record's offset nor
/// the end-of-partition event does (the event comes at the last stable offset, before open transactions). Not
/// thread-safe. Makes no connection before the first start().
class PartitionReader final : public ChangelogReader {
 public:
  /// `settings`, `log` and `pulse` must outlive the reader.
  PartitionReader(const EngineSettings& settings, ClientNames names, EventLog& log, Pulse& pulse);
  ~PartitionReader() override;

  topology::Status start(std::span<const TopicPartition> partitions) override;
  topology::Result<std::span<const InputRecord>> poll(std::size_t records_max,
                                                      topology::Duration timeout) override;
  Progress progress(const TopicPartition& partition) const override;
  void stop(const TopicPartition& partition) override;

 private:
  struct Reading {
    Topic topic;
    Progress progress;
  };
  using Readings = std::map<TopicPartition, Reading>;

  topology::Status open();
  topology::Status start_at(const TopicPartition& partition, const Progress& progress);
  topology::Status failure_of(const rd_kafka_message_t& message) const;
  Readings::value_type* reading_of(const rd_kafka_message_t& message);
  topology::Status collect_records();
  void update_positions();

  const EngineSettings& settings_;
  const ClientNames names_;
  BrokerContact contact_;
  Client client_;
  Queue queue_;
  Readings readings_;
  BrokerLifeline lifeline_;
  MessageBatch batch_;
  std::vector<InputRecord> records_;
};

}  // namespace tallymill::processor::kafka
