#include "processor/kafka/committed_offsets.h"

#include <chrono>
#include <thread>

#include "processor/kafka/broker_contact.h"
#include "processor/kafka/broker_lifeline.h"
#include "processor/kafka/client_failure.h"
#include "topology/base/invariant.h"

namespace tallymill::processor::kafka {

using topology::Offset;
using topology::Result;

namespace {

using Clock = std::chrono::steady_clock;

// An open transaction of a dead member holds offsets until its own time-out, which is below a minute.
constexpr std::chrono::seconds budget{60};
constexpr int attempt_timeout_ms = 5000;

// Everything else is asked again while there is time: asking changes nothing, and giving up stops the worker.
bool is_final(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED ||
         code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED || code == RD_KAFKA_RESP_ERR_INVALID_GROUP_ID ||
         code == RD_KAFKA_RESP_ERR__DESTROY;
}

bool is_no_member(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID || code == RD_KAFKA_RESP_ERR_FENCED_MEMBER_EPOCH ||
         code == RD_KAFKA_RESP_ERR_STALE_MEMBER_EPOCH || code == RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION;
}

rd_kafka_resp_err_t first_error(const rd_kafka_topic_partition_list_t& list) {
  for (int i = 0; i < list.cnt; ++i) {
    if (list.elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR) return list.elems[i].err;
  }
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t ask_as_member(rd_kafka_t* client, PartitionList& list) {
  const rd_kafka_resp_err_t code = rd_kafka_committed(client, list.get(), attempt_timeout_ms);
  return code == RD_KAFKA_RESP_ERR_NO_ERROR ? first_error(*list) : code;
}

// The same request without a member in it, of the admin interface.
rd_kafka_resp_err_t ask_as_stranger(rd_kafka_t* client, const std::string& group, PartitionList& list) {
  const AdminOptions options(rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS));
  const ClientError refused(rd_kafka_AdminOptions_set_require_stable_offsets(options.get(), 1));
  INVARIANT(refused == nullptr, "offsets would be read that are not stable");
  const GroupOffsetsRequest request(rd_kafka_ListConsumerGroupOffsets_new(group.c_str(), list.get()));
  rd_kafka_ListConsumerGroupOffsets_t* requests = request.get();
  const Queue queue(rd_kafka_queue_new(client));
  rd_kafka_ListConsumerGroupOffsets(client, &requests, 1, options.get(), queue.get());
  const Event event(rd_kafka_queue_poll(queue.get(), attempt_timeout_ms));
  if (event == nullptr) return RD_KAFKA_RESP_ERR__TIMED_OUT;
  rd_kafka_resp_err_t code = rd_kafka_event_error(event.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return code;
  std::size_t count = 0;
  const auto** groups = rd_kafka_ListConsumerGroupOffsets_result_groups(
      rd_kafka_event_ListConsumerGroupOffsets_result(event.get()), &count);
  INVARIANT(count == 1, "one group was asked for");
  if (const rd_kafka_error_t* error = rd_kafka_group_result_error(groups[0]); error != nullptr) {
    return rd_kafka_error_code(error);
  }
  list.reset(rd_kafka_topic_partition_list_copy(rd_kafka_group_result_partitions(groups[0])));
  return first_error(*list);
}

}  // namespace

Result<std::vector<std::optional<Offset>>> read_committed_offsets(
    rd_kafka_t* client, const std::string& group, std::span<const TopicPartition> partitions) {
  const Clock::time_point deadline = Clock::now() + budget;
  bool is_member = true;
  while (true) {
    PartitionList list = new_partition_list(partitions.size());
    for (const TopicPartition& partition : partitions) append(list.get(), partition, RD_KAFKA_OFFSET_INVALID);
    const rd_kafka_resp_err_t code =
        is_member ? ask_as_member(client, list) : ask_as_stranger(client, group, list);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
      std::vector<std::optional<Offset>> offsets;
      for (const TopicPartition& partition : partitions) {
        const rd_kafka_topic_partition_t* entry = rd_kafka_topic_partition_list_find(
            list.get(), partition.topic.c_str(), partition.partition.value);
        const bool has_one = entry != nullptr && entry->offset >= 0;
        offsets.push_back(has_one ? std::optional(Offset(entry->offset)) : std::nullopt);
      }
      return offsets;
    }
    // The group went on without this member, which will hear of it at its next poll.
    if (is_no_member(code)) is_member = false;
    if (is_final(code) || Clock::now() >= deadline) {
      return error_of(code, "asking for committed offsets", {Resource::Kind::group, group},
                      rd_kafka_err2str(code));
    }
    BrokerContact::of(client).pulse().beat();
    bootstrap_again(client);
    std::this_thread::sleep_for(
        std::chrono::milliseconds(20));  // an answer at once must not become a busy loop
  }
}

}  // namespace tallymill::processor::kafka
