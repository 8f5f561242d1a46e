// Fills a topic with records made from a template on standard input (record_template.h), as fast as one
// producer can, spread evenly over the partitions.
//
// usage: backlog_loader BOOTSTRAP_SERVERS TOPIC PARTITIONS RECORDS < TEMPLATE
//
// Exit codes: 0 the broker has all records, 1 it has not, 2 wrong usage.

#include <librdkafka/rdkafka.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>

#include "processor/kafka/rdkafka_handles.h"
#include "tests/bench/record_template.h"

namespace {

using tallymill::bench::RecordTemplate;
using tallymill::processor::kafka::Client;
using tallymill::processor::kafka::ClientConf;
using tallymill::processor::kafka::Topic;

constexpr int flush_timeout_ms = 60'000;

std::int64_t undelivered = 0;
std::string reason_of_first;  // why the first of them was not delivered

void delivered(rd_kafka_t* /*client*/, const rd_kafka_message_t* message, void* /*opaque*/) {
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  if (undelivered++ == 0) reason_of_first = rd_kafka_message_errstr(message);
}

/// An idempotent producer, so that retries neither lose nor repeat a record; null with the reason on standard
/// error.
Client make_producer(const std::string& bootstrap) {
  ClientConf conf(rd_kafka_conf_new());
  std::array<char, 512> reason{};
  const std::initializer_list<std::pair<const char*, std::string>> properties = {
      {"bootstrap.servers", bootstrap},
      {"client.id", "backlog-loader"},
      {"enable.idempotence", "true"},
      {"compression.type", "lz4"},
      {"linger.ms", "20"},
      {"queue.buffering.max.messages", "500000"},
      {"queue.buffering.max.kbytes", "131072"},
  };
  for (const auto& [name, value] : properties) {
    if (rd_kafka_conf_set(conf.get(), name, value.c_str(), reason.data(), reason.size()) !=
        RD_KAFKA_CONF_OK) {
      std::cerr << "backlog_loader: " << reason.data() << "\n";
      return nullptr;
    }
  }
  rd_kafka_conf_set_dr_msg_cb(conf.get(), delivered);
  Client client(rd_kafka_new(RD_KAFKA_PRODUCER, conf.get(), reason.data(), reason.size()));
  if (client == nullptr) {
    std::cerr << "backlog_loader: " << reason.data() << "\n";
    return nullptr;
  }
  conf.release();  // NOLINT(bugprone-unused-return-value): the client owns it
  return client;
}

/// Hands one record to the client, and waits for room in its queue where there is none.
bool produce(rd_kafka_t* client, rd_kafka_topic_t* topic, std::int32_t partition,
             const RecordTemplate& record) {
  const std::string_view key = record.key();
  const std::string_view value = record.value();
  // librdkafka copies both (F_COPY); its interface has the value as not const all the same.
  while (rd_kafka_produce(topic, partition, RD_KAFKA_MSG_F_COPY, const_cast<char*>(value.data()),
                          value.size(), key.data(), key.size(), nullptr) != 0) {
    const rd_kafka_resp_err_t error = rd_kafka_last_error();
    if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      std::cerr << "backlog_loader: a record was refused: " << rd_kafka_err2str(error) << "\n";
      return false;
    }
    rd_kafka_poll(client, 10);
  }
  return true;
}

int load(const std::string& bootstrap, const std::string& topic_name, std::int64_t partitions,
         std::int64_t records) {
  auto record = RecordTemplate::read(std::cin);
  if (!record) {
    std::cerr << "backlog_loader: " << record.error().message << "\n  remedy: " << record.error().hint
              << "\n";
    return 2;
  }
  const Client client = make_producer(bootstrap);
  if (client == nullptr) return 1;
  const Topic topic(rd_kafka_topic_new(client.get(), topic_name.c_str(), nullptr));
  for (std::int64_t number = 0; number < records; ++number) {
    record->next();
    if (!produce(client.get(), topic.get(), static_cast<std::int32_t>(number % partitions), *record))
      return 1;
    if (number % 1024 == 0) rd_kafka_poll(client.get(), 0);
  }
  const rd_kafka_resp_err_t flushed = rd_kafka_flush(client.get(), flush_timeout_ms);
  if (flushed == RD_KAFKA_RESP_ERR_NO_ERROR && undelivered == 0) return 0;
  std::cerr << "backlog_loader: " << undelivered << " records were not delivered to " << topic_name << ": "
            << (undelivered == 0 ? rd_kafka_err2str(flushed) : reason_of_first) << "\n";
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5 || std::atoll(argv[3]) < 1 || std::atoll(argv[4]) < 0) {
    std::cerr << "usage: backlog_loader BOOTSTRAP_SERVERS TOPIC PARTITIONS RECORDS < TEMPLATE\n";
    return 2;
  }
  return load(argv[1], argv[2], std::atoll(argv[3]), std::atoll(argv[4]));
}
