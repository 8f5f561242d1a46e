#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "processor/io.h"
#include "processor/kafka/rdkafka_handles.h"
#include "topology/base/result.h"

// Requests that any client can make beside what it is for. Unless it says so, each waits for its answer, and repeats
// what passes by itself for half a minute.
namespace tallymill::processor::kafka {

/// Offsets of a place in each partition, in the order of `partitions`. The end is the high watermark: it
/// counts records of open transactions too, which the watermark queries of a read_committed consumer do not.
topology::Result<std::vector<topology::Offset>> list_offsets(rd_kafka_t* client,
                                                             std::span<const TopicPartition> partitions,
                                                             LogPlace place);

/// Nothing if there is no such topic; it is not created by asking.
topology::Result<std::optional<std::int32_t>> count_partitions(rd_kafka_t* client, const std::string& topic);

/// What an admin request sends: options and queue are to be passed on as they are.
using AdminSend = std::function<void(const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue)>;

/// Options of a request that must be answered within 10 s. `operation_timeout_ms`: how long the broker may wait until
/// the change has reached all; 0 where the request knows no such time.
AdminOptions admin_options(rd_kafka_t* client, rd_kafka_admin_op_t operation, int operation_timeout_ms);

/// Has the client ask who leads the topic's partitions, and does not wait for the answer: an admin request goes to the
/// leader that the client has cached, and librdkafka 2.14.2 (rdkafka_admin.c) does not look again when that one has
/// moved, is gone, or refuses the epoch that was cached with it.
void refresh_leaders(rd_kafka_t* client, const std::string& topic);

/// The answer to one request. Errors of single resources stand in the event.
struct AdminAnswer {
  Event event;
  rd_kafka_resp_err_t code =
      RD_KAFKA_RESP_ERR_NO_ERROR;  ///< of the request as a whole; otherwise there is an event
  std::string reason;
};

/// Sends one request and waits for its answer. Serves no callbacks of the client: in a group consumer that
/// would take records out of its queue.
AdminAnswer ask_admin(rd_kafka_t* client, rd_kafka_admin_op_t operation, int operation_timeout_ms,
                      const AdminSend& send);

/// Repeats `attempt` while it returns a code that passes, for half a minute; returns the last code.
rd_kafka_resp_err_t repeat_while_passing(rd_kafka_t* client,
                                         const std::function<rd_kafka_resp_err_t()>& attempt);

}  // namespace tallymill::processor::kafka
