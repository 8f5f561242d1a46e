#include <algorithm>
#include <array>
#include <string_view>

#include "processor/kafka/admin_requests.h"
#include "processor/kafka/client_failure.h"
#include "processor/kafka/consumer.h"

// What librdkafka reports beside records: which of it passes, which ends the source, and what it means.
namespace tallymill::processor::kafka {

using topology::Error;
using topology::ErrorCode;
using topology::Offset;
using topology::Result;
using topology::Status;

Status GroupConsumer::check_errors() {
  std::array<char, 512> reason{};
  const rd_kafka_resp_err_t fatal = rd_kafka_fatal_error(client_.get(), reason.data(), reason.size());
  if (fatal != RD_KAFKA_RESP_ERR_NO_ERROR) {
    const bool unsupported =
        fatal == RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION || fatal == RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE;
    if (unsupported && may_fall_back_ && assigned_.empty()) return fall_back_to_classic();
    if (unsupported) {
      return Error{
          ErrorCode::kafka_client_failed,
          "the brokers do not have the group protocol `consumer` (KIP-848) for group " + names_.group,
          "set group_protocol to automatic or classic"};
    }
    return error_of(fatal, "reading as a group member", {Resource::Kind::group, names_.group}, reason.data());
  }
  for (const rd_kafka_message_t* message : batch_.messages()) {
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    if (const Status status = failure_of(*message); !status) return status;
  }
  return {};
}

Status GroupConsumer::failure_of(const rd_kafka_message_t& message) {
  const char* text = rd_kafka_message_errstr(&message);
  const std::string reason = text == nullptr ? rd_kafka_err2str(message.err) : text;
  if (message.err == RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED) {
    contact_.log().write(Severity::warning,
                         "the worker was away for longer than max.poll.interval.ms and has left "
                         "the group; it joins again",
                         {{"group", names_.group}});
    return {};
  }
  if (passes(message.err) || message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) return {};
  if (message.rkt == nullptr) {
    return error_of(message.err, "reading as a group member", {Resource::Kind::group, names_.group}, reason);
  }
  const TopicPartition partition{rd_kafka_topic_name(message.rkt), topology::Partition(message.partition)};
  if (message.err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET ||
      message.err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE) {
    return check_range(partition, message.offset);
  }
  return error_of(message.err, "reading topic " + partition.topic, {Resource::Kind::topic, partition.topic},
                  reason);
}

// The error may also be the answer to a fetch for which nobody waits any more, since errors, unlike records,
// pass the barrier of a seek. So the log itself is asked, and the partition moved again if it does have the
// offset.
Status GroupConsumer::check_range(const TopicPartition& partition, std::int64_t fetched) {
  const auto found = assigned_.find(partition);
  if (found == assigned_.end() || found->second.is_paused || found->second.start) return {};
  Assigned& assigned = found->second;
  const std::int64_t wanted = std::max(assigned.next, assigned.is_moved ? 0 : fetched);
  const std::string name = partition.topic + "/" + std::to_string(partition.partition.value);
  const std::array one{partition};
  const Result<std::vector<Offset>> begin = list_offsets(client_.get(), one, {LogPlace::Kind::begin, 0});
  const Result<std::vector<Offset>> end = list_offsets(client_.get(), one, {LogPlace::Kind::end, 0});
  if (begin && begin->front().value > wanted) {
    if (is_read_by_others(partition, wanted)) return {};
    return Error{ErrorCode::offset_out_of_log,
                 "offsets " + std::to_string(wanted) + ".." + std::to_string(begin->front().value - 1) +
                     " of " + name + " are gone: the topic's retention removed records that group " +
                     names_.group + " had not read",
                 "restore the records, or reset the application and start again from what the topic has"};
  }
  if (end && end->front().value < wanted) {
    return Error{ErrorCode::offset_out_of_log,
                 "offset " + std::to_string(wanted) + " of " + name +
                     " is outside of the log, which ends at " + std::to_string(end->front().value) +
                     ": the topic was truncated or made anew",
                 "reset the application, since its state describes records that no longer exist"};
  }
  assigned.start = wanted;
  return restart(partition);
}

// A member that was removed from the group and does not know it yet can fetch what its heir has read,
// committed and, in a repartition topic, had deleted. Nothing is lost then: the partition stands still until
// it is taken.
bool GroupConsumer::is_read_by_others(const TopicPartition& partition, std::int64_t wanted) {
  const auto group = committed(std::array{partition});
  return group && group->front() && group->front()->value > wanted;
}

}  // namespace tallymill::processor::kafka
