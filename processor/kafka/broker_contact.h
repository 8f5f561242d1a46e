#pragma once

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "processor/event_log.h"
#include "processor/pulse.h"
#include "topology/base/time.h"

namespace tallymill::processor::kafka {

/// What one client says about its brokers, turned into few and clear events: each cause of an outage is told
/// once, and its end once. It is the client's opaque, so it must outlive the client. Thread-safe.
class BrokerContact {
 public:
  /// `client` names the client in events: "consumer spend-a-0". `pulse` is that of the thread that calls the client.
  BrokerContact(std::string client, EventLog& log, Pulse& pulse)
      : client_(std::move(client)), log_(log), pulse_(pulse) {}
  BrokerContact(const BrokerContact&) = delete;
  BrokerContact& operator=(const BrokerContact&) = delete;

  /// Makes this the opaque of what `conf` will become, and takes its errors and log lines. `owner` is whoever
  /// else has callbacks of that client.
  void attach(rd_kafka_conf_t* conf, void* owner);
  /// The owner, of the opaque that librdkafka gives to a callback.
  template <class Owner>
  static Owner* owner_of(void* opaque) {
    return static_cast<Owner*>(static_cast<BrokerContact*>(opaque)->owner_);
  }
  /// That of a client it was attached to.
  static BrokerContact& of(const rd_kafka_t* client) {
    return *static_cast<BrokerContact*>(rd_kafka_opaque(client));
  }
  /// The brokers answered, whatever one of them may have said before.
  void answered();
  /// One of them answered; what was said of others stands.
  void note_answer() { answered_at_.store(Clock::now(), std::memory_order_relaxed); }
  /// Time since the last answer, or since the contact was made.
  topology::Duration since_answer() const;
  /// The last failure in one line, or empty after an answer. For the text of errors.
  std::string last_failure() const;

  const std::string& client() const { return client_; }
  EventLog& log() { return log_; }
  Pulse& pulse() { return pulse_; }

 private:
  using Clock = std::chrono::steady_clock;

  void failed(rd_kafka_resp_err_t code, const char* reason);
  static void on_error(rd_kafka_t* client, int code, const char* reason, void* opaque);
  static void on_log(const rd_kafka_t* client, int level, const char* facility, const char* line);

  const std::string client_;
  EventLog& log_;
  Pulse& pulse_;
  std::atomic<Clock::time_point> answered_at_{Clock::now()};
  void* owner_ = nullptr;
  mutable std::mutex mutex_;
  std::set<std::string> told_;  ///< causes of the present outage that were logged; empty: no outage
  std::string last_failure_;
};

}  // namespace tallymill::processor::kafka
