#include "processor/kafka/changelog_reader.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "processor/kafka/admin_requests.h"
#include "processor/kafka/client_failure.h"
#include "topology/base/invariant.h"

namespace tallymill::processor::kafka {

using topology::Error;
using topology::ErrorCode;
using topology::Offset;
using topology::Result;
using topology::Status;

PartitionReader::PartitionReader(const EngineSettings& settings, ClientNames names, EventLog& log, Pulse& pulse)
    : settings_(settings), names_(std::move(names)), contact_("changelog reader " + names_.client_id, log, pulse) {}

PartitionReader::~PartitionReader() {
  batch_.release();
  while (!readings_.empty()) stop(TopicPartition(readings_.begin()->first));
}

Status PartitionReader::open() {
  Result<ClientConf> conf = changelog_reader_conf(settings_, names_);
  if (!conf) return conf.error();
  contact_.attach(conf->get(), this);
  Result<Client> client = make_client(RD_KAFKA_CONSUMER, std::move(*conf));
  if (!client) return client.error();
  client_ = std::move(*client);
  queue_.reset(rd_kafka_queue_new(client_.get()));
  return {};
}

Status PartitionReader::start(std::span<const TopicPartition> partitions) {
  if (client_ == nullptr) {
    if (const Status status = open(); !status) return status;
  }
  const Result<std::vector<Offset>> begins = list_offsets(client_.get(), partitions, {LogPlace::Kind::begin, 0});
  if (!begins) return begins.error();
  const Result<std::vector<Offset>> ends = list_offsets(client_.get(), partitions, {LogPlace::Kind::end, 0});
  if (!ends) return ends.error();
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    const Offset begin = (*begins)[i];
    const Status status = start_at(partitions[i], {begin, begin, (*ends)[i]});
    if (status) continue;
    for (std::size_t started = 0; started < i; ++started) stop(partitions[started]);
    return status;
  }
  return {};
}

Status PartitionReader::start_at(const TopicPartition& partition, const Progress& progress) {
  INVARIANT(!readings_.contains(partition), "a partition was started twice");
  Reading reading{Topic(rd_kafka_topic_new(client_.get(), partition.topic.c_str(), nullptr)), progress};
  if (reading.topic == nullptr || rd_kafka_consume_start_queue(reading.topic.get(), partition.partition.value,
                                                               progress.begin.value, queue_.get()) != 0) {
    const rd_kafka_resp_err_t code = rd_kafka_last_error();
    return error_of(code, "reading topic " + partition.topic, {Resource::Kind::topic, partition.topic},
                    rd_kafka_err2str(code));
  }
  readings_.emplace(partition, std::move(reading));
  return {};
}

void PartitionReader::stop(const TopicPartition& partition) {
  const auto found = readings_.find(partition);
  INVARIANT(found != readings_.end(), "a partition was stopped that was not started");
  batch_.release();
  records_.clear();
  rd_kafka_consume_stop(found->second.topic.get(), partition.partition.value);
  readings_.erase(found);
}

ChangelogReader::Progress PartitionReader::progress(const TopicPartition& partition) const {
  const auto found = readings_.find(partition);
  INVARIANT(found != readings_.end(), "the progress of a partition was asked for that was not started");
  return found->second.progress;
}

Result<std::span<const InputRecord>> PartitionReader::poll(std::size_t records_max,
                                                           topology::Duration timeout) {
  batch_.release();
  records_.clear();
  if (readings_.empty()) return std::span<const InputRecord>(records_);
  batch_.take_available(queue_.get(), records_max, milliseconds_of(timeout));
  rd_kafka_poll(client_.get(), 0);  // serves the callbacks of errors and log lines
  if (const Status status = collect_records(); !status) return status.error();
  update_positions();
  if (batch_.messages().empty()) {
    lifeline_.check(client_.get());
  } else if (!records_.empty()) {
    contact_.answered();
  }
  return std::span<const InputRecord>(records_);
}

Status PartitionReader::collect_records() {
  const rd_kafka_topic_t* topic = nullptr;
  std::int32_t number = -1;
  Readings::value_type* current = nullptr;
  for (const rd_kafka_message_t* message : batch_.messages()) {
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      if (const Status status = failure_of(*message); !status) return status;
      continue;
    }
    if (message->rkt != topic || message->partition != number) {
      topic = message->rkt;
      number = message->partition;
      current = reading_of(*message);
    }
    if (current == nullptr) continue;  // of a partition that was stopped
    records_.push_back(input_record_of(*message, current->first));
  }
  return {};
}

Status PartitionReader::failure_of(const rd_kafka_message_t& message) const {
  if (passes(message.err) || message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) return {};
  const char* text = rd_kafka_message_errstr(&message);
  const std::string topic = message.rkt == nullptr ? std::string() : rd_kafka_topic_name(message.rkt);
  if (message.err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET ||
      message.err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE) {
    return Error{ErrorCode::offset_out_of_log,
                 "offset " + std::to_string(message.offset) + " of " + topic + "/" +
                     std::to_string(message.partition) +
                     " is gone while the partition is read from its beginning",
                 "records of internal topics must not be deleted by anybody else; start again"};
  }
  return error_of(message.err, "reading topic " + topic, {Resource::Kind::topic, topic},
                  text == nullptr ? rd_kafka_err2str(message.err) : text);
}

PartitionReader::Readings::value_type* PartitionReader::reading_of(const rd_kafka_message_t& message) {
  const std::string_view topic = rd_kafka_topic_name(message.rkt);
  const auto found = std::find_if(readings_.begin(), readings_.end(), [&](const auto& entry) {
    return entry.first.partition.value == message.partition && entry.first.topic == topic;
  });
  return found == readings_.end() ? nullptr : &*found;
}

void PartitionReader::update_positions() {
  const PartitionList list = new_partition_list(readings_.size());
  for (const auto& entry : readings_) append(list.get(), entry.first, RD_KAFKA_OFFSET_INVALID);
  if (rd_kafka_position(client_.get(), list.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  for (int i = 0; i < list->cnt; ++i) {
    if (list->elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR || list->elems[i].offset < 0) continue;
    Progress& progress = readings_.find(partition_of(list->elems[i]))->second.progress;
    progress.position = std::max(progress.position, Offset(list->elems[i].offset));
  }
}

}  // namespace tallymill::processor::kafka
