#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "processor/local/broker.h"
#include "topology/base/time.h"

namespace tallymill::processor {

/// A transactional producer of the local broker.
class LocalSink final : public TransactionalSink {
 public:
  LocalSink(LocalBroker& broker, std::string transactional_id, const topology::Clock& clock)
      : broker_(broker), id_(std::move(transactional_id)), clock_(clock), epoch_(broker.new_epoch(id_)) {}

  topology::Status begin() override;
  topology::Status produce(const OutputRecord& record) override;
  topology::Status send_offsets(const Offsets& offsets, const GroupMetadata& group) override;
  CommitOutcome commit() override;
  topology::Status abort() override;
  topology::Status recreate() override;
  std::uint64_t recreations() const override { return recreations_; }

 private:
  topology::Status check_epoch() const;
  /// Error: the transaction was ended by a request that came late, as Kafka's INVALID_TXN_STATE.
  topology::Status check_open() const;

  LocalBroker& broker_;
  std::string id_;
  const topology::Clock& clock_;
  std::uint32_t epoch_;
  std::optional<std::uint64_t> transaction_;
  std::uint64_t recreations_ = 0;
};

}  // namespace tallymill::processor
