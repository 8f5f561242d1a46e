#include "processor/kafka/request_counter.h"

#include "topology/base/invariant.h"

namespace tallymill::processor::kafka {

namespace {

// https://kafka.apache.org/protocol#protocol_api_keys
constexpr int16_t end_txn_key = 26;
constexpr int16_t txn_offset_commit_key = 28;

}  // namespace

void RequestCounter::attach(rd_kafka_conf_t* conf) {
  const rd_kafka_resp_err_t code =
      rd_kafka_conf_interceptor_add_on_new(conf, "request_counter", &on_new, this);
  INVARIANT(code == RD_KAFKA_RESP_ERR_NO_ERROR, "a producer would run without its request counter");
}

void RequestCounter::reset() {
  end_transaction_ = 0;
  offset_commits_ = 0;
}

rd_kafka_resp_err_t RequestCounter::on_new(rd_kafka_t* client, const rd_kafka_conf_t*, void* self, char*,
                                           size_t) {
  return rd_kafka_interceptor_add_on_request_sent(client, "request_counter", &on_request_sent, self);
}

rd_kafka_resp_err_t RequestCounter::on_request_sent(rd_kafka_t*, int, const char*, int32_t, int16_t api_key,
                                                    int16_t, int32_t, size_t, void* self) {
  auto* counter = static_cast<RequestCounter*>(self);
  if (api_key == end_txn_key) ++counter->end_transaction_;
  if (api_key == txn_offset_commit_key) ++counter->offset_commits_;
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

}  // namespace tallymill::processor::kafka
