#include "processor/kafka/admin_requests.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

#include "processor/kafka/broker_contact.h"
#include "processor/kafka/broker_lifeline.h"
#include "processor/kafka/client_failure.h"
#include "topology/base/invariant.h"

namespace tallymill::processor::kafka {

using topology::Error;
using topology::Offset;
using topology::Result;

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds request_budget{30};
constexpr int request_timeout_ms = 10'000;  // said in the header

std::int64_t spec_of(LogPlace place) {
  switch (place.kind) {
    case LogPlace::Kind::begin:
      return RD_KAFKA_OFFSET_SPEC_EARLIEST;
    case LogPlace::Kind::end:
      return RD_KAFKA_OFFSET_SPEC_LATEST;
    case LogPlace::Kind::time:
      return std::max<std::int64_t>(place.timestamp_ms, 0);  // below 0 stand names of places
  }
  return RD_KAFKA_OFFSET_SPEC_LATEST;
}

// The answer is in an order of its own.
std::size_t index_of(std::span<const TopicPartition> partitions, const TopicPartition& partition) {
  const auto found = std::ranges::find(partitions, partition);
  INVARIANT(found != partitions.end(), "the brokers answered about a partition that was not asked for");
  return static_cast<std::size_t>(found - partitions.begin());
}

// librdkafka says "no leaders found" both of partitions that do not exist and of those that have no leader
// now.
Error failure_of_listing(rd_kafka_t* client, rd_kafka_resp_err_t code, const TopicPartition& concerned,
                         const std::string& reason) {
  const std::string action = "asking where partition " + std::to_string(concerned.partition.value) +
                             " of topic " + concerned.topic + " begins and ends";
  const Resource topic{Resource::Kind::topic, concerned.topic};
  if (code != RD_KAFKA_RESP_ERR__NOENT) return error_of(code, action, topic, reason);
  const Result<std::optional<std::int32_t>> partitions = count_partitions(client, concerned.topic);
  if (!partitions) return partitions.error();
  const bool exists = partitions->has_value() && concerned.partition.value < **partitions;
  return error_of(exists ? RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
                  action, topic, exists ? "the partition has no leader" : reason);
}

/// Whether the entry says a place in the log. librdkafka 2.14.2 forgets the error of a leader that did not answer
/// (rdkafka_admin.c, rd_kafka_ListOffsets_response_merge): the partition then has the offset that it was asked with, or
/// none, and no error.
bool is_answered(const rd_kafka_ListOffsetsResultInfo_t* info, LogPlace place) {
  const std::int64_t offset = rd_kafka_ListOffsetsResultInfo_topic_partition(info)->offset;
  if (place.kind != LogPlace::Kind::time) return offset >= 0;
  // No record of that time or later is an answer; the record that there is has its time.
  return offset == RD_KAFKA_OFFSET_END || (offset >= 0 && rd_kafka_ListOffsetsResultInfo_timestamp(info) >= 0);
}

rd_kafka_resp_err_t failure_of(const rd_kafka_ListOffsetsResultInfo_t* info, LogPlace place) {
  const rd_kafka_resp_err_t code = rd_kafka_ListOffsetsResultInfo_topic_partition(info)->err;
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR || is_answered(info, place)) return code;
  return RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
}

}  // namespace

AdminOptions admin_options(rd_kafka_t* client, rd_kafka_admin_op_t operation, int operation_timeout_ms) {
  std::array<char, 512> reason{};
  AdminOptions options(rd_kafka_AdminOptions_new(client, operation));
  rd_kafka_resp_err_t code =
      rd_kafka_AdminOptions_set_request_timeout(options.get(), request_timeout_ms, reason.data(), reason.size());
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR && operation_timeout_ms > 0) {
    code = rd_kafka_AdminOptions_set_operation_timeout(options.get(), operation_timeout_ms, reason.data(),
                                                       reason.size());
  }
  INVARIANT(code == RD_KAFKA_RESP_ERR_NO_ERROR, "an admin request has an option that librdkafka refuses");
  return options;
}

void refresh_leaders(rd_kafka_t* client, const std::string& topic_name) {
  const Topic topic(rd_kafka_topic_new(client, topic_name.c_str(), nullptr));
  const rd_kafka_metadata_t* metadata = nullptr;
  rd_kafka_metadata(client, 0, topic.get(), &metadata, 0);  // the answer goes to the client's cache when it comes
  const ClusterMetadata owned(metadata);
}

rd_kafka_resp_err_t repeat_while_passing(rd_kafka_t* client,
                                         const std::function<rd_kafka_resp_err_t()>& attempt) {
  const Clock::time_point deadline = Clock::now() + request_budget;
  while (true) {
    const rd_kafka_resp_err_t code = attempt();
    if (!passes(code) || Clock::now() >= deadline) return code;
    BrokerContact::of(client).pulse().beat();
    bootstrap_again(client);
    std::this_thread::sleep_for(
        std::chrono::milliseconds(20));  // an answer at once must not become a busy loop
  }
}

AdminAnswer ask_admin(rd_kafka_t* client, rd_kafka_admin_op_t operation, int operation_timeout_ms,
                      const AdminSend& send) {
  AdminAnswer answer;
  const AdminOptions options = admin_options(client, operation, operation_timeout_ms);
  const Queue queue(rd_kafka_queue_new(client));
  send(options.get(), queue.get());
  answer.event.reset(rd_kafka_queue_poll(queue.get(), request_timeout_ms + operation_timeout_ms + 1000));
  if (answer.event == nullptr) {
    answer.code = RD_KAFKA_RESP_ERR__TIMED_OUT;
    answer.reason = "no answer";
    return answer;
  }
  answer.code = rd_kafka_event_error(answer.event.get());
  if (answer.code != RD_KAFKA_RESP_ERR_NO_ERROR)
    answer.reason = rd_kafka_event_error_string(answer.event.get());
  return answer;
}

Result<std::vector<Offset>> list_offsets(rd_kafka_t* client, std::span<const TopicPartition> partitions,
                                         LogPlace place) {
  std::vector<Offset> offsets(partitions.size());
  if (partitions.empty()) return offsets;
  std::vector<TopicPartition> without_record;  // of the time: they stand at their end
  std::string reason;
  TopicPartition concerned = partitions.front();
  const rd_kafka_resp_err_t code = repeat_while_passing(client, [&] {
    const PartitionList list = new_partition_list(partitions.size());
    for (const TopicPartition& partition : partitions) append(list.get(), partition, spec_of(place));
    const AdminAnswer answer =
        ask_admin(client, RD_KAFKA_ADMIN_OP_LISTOFFSETS, 0,
                  [&](const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
                    rd_kafka_ListOffsets(client, list.get(), options, queue);
                  });
    reason = answer.reason;
    if (answer.code != RD_KAFKA_RESP_ERR_NO_ERROR) return answer.code;
    std::size_t count = 0;
    const auto** infos =
        rd_kafka_ListOffsets_result_infos(rd_kafka_event_ListOffsets_result(answer.event.get()), &count);
    without_record.clear();
    for (std::size_t i = 0; i < count; ++i) {
      const rd_kafka_topic_partition_t* entry = rd_kafka_ListOffsetsResultInfo_topic_partition(infos[i]);
      concerned = partition_of(*entry);
      const rd_kafka_resp_err_t failure = failure_of(infos[i], place);
      if (failure != RD_KAFKA_RESP_ERR_NO_ERROR) {
        reason = rd_kafka_err2str(failure);
        refresh_leaders(client, concerned.topic);
        return failure;
      }
      offsets[index_of(partitions, concerned)] = Offset(entry->offset);
      if (entry->offset < 0) without_record.push_back(concerned);
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
  });
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return failure_of_listing(client, code, concerned, reason);
  if (without_record.empty()) return offsets;
  const Result<std::vector<Offset>> ends = list_offsets(client, without_record, {LogPlace::Kind::end, 0});
  if (!ends) return ends.error();
  for (std::size_t i = 0; i < without_record.size(); ++i) {
    offsets[index_of(partitions, without_record[i])] = (*ends)[i];
  }
  return offsets;
}

Result<std::optional<std::int32_t>> count_partitions(rd_kafka_t* client, const std::string& topic) {
  const char* name = topic.c_str();
  const TopicNames names(rd_kafka_TopicCollection_of_topic_names(&name, 1));
  std::optional<std::int32_t> partitions;
  std::string reason;
  const rd_kafka_resp_err_t code = repeat_while_passing(client, [&] {
    const AdminAnswer answer =
        ask_admin(client, RD_KAFKA_ADMIN_OP_DESCRIBETOPICS, 0,
                  [&](const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
                    rd_kafka_DescribeTopics(client, names.get(), options, queue);
                  });
    reason = answer.reason;
    if (answer.code != RD_KAFKA_RESP_ERR_NO_ERROR) return answer.code;
    std::size_t count = 0;
    const auto** topics = rd_kafka_DescribeTopics_result_topics(
        rd_kafka_event_DescribeTopics_result(answer.event.get()), &count);
    INVARIANT(count == 1, "one topic was asked for");
    const rd_kafka_error_t* error = rd_kafka_TopicDescription_error(topics[0]);
    if (error != nullptr) {
      reason = rd_kafka_error_string(error);
      return rd_kafka_error_code(error);
    }
    std::size_t partition_count = 0;
    rd_kafka_TopicDescription_partitions(topics[0], &partition_count);
    partitions = static_cast<std::int32_t>(partition_count);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
  });
  if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) return std::optional<std::int32_t>();
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return error_of(code, "looking up topic " + topic, {Resource::Kind::topic, topic}, reason);
  }
  return partitions;
}

}  // namespace tallymill::processor::kafka
