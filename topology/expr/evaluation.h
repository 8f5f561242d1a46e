#pragma once

#include <cstdint>
#include <string_view>

#include "topology/base/error.h"
#include "topology/data/arena.h"
#include "topology/data/value.h"
#include "topology/expr/syntax.h"

namespace tallymill::topology {

class Pattern;

/// What a call brings along besides its arguments.
struct CallSite {
  TextRange range;
  const Pattern* pattern = nullptr;  ///< the compiled regular expression, if the function takes one
};

/// One evaluation in progress: what a function's code needs besides its arguments.
class Evaluation {
 public:
  Evaluation(Arena& arena, std::uint64_t steps_max) : arena(arena), steps_left_(steps_max) {}

  Arena& arena;

  /// Of the call in hand; set by the evaluator before each one.
  const CallSite* site = nullptr;

  /// An error value at the place of the call in hand. `message` must outlive the evaluation, or be in its
  /// arena.
  Value fail(ErrorCode code, std::string_view message) {
    return Value::error(new (arena.allocate(sizeof(EvaluationError), alignof(EvaluationError)))
                            EvaluationError{code, site->range.begin, site->range.end, message});
  }
  Value fail(const Error& error) { return fail(error.code, arena.copy(error.message)); }
  Value no_such_overload() {
    return fail(ErrorCode::no_such_overload, "the operator or function does not take values of these types");
  }
  Value out_of_steps() { return fail(ErrorCode::step_limit, "the expression took more steps than allowed"); }

  /// Accounts for work that grows with the data; false when the budget is used up: then return
  /// out_of_steps().
  [[nodiscard]] bool spend(std::uint64_t steps) {
    if (steps > steps_left_) {
      steps_left_ = 0;
      return false;
    }
    steps_left_ -= steps;
    return true;
  }
  /// The same for work on that many bytes of text.
  [[nodiscard]] bool spend_bytes(std::size_t bytes) { return spend(bytes / bytes_per_step); }
  std::uint64_t steps_left() const { return steps_left_; }

 private:
  static constexpr std::size_t bytes_per_step = 64;
  std::uint64_t steps_left_;
};

/// The arguments of one call, gathered from wherever they are. Errors and, with nullable columns, nulls have
/// been dealt with before as the function's NullRule says.
class Arguments {
 public:
  Arguments(const Value* const* values, std::size_t count) : values_(values), count_(count) {}
  const Value& operator[](std::size_t index) const { return *values_[index]; }
  std::size_t size() const { return count_; }

 private:
  const Value* const* values_;
  std::size_t count_;
};

/// The code of one overload. The arguments have the overload's types; errors are values.
using Kernel = Value (*)(Evaluation&, Arguments);

}  // namespace tallymill::topology
