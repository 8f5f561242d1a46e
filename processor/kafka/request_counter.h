#pragma once

#include <librdkafka/rdkafka.h>

#include <atomic>

namespace tallymill::processor::kafka {

/// Counts what a transactional producer writes to its sockets.
///
/// librdkafka sends a request that timed out again and then says OK, though the first one may still be under
/// way. It speaks no version of EndTxn and TxnOffsetCommit that names its transaction, so the late twin acts
/// on whatever transaction is open when it arrives: it commits what was aborted, or sets offsets back. That a
/// request went out twice can only be seen here. Must outlive the client. Thread-safe.
class RequestCounter {
 public:
  struct Counts {
    int end_transaction = 0;
    int offset_commits = 0;
  };

  /// Counts for the client that `conf` becomes.
  void attach(rd_kafka_conf_t* conf);
  /// A transaction begins: both counts are 0.
  void reset();
  /// Of the requests that were written whole. Every request of a call is counted before the call returns.
  Counts counts() const { return {end_transaction_.load(), offset_commits_.load()}; }

 private:
  static rd_kafka_resp_err_t on_new(rd_kafka_t* client, const rd_kafka_conf_t* conf, void* self, char* reason,
                                    size_t reason_size);
  static rd_kafka_resp_err_t on_request_sent(rd_kafka_t* client, int socket, const char* broker,
                                             int32_t broker_id, int16_t api_key, int16_t api_version,
                                             int32_t correlation_id, size_t size, void* self);

  std::atomic<int> end_transaction_ = 0;
  std::atomic<int> offset_commits_ = 0;
};

}  // namespace tallymill::processor::kafka
