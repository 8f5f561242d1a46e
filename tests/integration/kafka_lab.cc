#include "tests/integration/kafka_lab.h"

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <cstdlib>
#include <random>

namespace tallymill::integration {

using processor::EngineSettings;
using processor::TopicPartition;

namespace {

using Seconds = std::chrono::seconds;
using Clock = std::chrono::steady_clock;

rd_kafka_t* plain_client(rd_kafka_type_t type,
                         const std::vector<std::pair<std::string, std::string>>& properties) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  char reason[512] = {};
  rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap_servers().c_str(), reason, sizeof reason);
  for (const auto& [name, value] : properties) {
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), reason, sizeof reason) != RD_KAFKA_CONF_OK) {
      ADD_FAILURE() << reason;
    }
  }
  rd_kafka_t* client = rd_kafka_new(type, conf, reason, sizeof reason);
  if (client == nullptr) ADD_FAILURE() << reason;
  return client;
}

ReadRecord copy_of(const rd_kafka_message_t& message) {
  ReadRecord record{message.partition, message.offset, {}, {}, {}};
  if (message.key != nullptr) record.key.emplace(static_cast<const char*>(message.key), message.key_len);
  if (message.payload != nullptr)
    record.value.emplace(static_cast<const char*>(message.payload), message.len);
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return record;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
    record.headers.emplace_back(name, std::string(static_cast<const char*>(value), size));
  }
  return record;
}

}  // namespace

std::string bootstrap_servers() {
  const char* value = std::getenv("TALLYMILL_TEST_BOOTSTRAP");
  if (value == nullptr) ADD_FAILURE() << "TALLYMILL_TEST_BOOTSTRAP is not set; see tests/README.md";
  return value == nullptr ? "localhost:1" : value;
}

EngineSettings settings_for(const std::string& bootstrap, processor::GroupProtocol protocol) {
  EngineSettings settings;
  settings.kafka["bootstrap.servers"] = bootstrap;
  settings.group_protocol = protocol;
  if (protocol == processor::GroupProtocol::classic) settings.kafka["session.timeout.ms"] = "6000";
  return settings;
}

std::string unique_name(const std::string& base) {
  static const std::string run = std::to_string(std::random_device{}());
  static std::atomic<int> next = 0;
  return base + "-" + run + "-" + std::to_string(++next);
}

void KeptLog::write(processor::Severity severity, std::string_view event,
                    std::initializer_list<processor::EventField> fields) {
  if (severity == processor::Severity::debug) return;
  std::string line(event);
  for (const processor::EventField& field : fields) line += " " + std::string(field.name) + "=" + field.value;
  const std::lock_guard lock(mutex_);
  lines_.push_back(std::move(line));
}

std::size_t KeptLog::count(std::string_view text) const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::ranges::count_if(
      lines_, [&](const std::string& line) { return line.find(text) != std::string::npos; }));
}

bool KeptLog::has(std::string_view text) const { return count(text) > 0; }

std::vector<ReadRecord> read_topic(const std::string& topic, std::int32_t partitions, Isolation isolation) {
  rd_kafka_t* client = plain_client(
      RD_KAFKA_CONSUMER,
      {{"group.id", "independent"},
       {"enable.auto.commit", "false"},
       {"enable.partition.eof", "true"},
       {"fetch.wait.max.ms", "50"},
       {"isolation.level", isolation == Isolation::read_committed ? "read_committed" : "read_uncommitted"}});
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(partitions);
  for (std::int32_t i = 0; i < partitions; ++i) {
    rd_kafka_topic_partition_list_add(list, topic.c_str(), i)->offset = RD_KAFKA_OFFSET_BEGINNING;
  }
  rd_kafka_assign(client, list);
  rd_kafka_topic_partition_list_destroy(list);
  std::vector<ReadRecord> records;
  const Clock::time_point deadline = Clock::now() + Seconds(60);
  for (std::int32_t ends = 0; ends < partitions && Clock::now() < deadline;) {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(client, 100);
    if (message == nullptr) continue;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) records.push_back(copy_of(*message));
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) ++ends;
    rd_kafka_message_destroy(message);
  }
  if (Clock::now() >= deadline) ADD_FAILURE() << topic << " was not read to its end";
  rd_kafka_consumer_close(client);
  rd_kafka_destroy(client);
  return records;
}

void append_plain(const std::string& topic, std::int32_t partition, const std::vector<std::string>& values) {
  rd_kafka_t* client = plain_client(RD_KAFKA_PRODUCER, {{"enable.idempotence", "true"}});
  rd_kafka_topic_t* handle = rd_kafka_topic_new(client, topic.c_str(), nullptr);
  for (const std::string& value : values) {
    rd_kafka_produce(handle, partition, RD_KAFKA_MSG_F_COPY, const_cast<char*>(value.data()), value.size(),
                     nullptr, 0, nullptr);
  }
  if (rd_kafka_flush(client, 90'000) != RD_KAFKA_RESP_ERR_NO_ERROR) ADD_FAILURE() << "records were not taken";
  rd_kafka_topic_destroy(handle);
  rd_kafka_destroy(client);
}

bool eventually(const std::function<bool()>& attempt) {
  const Clock::time_point deadline = Clock::now() + Seconds(60);
  while (Clock::now() < deadline) {
    if (attempt()) return true;
  }
  return false;
}

std::unique_ptr<processor::kafka::TopicAdmin> Lab::topics() {
  auto admin = processor::kafka::TopicAdmin::make(settings, {.client_id = "lab"}, log, pulse);
  if (!admin) {
    ADD_FAILURE() << admin.error().message;
    return nullptr;
  }
  return std::move(*admin);
}

std::string Lab::topic(const std::string& base, std::int32_t partitions) {
  std::string name = unique_name(base);
  const auto status = topics()->create(name, partitions, std::nullopt, {});
  if (!status) ADD_FAILURE() << status.error().message;
  return name;
}

bool Lab::purge(const processor::TopicPartition& partition, topology::Offset offset) {
  const auto admin = topics();
  admin->purge({{partition, offset}});
  return eventually([&] {
    const auto begin = admin->offsets(std::span(&partition, 1), {processor::LogPlace::Kind::begin});
    return begin && begin->front() >= offset;
  });
}

std::unique_ptr<processor::kafka::TransactionalProducer> Lab::sink(const std::string& transactional_id) {
  auto sink = std::make_unique<processor::kafka::TransactionalProducer>(
      settings,
      processor::kafka::ClientNames{.client_id = transactional_id, .transactional_id = transactional_id}, log,
      pulse, stop);
  const auto status = sink->connect();
  if (!status) ADD_FAILURE() << status.error().message;
  return sink;
}

std::unique_ptr<processor::kafka::GroupConsumer> Lab::source(const std::string& group,
                                                             const std::string& client) {
  return std::make_unique<processor::kafka::GroupConsumer>(
      settings, processor::kafka::ClientNames{.client_id = group + "-" + client, .group = group}, log, pulse);
}

std::unique_ptr<processor::kafka::PartitionReader> Lab::reader() {
  return std::make_unique<processor::kafka::PartitionReader>(
      settings, processor::kafka::ClientNames{.client_id = "lab-reader"}, log, pulse);
}

void ResumingListener::assigned(std::span<const TopicPartition> partitions) {
  owned.insert(owned.end(), partitions.begin(), partitions.end());
  if (leaves_paused) return;
  const auto offsets = source_.committed(partitions);
  if (!offsets) {
    ADD_FAILURE() << offsets.error().message;
    return;
  }
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    const auto status = source_.resume(partitions[i], (*offsets)[i].value_or(topology::Offset(0)));
    if (!status) ADD_FAILURE() << status.error().message;
  }
}

void ResumingListener::revoked(std::span<const TopicPartition> partitions, bool lost) {
  if (lost) ++losses;
  for (const TopicPartition& partition : partitions) std::erase(owned, partition);
}

}  // namespace tallymill::integration
