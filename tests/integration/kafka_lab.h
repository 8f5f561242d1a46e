#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "processor/engine_settings.h"
#include "processor/event_log.h"
#include "processor/io.h"
#include "processor/kafka/changelog_reader.h"
#include "processor/kafka/consumer.h"
#include "processor/kafka/topic_admin.h"
#include "processor/kafka/transactional_producer.h"

// What the tests of the Kafka adapter share: a broker to talk to, and an independent client that reads and
// writes topics with plain librdkafka, so that the adapter is never judged by itself.
namespace tallymill::integration {

/// TALLYMILL_TEST_BOOTSTRAP; a test without it fails.
std::string bootstrap_servers();
processor::EngineSettings settings_for(
    const std::string& bootstrap, processor::GroupProtocol protocol = processor::GroupProtocol::automatic);
/// `base` made unique within the broker.
std::string unique_name(const std::string& base);

/// Keeps what was logged.
class KeptLog final : public processor::EventLog {
 public:
  void write(processor::Severity severity, std::string_view event,
             std::initializer_list<processor::EventField> fields) override;
  /// Whether a line of warning or above contains `text`, in its sentence or its fields.
  bool has(std::string_view text) const;
  std::size_t count(std::string_view text) const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

struct ReadRecord {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<std::pair<std::string, std::string>> headers;
};

enum class Isolation { read_committed, read_uncommitted };
/// All records that a reader of that isolation sees now, by an independent client.
std::vector<ReadRecord> read_topic(const std::string& topic, std::int32_t partitions, Isolation isolation);
/// Appends without a transaction, by an independent client; returns when all are acknowledged.
void append_plain(const std::string& topic, std::int32_t partition, const std::vector<std::string>& values);

/// Calls `attempt` until it returns true; false if it has not within a minute.
bool eventually(const std::function<bool()>& attempt);

/// The adapter's parts, made for a test.
struct Lab {
  explicit Lab(processor::GroupProtocol protocol = processor::GroupProtocol::automatic)
      : settings(settings_for(bootstrap_servers(), protocol)) {}

  processor::EngineSettings settings;
  KeptLog log;
  std::atomic<bool> stop = false;
  processor::Pulse pulse;

  std::unique_ptr<processor::kafka::TopicAdmin> topics();
  /// A new topic with a unique name.
  std::string topic(const std::string& base, std::int32_t partitions);
  /// Deletes the records before `offset`; false if they are not gone within a minute.
  bool purge(const processor::TopicPartition& partition, topology::Offset offset);
  /// Connected; null if that failed, which fails the test.
  std::unique_ptr<processor::kafka::TransactionalProducer> sink(const std::string& transactional_id);
  std::unique_ptr<processor::kafka::GroupConsumer> source(const std::string& group,
                                                          const std::string& client = "a");
  std::unique_ptr<processor::kafka::PartitionReader> reader();
};

/// Resumes what is assigned, at its committed offset or the beginning, unless told to leave it paused.
class ResumingListener final : public processor::AssignmentListener {
 public:
  explicit ResumingListener(processor::RecordSource& source) : source_(source) {}
  void assigned(std::span<const processor::TopicPartition> partitions) override;
  void revoked(std::span<const processor::TopicPartition> partitions, bool lost) override;

  bool leaves_paused = false;
  std::vector<processor::TopicPartition> owned;
  int losses = 0;  ///< revocations of partitions that were lost

 private:
  processor::RecordSource& source_;
};

}  // namespace tallymill::integration
