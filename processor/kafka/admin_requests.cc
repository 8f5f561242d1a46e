#include "processor/kafka/admin_requests.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>
#include <thread>

namespace tallymill::processor::kafka {

using topology::Error;
using topology::ErrorCode;
using topology::Offset;
using topology::Result;

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds request_budget{30};
constexpr int request_timeout_ms = 10'000;

Result<Event> ask_once(rd_kafka_t* client, rd_kafka_admin_op_t operation, int operation_timeout_ms,
                       std::string_view action, const AdminSend& send, rd_kafka_resp_err_t& code) {
  std::array<char, 512> reason{};
  const AdminOptions options(rd_kafka_AdminOptions_new(client, operation));
  code = rd_kafka_AdminOptions_set_request_timeout(options.get(), request_timeout_ms, reason.data(),
                                                   reason.size());
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR && operation_timeout_ms > 0) {
    code = rd_kafka_AdminOptions_set_operation_timeout(options.get(), operation_timeout_ms, reason.data(),
                                                       reason.size());
  }
  const Resource cluster{Resource::Kind::cluster, {}};
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return error_of(code, action, cluster, reason.data());
  const Queue queue(rd_kafka_queue_new(client));
  send(options.get(), queue.get());
  Event event(rd_kafka_queue_poll(queue.get(), request_timeout_ms + operation_timeout_ms + 1000));
  rd_kafka_poll(client, 0);  // serves the callbacks of errors and log lines
  code = event == nullptr ? RD_KAFKA_RESP_ERR__TIMED_OUT : rd_kafka_event_error(event.get());
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return event;
  return error_of(code, action, cluster,
                  event == nullptr ? "no answer" : rd_kafka_event_error_string(event.get()));
}

std::int64_t spec_of(LogPlace place) {
  switch (place.kind) {
    case LogPlace::Kind::begin:
      return RD_KAFKA_OFFSET_SPEC_EARLIEST;
    case LogPlace::Kind::end:
      return RD_KAFKA_OFFSET_SPEC_LATEST;
    case LogPlace::Kind::time:
      return place.timestamp_ms;
  }
  return RD_KAFKA_OFFSET_SPEC_LATEST;
}

// The answer is in an order of its own.
std::size_t index_of(std::span<const TopicPartition> partitions, const rd_kafka_topic_partition_t& entry) {
  const auto found = std::ranges::find(partitions, partition_of(entry));
  INVARIANT(found != partitions.end(), "the brokers answered about a partition that was not asked for");
  return static_cast<std::size_t>(found - partitions.begin());
}

}  // namespace

rd_kafka_resp_err_t repeat_while_passing(const std::function<rd_kafka_resp_err_t()>& attempt) {
  const Clock::time_point deadline = Clock::now() + request_budget;
  while (true) {
    const rd_kafka_resp_err_t code = attempt();
    if (!passes(code) || Clock::now() >= deadline) return code;
    std::this_thread::sleep_for(
        std::chrono::milliseconds(20));  // an answer at once must not become a busy loop
  }
}

Result<Event> ask_admin(rd_kafka_t* client, rd_kafka_admin_op_t operation, int operation_timeout_ms,
                        std::string_view action, const AdminSend& send) {
  Result<Event> answer = Event();
  repeat_while_passing([&] {
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    answer = ask_once(client, operation, operation_timeout_ms, action, send, code);
    return code;
  });
  return answer;
}

Result<std::vector<Offset>> list_offsets(rd_kafka_t* client, std::span<const TopicPartition> partitions,
                                         LogPlace place) {
  std::vector<Offset> offsets(partitions.size());
  if (partitions.empty()) return offsets;
  const std::string_view action = "asking for the offsets of a log";
  std::vector<TopicPartition> without_record;  // of the time: they stand at their end
  Result<Event> answer = Event();
  TopicPartition failed;
  const rd_kafka_resp_err_t code = repeat_while_passing([&] {
    const PartitionList list = new_partition_list(partitions.size());
    for (const TopicPartition& partition : partitions) append(list.get(), partition, spec_of(place));
    answer = ask_admin(client, RD_KAFKA_ADMIN_OP_LISTOFFSETS, 0, action,
                       [&](const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
                         rd_kafka_ListOffsets(client, list.get(), options, queue);
                       });
    if (!answer) return RD_KAFKA_RESP_ERR_NO_ERROR;
    std::size_t count = 0;
    const auto** infos =
        rd_kafka_ListOffsets_result_infos(rd_kafka_event_ListOffsets_result(answer->get()), &count);
    without_record.clear();
    for (std::size_t i = 0; i < count; ++i) {
      const rd_kafka_topic_partition_t* entry = rd_kafka_ListOffsetsResultInfo_topic_partition(infos[i]);
      failed = partition_of(*entry);
      if (entry->err != RD_KAFKA_RESP_ERR_NO_ERROR) return entry->err;
      offsets[index_of(partitions, *entry)] = Offset(entry->offset);
      if (entry->offset < 0) without_record.push_back(failed);
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
  });
  if (!answer) return answer.error();
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return error_of(code, std::string(action) + ", partition " + std::to_string(failed.partition.value),
                    {Resource::Kind::topic, failed.topic}, rd_kafka_err2str(code));
  }
  if (without_record.empty()) return offsets;
  INVARIANT(place.kind == LogPlace::Kind::time, "the brokers gave no offset for an end of a log");
  const Result<std::vector<Offset>> ends = list_offsets(client, without_record, {LogPlace::Kind::end, 0});
  if (!ends) return ends.error();
  for (std::size_t i = 0; i < without_record.size(); ++i) {
    const auto found = std::ranges::find(partitions, without_record[i]);
    offsets[static_cast<std::size_t>(found - partitions.begin())] = (*ends)[i];
  }
  return offsets;
}

Result<std::optional<std::int32_t>> count_partitions(rd_kafka_t* client, const std::string& topic) {
  const char* name = topic.c_str();
  const TopicNames names(rd_kafka_TopicCollection_of_topic_names(&name, 1));
  const std::string action = "looking up topic " + topic;
  std::optional<std::int32_t> partitions;
  Result<Event> answer = Event();
  const rd_kafka_resp_err_t code = repeat_while_passing([&] {
    answer = ask_admin(client, RD_KAFKA_ADMIN_OP_DESCRIBETOPICS, 0, action,
                       [&](const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
                         rd_kafka_DescribeTopics(client, names.get(), options, queue);
                       });
    if (!answer) return RD_KAFKA_RESP_ERR_NO_ERROR;
    std::size_t count = 0;
    const auto** topics =
        rd_kafka_DescribeTopics_result_topics(rd_kafka_event_DescribeTopics_result(answer->get()), &count);
    if (count != 1) return RD_KAFKA_RESP_ERR__BAD_MSG;
    const rd_kafka_error_t* error = rd_kafka_TopicDescription_error(topics[0]);
    if (error != nullptr) return rd_kafka_error_code(error);
    std::size_t partition_count = 0;
    rd_kafka_TopicDescription_partitions(topics[0], &partition_count);
    partitions = static_cast<std::int32_t>(partition_count);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
  });
  if (!answer) return answer.error();
  if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) return std::optional<std::int32_t>();
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return error_of(code, action, {Resource::Kind::topic, topic}, rd_kafka_err2str(code));
  }
  return partitions;
}

}  // namespace tallymill::processor::kafka
