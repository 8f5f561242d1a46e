#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "processor/engine_settings.h"
#include "processor/event_log.h"
#include "processor/io.h"
#include "processor/kafka/broker_contact.h"
#include "processor/kafka/client_config.h"
#include "processor/kafka/rdkafka_handles.h"
#include "processor/kafka/request_counter.h"

namespace tallymill::processor::kafka {

/// A transactional producer that says `committed` only of what nothing can undo or repeat any more. Records
/// are not copied: librdkafka reads the caller's memory until their delivery reports are in, which commit,
/// abort and recreate wait for. Not thread-safe.
///
///   closed --begin--> open --commit--> closed   (committed, aborted)
///                      |  \--commit--> broken   (unknown)
///                      |---abort-----> closed
///                      \---abort-----> broken   (status not ok)
///   any --recreate--> closed
class TransactionalProducer final : public TransactionalSink {
 public:
  /// What a worker reports of its producer.
  struct Statistics {
    std::uint64_t recreations = 0;
    std::uint64_t resends_seen = 0;  ///< transactions of which a request went out twice
  };

  /// `settings`, `log`, `pulse` and `stop` must outlive the producer. `stop` ends connect() and recreate() within
  /// seconds. Calls that could hang are made under `pulse`, with three times the time that they are given.
  TransactionalProducer(const EngineSettings& settings, ClientNames names, EventLog& log, Pulse& pulse,
                        const std::atomic<bool>& stop);
  ~TransactionalProducer() override;

  /// Fences and aborts what a predecessor of the same transactional id left. Waits for brokers as long as it
  /// takes.
  topology::Status connect();

  topology::Status begin() override;
  topology::Status produce(const OutputRecord& record) override;
  topology::Status send_offsets(const Offsets& offsets, const GroupMetadata& group) override;
  CommitOutcome commit() override;
  std::optional<topology::Error> commit_failure() const override { return commit_failure_; }
  topology::Status abort() override;
  topology::Status recreate() override;
  std::uint64_t recreations() const override { return statistics_.recreations; }

  const Statistics& statistics() const { return statistics_; }

 private:
  enum class State : std::uint8_t { closed, open, broken };
  using Clock = std::chrono::steady_clock;

  Pulse::Call watched(std::string_view what, int timeout_ms);
  topology::Status open_client();
  topology::Status initialise();
  ClientError initialise_once();
  ClientError commit_once();
  void drop_client();
  topology::Status check_fencing();
  topology::Status abort_open();
  bool flush();
  bool is_sent_once() const;
  void note_resends();
  topology::Status failure(std::string_view action, rd_kafka_error_t* error);
  std::string written_topics() const;
  rd_kafka_topic_t* topic_handle(std::string_view name);
  rd_kafka_resp_err_t enqueue(rd_kafka_topic_t* topic, const OutputRecord& record);
  rd_kafka_resp_err_t enqueue_when_there_is_room(rd_kafka_topic_t* topic, const OutputRecord& record);
  static void on_delivery(rd_kafka_t* client, const rd_kafka_message_t* message, void* opaque);

  const EngineSettings& settings_;
  const ClientNames names_;
  const std::atomic<bool>& stop_;
  const int call_timeout_ms_;
  BrokerContact contact_;
  std::unique_ptr<RequestCounter> requests_;  ///< one per client: late counts of an old one must not be seen
  Client client_;
  std::map<std::string, Topic, std::less<>> topics_;
  State state_ = State::broken;
  bool has_records_ = false;
  bool has_offsets_ = false;
  /// A call about this transaction ended without an answer, so a request of it may still be under way.
  bool is_indefinite_ = false;
  std::uint64_t undelivered_ = 0;  ///< records whose delivery report is not in
  std::optional<topology::Error> delivery_failure_;
  /// A record was dropped because the transaction had failed: the transaction says why, the record does not.
  bool has_purged_ = false;
  std::optional<topology::Error> commit_failure_;
  std::uint32_t produced_since_poll_ = 0;
  std::deque<Clock::time_point> fenced_at_;
  Statistics statistics_;
};

}  // namespace tallymill::processor::kafka
