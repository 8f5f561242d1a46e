#include "processor/kafka/broker_lifeline.h"

#include <algorithm>
#include <array>
#include <string>

#include "processor/kafka/broker_contact.h"
#include "processor/kafka/rdkafka_handles.h"

namespace tallymill::processor::kafka {

namespace {

constexpr std::chrono::seconds check_interval{2};
constexpr int answer_timeout_max_ms = 1600;

std::string bootstrap_servers_of(rd_kafka_t* client) {
  std::array<char, 8192> servers{};
  std::size_t size = servers.size();
  if (rd_kafka_conf_get(rd_kafka_conf(client), "bootstrap.servers", servers.data(), &size) !=
      RD_KAFKA_CONF_OK) {
    return {};
  }
  return servers.data();
}

}  // namespace

void bootstrap_again(rd_kafka_t* client) {
  rd_kafka_brokers_add(client, bootstrap_servers_of(client).c_str());
}

void BrokerLifeline::check(rd_kafka_t* client) {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_check_) return;
  next_check_ = now + check_interval;
  const rd_kafka_metadata_t* metadata = nullptr;
  const rd_kafka_resp_err_t code = rd_kafka_metadata(client, 0, nullptr, &metadata, answer_timeout_ms_);
  const ClusterMetadata owned(metadata);  // none with an error
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
    BrokerContact::of(client).note_answer();
  } else {
    answer_timeout_ms_ = std::min(2 * answer_timeout_ms_, answer_timeout_max_ms);
  }
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR || metadata->broker_cnt == 0) bootstrap_again(client);
}

}  // namespace tallymill::processor::kafka
