#include "ops/stateless_run.h"

#include <string>

#include "topology/data/row_codec.h"

namespace tallymill::ops {

using topology::Change;
using topology::Half;

StatelessRun::Result StatelessRun::run(topology::Row row, topology::Arena& arena) const {
  Result result{{RowStep::Verdict::keep, row, {}}};
  for (std::size_t i = 0; i < steps_.size() && result.outcome.verdict == RowStep::Verdict::keep; ++i) {
    result = {steps_[i].step->apply(result.outcome.row, arena), i};
  }
  return result;
}

void StatelessRun::process(const Change& change, OperatorContext& context, Output& output) const {
  Change result;
  if (change.before) {
    const RowStep::Outcome outcome = run(change.before->row, context.record_arena()).outcome;
    if (outcome.verdict == RowStep::Verdict::keep) {
      result.before = Half{outcome.row, change.before->event_time};
    } else {
      context.count(HalfFate::filtered, 1);
    }
  }
  if (change.after) {
    const auto [outcome, step] = run(change.after->row, context.record_arena());
    if (outcome.verdict == RowStep::Verdict::keep) {
      result.after = Half{outcome.row, change.after->event_time};
    } else if (outcome.verdict == RowStep::Verdict::drop) {
      context.count(HalfFate::filtered, 1);
    } else {
      const topology::EvaluationError& error = outcome.error.as_error();
      context.dead_letter(steps_[step].name, topology::ErrorCode::expression_failed,
                          std::string(name_of(error.code)) + ": " + std::string(error.message));
      context.count(HalfFate::dead, 1);
    }
  }
  if (result.before && result.after && result.before->event_time == result.after->event_time &&
      identical(result.before->row, result.after->row)) {
    context.count(HalfFate::passed, 2);
    return;
  }
  if (result.before || result.after) output.emit(result);
}

std::shared_ptr<const Operator> fuse(std::vector<topology::NamedRowStep> steps) {
  return std::make_shared<StatelessRun>(std::move(steps));
}

}  // namespace tallymill::ops
