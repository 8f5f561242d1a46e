#pragma once

#include "processor/local/local_sink.h"
#include "tests/simulation/process_life.h"

namespace tallymill::simulation {

/// A producer some of whose calls fail, half fail, or answer what did not happen. At most one thing goes
/// wrong per transaction; it is drawn when the transaction begins.
class FaultySink final : public processor::TransactionalSink {
 public:
  FaultySink(processor::LocalSink& sink, ProcessLife& life) : sink_(sink), life_(life) {}

  topology::Status begin() override;
  topology::Status produce(const processor::OutputRecord& record) override;
  topology::Status send_offsets(const processor::Offsets& offsets,
                                const processor::GroupMetadata& group) override;
  processor::CommitOutcome commit() override;
  topology::Status abort() override;
  topology::Status recreate() override;
  std::uint64_t recreations() const override { return sink_.recreations(); }

 private:
  enum class Plan : std::uint8_t {
    nothing,
    fail_begin,
    fail_produce,
    die_in_produce,
    refuse_offsets,
    lose_offsets_answer,
    resend_offsets,
    abort_commit,
    lose_commit_answer,
    lose_commit,
    resend_end,
    count,
  };
  Plan draw_plan();
  processor::CommitOutcome end_as_planned();

  processor::LocalSink& sink_;
  ProcessLife& life_;
  Plan plan_ = Plan::nothing;
  std::size_t produce_left_ = 0;  ///< records until fail_produce and die_in_produce
  bool must_recreate_ = false;    ///< a request was sent twice: one may still be on its way
};

}  // namespace tallymill::simulation
