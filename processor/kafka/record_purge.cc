#include "processor/kafka/record_purge.h"

#include "processor/kafka/admin_requests.h"
#include "processor/kafka/client_failure.h"

namespace tallymill::processor::kafka {

void RecordPurge::start(rd_kafka_t* client, const Offsets& offsets) {
  if (!settle(client) || offsets.empty()) return;
  const PartitionList list = new_partition_list(offsets.size());
  for (const auto& [partition, offset] : offsets) append(list.get(), partition, offset.value);
  const RecordsBefore before(rd_kafka_DeleteRecords_new(list.get()));
  rd_kafka_DeleteRecords_t* requests = before.get();
  const AdminOptions options = admin_options(client, RD_KAFKA_ADMIN_OP_DELETERECORDS, 0);
  answer_.reset(rd_kafka_queue_new(client));
  rd_kafka_DeleteRecords(client, &requests, 1, options.get(), answer_.get());
}

bool RecordPurge::settle(rd_kafka_t* client) {
  if (answer_ == nullptr) return true;
  const Event event(rd_kafka_queue_poll(answer_.get(), 0));
  if (event == nullptr) return false;
  answer_.reset();
  const rd_kafka_resp_err_t code = rd_kafka_event_error(event.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    note_failure(code, {});
    return true;
  }
  const rd_kafka_topic_partition_list_t* results =
      rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event.get()));
  std::set<std::string> misled;
  for (int i = 0; i < results->cnt; ++i) {
    const rd_kafka_topic_partition_t& entry = results->elems[i];
    if (entry.err == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    note_failure(entry.err, partition_of(entry));
    misled.insert(entry.topic);
  }
  if (misled.empty()) told_.clear();
  // Whatever it was: a leader that moved or died is the usual cause, and the client would ask it again for minutes.
  for (const std::string& topic : misled) refresh_leaders(client, topic);
  return true;
}

void RecordPurge::note_failure(rd_kafka_resp_err_t code, const TopicPartition& partition) {
  if (!told_.insert(std::to_string(code) + partition.topic).second) return;
  const topology::Error error = error_of(code, "deleting records that were consumed",
                                         {Resource::Kind::topic, partition.topic}, rd_kafka_err2str(code));
  // Brokers that fail or move are no trouble for this: it only saves space, and comes again.
  log_.write(passes(code) ? Severity::debug : Severity::warning,
             "consumed records of repartition topics could not be deleted",
             {{"cause", error.message}, {"hint", error.hint}});
}

}  // namespace tallymill::processor::kafka
