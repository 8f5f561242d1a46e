#include "ops/stateless_run.h"

#include "ops/failure.h"
#include "topology/data/row_codec.h"

namespace tallymill::ops {

using topology::Change;
using topology::Half;

StatelessRun::Result StatelessRun::run(topology::Row row, topology::Arena& arena) const {
  Result result{{RowStep::Verdict::keep, row, {}, nullptr, {}}};
  for (std::size_t i = 0; i < steps_.size() && result.outcome.verdict == RowStep::Verdict::keep; ++i) {
    result = {steps_[i].step->apply(result.outcome.row, arena), i, result.outcome.row};
  }
  return result;
}

void StatelessRun::process(const Change& change, OperatorContext& context, Output& output) const {
  Change result;
  if (change.before) {
    const Result ran = run(change.before->row, context.record_arena());
    if (ran.outcome.verdict == RowStep::Verdict::keep) {
      result.before = Half{ran.outcome.row, change.before->event_time};
    } else {
      context.count(ImageFate::filtered, 1, ran.step);
    }
  }
  if (change.after) {
    const Result ran = run(change.after->row, context.record_arena());
    if (ran.outcome.verdict == RowStep::Verdict::keep) {
      result.after = Half{ran.outcome.row, change.after->event_time};
    } else if (ran.outcome.verdict == RowStep::Verdict::drop) {
      context.count(ImageFate::filtered, 1, ran.step);
    } else {
      report(ran, change.after->row, context);
      context.count(ImageFate::dead, 1, ran.step);
    }
  }
  if (result.before && result.after && result.before->event_time == result.after->event_time &&
      identical(result.before->row, result.after->row)) {
    context.count_unchanged(2);
    return;
  }
  if (!result.before && !result.after) return;
  context.count(ImageFate::passed, (result.before ? 1 : 0) + (result.after ? 1 : 0), steps_.size() - 1);
  output.emit(result);
}

void StatelessRun::report(const Result& failed, topology::Row received, OperatorContext& context) const {
  const topology::NamedRowStep& step = steps_[failed.step];
  const RowStep::Outcome& outcome = failed.outcome;
  const Failure failure =
      failure_of(*outcome.program, outcome.error, outcome.column, step.input, failed.given);
  context.dead_letter({.step = step.name,
                       .reason = failure.reason,
                       .message = failure.message,
                       .column = failure.column,
                       .expression = failure.expression,
                       .row = {&step.input, failed.given},
                       .received = received});
}

std::shared_ptr<const Operator> fuse(std::vector<topology::NamedRowStep> steps) {
  return std::make_shared<StatelessRun>(std::move(steps));
}

}  // namespace tallymill::ops
