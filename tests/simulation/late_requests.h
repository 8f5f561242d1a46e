#pragma once

#include <optional>
#include <string>
#include <vector>

#include "processor/local/broker.h"
#include "tests/simulation/faults.h"

namespace tallymill::simulation {

/// Requests of producers that are still on their way: librdkafka sends EndTxn and TxnOffsetCommit again when
/// no answer comes, and the first one can arrive during a later transaction. The broker takes it there unless
/// its epoch is old: measured on Kafka 4.3 with the request versions that librdkafka uses.
class LateRequests {
 public:
  LateRequests(processor::LocalBroker& broker, Faults& faults) : broker_(broker), faults_(faults) {}

  /// A second EndTxn of the producer that the id has now.
  void add_end(const std::string& transactional_id, bool commits) {
    requests_.push_back({transactional_id, broker_.epoch(transactional_id), commits, std::nullopt});
  }
  void add_offsets(const std::string& transactional_id, const processor::Offsets& offsets) {
    requests_.push_back({transactional_id, broker_.epoch(transactional_id), false, offsets});
  }
  /// Lets the id's oldest request arrive, if there is one.
  void deliver(const std::string& transactional_id);
  void deliver_all();

 private:
  struct Request {
    std::string transactional_id;
    std::uint32_t epoch;
    bool commits;
    std::optional<processor::Offsets> offsets;  ///< nothing: EndTxn
  };
  void arrive(const Request& request);

  processor::LocalBroker& broker_;
  Faults& faults_;
  std::vector<Request> requests_;
};

}  // namespace tallymill::simulation
