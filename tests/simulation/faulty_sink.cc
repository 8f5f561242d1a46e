#include "tests/simulation/faulty_sink.h"

namespace tallymill::simulation {

using processor::CommitOutcome;
using topology::Status;

FaultySink::Plan FaultySink::draw_plan() {
  Chance& chance = life_.faults.chance();
  if (!life_.faults.are_on() || !chance.one_in(3)) return Plan::nothing;
  produce_left_ = chance.below(20);
  return static_cast<Plan>(1 + chance.below(static_cast<std::size_t>(Plan::count) - 1));
}

Status FaultySink::begin() {
  if (life_.is_dead) return simulated_error("dead");
  life_.interlude.between_calls(life_);
  plan_ = draw_plan();
  if (plan_ == Plan::fail_begin) {
    life_.faults.happened(Fault::begin_failed);
    // Some of them after the transaction began: what is open then must be aborted.
    if (life_.faults.chance().one_in(2)) (void)sink_.begin();
    return simulated_error("begin failed");
  }
  return sink_.begin();
}

Status FaultySink::produce(const processor::OutputRecord& record) {
  if (life_.is_dead) return simulated_error("dead");
  if (plan_ == Plan::fail_produce || plan_ == Plan::die_in_produce) {
    if (produce_left_-- == 0) {
      life_.is_dead = plan_ == Plan::die_in_produce;
      life_.faults.happened(life_.is_dead ? Fault::crash_within_produce : Fault::produce_failed);
      return simulated_error("produce failed");
    }
  }
  return sink_.produce(record);
}

Status FaultySink::send_offsets(const processor::Offsets& offsets, const processor::GroupMetadata& group) {
  if (life_.is_dead) return simulated_error("dead");
  if (life_.faults.chance().one_in(2)) life_.late_requests.deliver(life_.transactional_id);
  if (plan_ == Plan::refuse_offsets) {
    life_.faults.happened(Fault::send_offsets_failed);
    return simulated_error("offsets refused");
  }
  const Status status = sink_.send_offsets(offsets, group);
  if (!status) return status;
  if (plan_ == Plan::resend_offsets && !offsets.empty()) {
    life_.faults.happened(Fault::offsets_resent);
    life_.late_requests.add_offsets(life_.transactional_id, offsets);
    must_recreate_ = true;
  }
  life_.interlude.between_calls(life_);
  if (plan_ != Plan::lose_offsets_answer) return {};
  life_.faults.happened(Fault::send_offsets_lost_answer);
  return simulated_error("no answer to the offsets");
}

CommitOutcome FaultySink::commit() {
  if (life_.is_dead) return CommitOutcome::unknown;
  if (life_.faults.chance().one_in(2)) life_.late_requests.deliver(life_.transactional_id);
  const CommitOutcome outcome = end_as_planned();
  life_.interlude.between_calls(life_);
  return outcome;
}

CommitOutcome FaultySink::end_as_planned() {
  switch (plan_) {
    case Plan::abort_commit:
      if (!sink_.abort()) return CommitOutcome::unknown;
      life_.faults.happened(Fault::commit_aborted);
      return must_recreate_ ? CommitOutcome::unknown : CommitOutcome::aborted;
    case Plan::lose_commit:
      // It may still arrive, before the producer is made anew or after.
      life_.faults.happened(Fault::commit_unknown_lost);
      if (life_.faults.chance().one_in(2)) life_.late_requests.add_end(life_.transactional_id, true);
      return CommitOutcome::unknown;
    case Plan::lose_commit_answer:
      if (sink_.commit() == CommitOutcome::committed) life_.faults.happened(Fault::commit_unknown_counted);
      return CommitOutcome::unknown;
    case Plan::resend_end:
      if (sink_.commit() == CommitOutcome::committed) {
        life_.faults.happened(Fault::end_resent);
        life_.late_requests.add_end(life_.transactional_id, true);
      }
      return CommitOutcome::unknown;
    default: {
      const CommitOutcome outcome = sink_.commit();
      return must_recreate_ ? CommitOutcome::unknown : outcome;
    }
  }
}

Status FaultySink::abort() {
  if (life_.is_dead) return simulated_error("dead");
  if (must_recreate_) return simulated_error("a request was sent twice");
  if (!life_.faults.strikes(Fault::abort_failed, 6)) return sink_.abort();
  if (life_.faults.chance().one_in(2)) {
    (void)sink_.abort();
    life_.late_requests.add_end(life_.transactional_id, false);
  }
  return simulated_error("abort failed");
}

Status FaultySink::recreate() {
  if (life_.is_dead) return simulated_error("dead");
  if (life_.faults.strikes(Fault::recreate_failed, 15)) return simulated_error("recreate failed");
  must_recreate_ = false;
  return sink_.recreate();
}

}  // namespace tallymill::simulation
