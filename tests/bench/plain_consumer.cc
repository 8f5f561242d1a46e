// Reads a topic from its beginning to its end with the very properties of the engine's consumer and does
// nothing with it but touch one byte per cache line: the floor under every figure of the engine. Also counts
// what a run has produced, transaction markers left out.
//
// usage: plain_consumer BOOTSTRAP_SERVERS TOPIC
//
// Prints one JSON object: records, bytes (keys and values), seconds from the first record to the last, CPU
// seconds of all threads. Exit codes: 0 all was read, 1 it was not, 2 wrong usage.

#include <librdkafka/rdkafka.h>
#include <sys/resource.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>

#include "processor/engine_settings.h"
#include "processor/kafka/client_config.h"
#include "processor/kafka/rdkafka_handles.h"

namespace {

using namespace tallymill::processor;  // NOLINT(google-build-using-namespace): a program of one file
using SteadyClock = std::chrono::steady_clock;

constexpr int metadata_timeout_ms = 10'000;
constexpr int poll_timeout_ms = 100;
constexpr std::size_t cache_line_bytes = 64;

struct Reading {
  std::int64_t records = 0;
  std::int64_t bytes = 0;
  std::uint64_t touched = 0;  // printed, so that the compiler keeps the reads
  int partitions_left = 0;
  SteadyClock::time_point first;
  SteadyClock::time_point last;
  std::string error;
};

int fail(const std::string& what) {
  std::cerr << "plain_consumer: " << what << "\n";
  return 1;
}

/// The engine's consumer, but for the ends of partitions, which it learns from librdkafka.
kafka::Client make_consumer(const std::string& bootstrap, std::string& error) {
  EngineSettings settings;
  settings.kafka["bootstrap.servers"] = bootstrap;
  auto conf =
      kafka::group_consumer_conf(settings, {"plain-consumer", "plain-consumer", ""}, GroupProtocol::consumer);
  if (!conf) {
    error = conf.error().message;
    return nullptr;
  }
  std::array<char, 256> reason{};
  rd_kafka_conf_set(conf->get(), "enable.partition.eof", "true", reason.data(), reason.size());
  auto client = kafka::make_client(RD_KAFKA_CONSUMER, std::move(*conf));
  if (!client) {
    error = client.error().message;
    return nullptr;
  }
  return std::move(*client);
}

/// Assigns all partitions of the topic from their beginning, outside of any group; how many there are, 0:
/// none.
int assign_all(rd_kafka_t* client, const std::string& topic_name) {
  const kafka::Topic topic(rd_kafka_topic_new(client, topic_name.c_str(), nullptr));
  const rd_kafka_metadata_t* metadata = nullptr;
  if (rd_kafka_metadata(client, 0, topic.get(), &metadata, metadata_timeout_ms) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return 0;
  const kafka::ClusterMetadata owned(metadata);
  if (metadata->topic_cnt != 1) return 0;
  const int partitions = metadata->topics[0].partition_cnt;
  const kafka::PartitionList list(rd_kafka_topic_partition_list_new(partitions));
  for (int partition = 0; partition < partitions; ++partition) {
    rd_kafka_topic_partition_list_add(list.get(), topic_name.c_str(), partition)->offset = 0;
  }
  return rd_kafka_assign(client, list.get()) == RD_KAFKA_RESP_ERR_NO_ERROR ? partitions : 0;
}

void take(const rd_kafka_message_t& message, Reading& reading) {
  if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    --reading.partitions_left;
  } else if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    reading.error = rd_kafka_message_errstr(&message);
  } else {
    ++reading.records;
    reading.bytes += static_cast<std::int64_t>(message.len + message.key_len);
    const std::string_view value(static_cast<const char*>(message.payload), message.len);
    for (std::size_t at = 0; at < value.size(); at += cache_line_bytes) {
      reading.touched += static_cast<unsigned char>(value[at]);
    }
  }
}

void read_to_end(rd_kafka_t* client, Reading& reading) {
  const kafka::Queue queue(rd_kafka_queue_get_consumer(client));
  kafka::MessageBatch batch;
  while (reading.partitions_left > 0 && reading.error.empty()) {
    batch.release();
    batch.take(queue.get(), EngineSettings().poll_records_max, poll_timeout_ms);
    const std::int64_t before = reading.records;
    for (const rd_kafka_message_t* message : batch.messages()) take(*message, reading);
    if (reading.records == before) continue;
    reading.last = SteadyClock::now();
    if (before == 0) reading.first = reading.last;
  }
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

int consume(const std::string& bootstrap, const std::string& topic) {
  Reading reading;
  const kafka::Client client = make_consumer(bootstrap, reading.error);
  if (client == nullptr) return fail(reading.error);
  rd_kafka_poll_set_consumer(client.get());
  reading.partitions_left = assign_all(client.get(), topic);
  if (reading.partitions_left == 0) return fail("the topic " + topic + " cannot be read from " + bootstrap);
  read_to_end(client.get(), reading);
  if (!reading.error.empty()) return fail(topic + ": " + reading.error);
  const double seconds = std::chrono::duration<double>(reading.last - reading.first).count();
  std::cout << "{\"records\":" << reading.records << ",\"bytes\":" << reading.bytes
            << ",\"seconds\":" << seconds << ",\"cpu_seconds\":" << cpu_seconds()
            << ",\"touched\":" << reading.touched << "}\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: plain_consumer BOOTSTRAP_SERVERS TOPIC\n";
    return 2;
  }
  return consume(argv[1], argv[2]);
}
