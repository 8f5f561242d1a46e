#pragma once

#include <librdkafka/rdkafka.h>

#include <chrono>

// Keeps clients from being left without any broker.
//
// librdkafka drops each broker that a metadata response does not list, and the bootstrap servers with the
// first response. A broker that is told to end answers for a moment with a list of none, itself left out; a
// client that asks just then drops its last broker, and librdkafka 2.14.2 bootstraps again only after a
// request that failed, which needs a broker (rd_kafka_metadata_decommission_unavailable_brokers,
// rd_kafka_rebootstrap_tmr_start_maybe). Such a client would be silent for ever, with no error.
namespace tallymill::processor::kafka {

/// Gives the client its bootstrap servers again. Those that it has already stay as they are.
void bootstrap_again(rd_kafka_t* client);

/// For a client that waits for brokers to send something, as a consumer does. Not thread-safe.
class BrokerLifeline {
 public:
  /// To be called when nothing came: asks the brokers, every few seconds at most, whether they are there, notes an
  /// answer in the client's contact, and bootstraps again if no broker is known. Takes up to 100 ms then, and up to
  /// 1.6 s on a link on which that was too little.
  void check(rd_kafka_t* client);

 private:
  std::chrono::steady_clock::time_point next_check_;
  int answer_timeout_ms_ = 100;
};

}  // namespace tallymill::processor::kafka
