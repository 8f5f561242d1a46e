#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>
#include <string>
#include <vector>

#include "processor/io.h"

// Owners of librdkafka's objects, and nothing else: each frees its object once, with the function librdkafka
// has for it.
namespace tallymill::processor::kafka {

template <auto Destroy>
struct DestroyWith {
  template <class T>
  void operator()(T* object) const {
    Destroy(object);
  }
};

template <class T, auto Destroy>
using Owned = std::unique_ptr<T, DestroyWith<Destroy>>;

using ClientConf = Owned<rd_kafka_conf_t, rd_kafka_conf_destroy>;
using ClientError = Owned<rd_kafka_error_t, rd_kafka_error_destroy>;
using Queue = Owned<rd_kafka_queue_t, rd_kafka_queue_destroy>;
using Event = Owned<rd_kafka_event_t, rd_kafka_event_destroy>;
using Topic = Owned<rd_kafka_topic_t, rd_kafka_topic_destroy>;
using NewTopic = Owned<rd_kafka_NewTopic_t, rd_kafka_NewTopic_destroy>;
using TopicNames = Owned<rd_kafka_TopicCollection_t, rd_kafka_TopicCollection_destroy>;
using RecordsBefore = Owned<rd_kafka_DeleteRecords_t, rd_kafka_DeleteRecords_destroy>;
using GroupOffsetsRequest =
    Owned<rd_kafka_ListConsumerGroupOffsets_t, rd_kafka_ListConsumerGroupOffsets_destroy>;
using AdminOptions = Owned<rd_kafka_AdminOptions_t, rd_kafka_AdminOptions_destroy>;
using PartitionList = Owned<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy>;
using HeaderList = Owned<rd_kafka_headers_t, rd_kafka_headers_destroy>;
using GroupMetadataHandle =
    Owned<rd_kafka_consumer_group_metadata_t, rd_kafka_consumer_group_metadata_destroy>;

/// librdkafka's metadata is const, which Owned cannot take.
struct DestroyMetadata {
  void operator()(const rd_kafka_metadata_t* metadata) const { rd_kafka_metadata_destroy(metadata); }
};
using ClusterMetadata = std::unique_ptr<const rd_kafka_metadata_t, DestroyMetadata>;

/// A client: its threads end with it. A consumer must be closed before, or it is left without leaving its
/// group: rd_kafka_destroy alone would wait for that without a bound.
struct DestroyClient {
  void operator()(rd_kafka_t* client) const {
    rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
  }
};
using Client = std::unique_ptr<rd_kafka_t, DestroyClient>;

/// Messages of one poll; what points into them is valid until they are released together.
class MessageBatch {
 public:
  MessageBatch() = default;
  MessageBatch(const MessageBatch&) = delete;
  MessageBatch& operator=(const MessageBatch&) = delete;
  ~MessageBatch() { release(); }

  void release() {
    for (rd_kafka_message_t* message : messages_) rd_kafka_message_destroy(message);
    messages_.clear();
  }

  /// Takes up to `count` messages more from the queue; waits up to `timeout_ms` until there are so many.
  /// Serves the client's callbacks meanwhile.
  void take(rd_kafka_queue_t* queue, std::size_t count, int timeout_ms) {
    const std::size_t held = messages_.size();
    messages_.resize(held + count);
    const ssize_t taken = rd_kafka_consume_batch_queue(queue, timeout_ms, messages_.data() + held, count);
    messages_.resize(held + (taken > 0 ? static_cast<std::size_t>(taken) : 0));
  }

  /// The same, but does not wait for more with messages in hand, as librdkafka would: what is there, and if
  /// that is nothing, one message within `timeout_ms`, then what came with it.
  void take_available(rd_kafka_queue_t* queue, std::size_t count_max, int timeout_ms) {
    take(queue, count_max, 0);
    if (!messages_.empty() || timeout_ms <= 0) return;
    take(queue, 1, timeout_ms);
    if (!messages_.empty() && count_max > 1) take(queue, count_max - 1, 0);
  }

  const std::vector<rd_kafka_message_t*>& messages() const { return messages_; }

 private:
  std::vector<rd_kafka_message_t*> messages_;
};

inline PartitionList new_partition_list(std::size_t capacity) {
  return PartitionList(rd_kafka_topic_partition_list_new(static_cast<int>(capacity)));
}

inline void append(rd_kafka_topic_partition_list_t* list, const TopicPartition& partition,
                   std::int64_t offset) {
  rd_kafka_topic_partition_list_add(list, partition.topic.c_str(), partition.partition.value)->offset =
      offset;
}

inline TopicPartition partition_of(const rd_kafka_topic_partition_t& entry) {
  return {entry.topic, topology::Partition(entry.partition)};
}

/// A message without an error as the machine sees it; a view into the message, and into `from`.
inline InputRecord input_record_of(const rd_kafka_message_t& message, const TopicPartition& from) {
  InputRecord record;
  record.from = &from;
  record.offset = topology::Offset(message.offset);
  record.timestamp_ms = rd_kafka_message_timestamp(&message, nullptr);
  if (message.key != nullptr) record.key.emplace(static_cast<const char*>(message.key), message.key_len);
  if (message.payload != nullptr)
    record.value.emplace(static_cast<const char*>(message.payload), message.len);
  return record;
}

/// Milliseconds as librdkafka takes them, rounded up so that a short wait does not become a busy loop.
inline int milliseconds_of(topology::Duration duration) {
  return static_cast<int>((duration.microseconds + 999) / 1000);
}

}  // namespace tallymill::processor::kafka
