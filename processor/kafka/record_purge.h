#pragma once

#include <set>
#include <string>

#include "processor/event_log.h"
#include "processor/io.h"
#include "processor/kafka/rdkafka_handles.h"

namespace tallymill::processor::kafka {

/// Deletes records that were consumed, beside the work: one request is under way at most, nobody waits for its answer,
/// and one that failed is forgotten, since the next one covers its offsets (as Kafka Streams does it,
/// TaskManager.maybePurgeCommittedRecords). Its client must outlive it. Not thread-safe.
class RecordPurge {
 public:
  /// `log` must outlive the purge.
  explicit RecordPurge(EventLog& log) : log_(log) {}

  /// Records below the offsets may go. Returns at once; nothing if the request before has no answer yet, which it has
  /// after 10 s at the latest. With no offsets it only looks at that answer, and logs a failure.
  void start(rd_kafka_t* client, const Offsets& offsets);

 private:
  /// Whether no request is under way (any more).
  bool settle(rd_kafka_t* client);
  void note_failure(rd_kafka_resp_err_t code, const TopicPartition& partition);

  EventLog& log_;
  Queue answer_;                ///< where the answer to the request that is under way comes; none: there is none
  std::set<std::string> told_;  ///< causes that were logged since it worked last
};

}  // namespace tallymill::processor::kafka
