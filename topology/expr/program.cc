#include "topology/expr/program.h"

#include <algorithm>
#include <array>

#include "topology/base/invariant.h"

namespace tallymill::topology {
namespace {

std::uint32_t bit_of(const Value& value) { return 1u << static_cast<unsigned>(value.kind()); }

Value unavailable_value(Evaluation& evaluation) {
  // An expression that is just a column has no call to point at.
  static constexpr CallSite whole;
  if (evaluation.site == nullptr) evaluation.site = &whole;
  return evaluation.fail(ErrorCode::unavailable_value,
                         "the value of a column is not known: Debezium sent its placeholder");
}

/// A macro's walk over a list or map.
struct Loop {
  std::span<const Value> items;
  std::size_t stride;  ///< Values per item: 1 in a list, 2 in a map
  std::size_t next;
  std::span<Value> collected;
  std::size_t collected_count;
};

/// What an operator with one null, unset, unavailable or error operand gives instead of being computed.
Value special_result(Evaluation& evaluation, Arguments arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i].is_error()) return arguments[i];
  }
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i].is(ValueKind::unavailable)) return unavailable_value(evaluation);
  }
  return Value::null();
}

class Run {
 public:
  Run(const Code& code, Row row, Arena& arena)
      : code_(code),
        evaluation_(arena, code.steps_max),
        temporaries_(arena.allocate_array<Value>(code.temporary_count).data()),
        banks_{row.data(), code.constants.data(), temporaries_} {
    if (code.loop_depth > 0) loops_ = arena.allocate_array<Loop>(code.loop_depth);
  }

  Value result() {
    const std::size_t end = code_.instructions.size();
    for (std::size_t at = 0; at < end;) {
      const Instruction& instruction = code_.instructions[at];
      ++at;
      if (instruction.opcode == Opcode::call) [[likely]] {
        call(instruction);
      } else if (is_logical_step(instruction)) {
        if (logical_step(instruction)) at = instruction.jump;
      } else {
        at = control(instruction, at);
      }
    }
    const Value& result = value_at(code_.result);
    // Copying all of a value that was just written waits for its stores; most results are conditions.
    if (result.is(ValueKind::boolean)) return Value::boolean(result.as_boolean());
    return result.is(ValueKind::unavailable) ? unavailable_value(evaluation_) : result;
  }

 private:
  const Value& value_at(OperandAddress address) const { return banks_[address.bank][address.index]; }
  const Value& operand(const Instruction& instruction, std::size_t index = 0) const {
    return value_at(code_.operands[instruction.first_operand + index]);
  }
  Value& target(const Instruction& instruction) { return temporaries_[instruction.target]; }

  void call(const Instruction& instruction) {
    constexpr std::size_t few = 4;
    const Value* few_pointers[few];
    const std::size_t count = instruction.operand_count;
    const Value** pointers = few_pointers;
    if (count > few) [[unlikely]]
      pointers = evaluation_.arena.allocate_array<const Value*>(count).data();
    const OperandAddress* const addresses = code_.operands.data() + instruction.first_operand;
    std::uint32_t kinds = 0;
    for (std::size_t i = 0; i < count; ++i) {
      pointers[i] = &value_at(addresses[i]);
      kinds |= bit_of(*pointers[i]);
    }
    const Arguments arguments(pointers, count);
    evaluation_.site = &instruction.site;
    if ((kinds & instruction.special_kinds) != 0) [[unlikely]] {
      target(instruction) = special_result(evaluation_, arguments);
    } else {
      // Made in its place: copying a value that was just written costs more than most operators. The compiler
      // keeps the target apart from the operands.
      new (&target(instruction)) Value(call_function(instruction, evaluation_, arguments));
    }
  }

  static bool is_logical_step(const Instruction& instruction) {
    return instruction.opcode == Opcode::logical_first || instruction.opcode == Opcode::logical_next ||
           instruction.opcode == Opcode::loop_test;
  }

  /// One operand of && or ||; whether it decides.
  bool logical_step(const Instruction& instruction) {
    const Value& value = operand(instruction);
    Value& sofar = target(instruction);
    const bool is_first = instruction.opcode == Opcode::logical_first;
    const bool are_plain = value.is(ValueKind::boolean) && (is_first || sofar.is(ValueKind::boolean));
    if (are_plain) [[likely]] {
      // What was so far did not decide, or this operand would have been jumped over: this one is the result.
      sofar = Value::boolean(value.as_boolean());
    } else {
      evaluation_.site = &instruction.site;
      const Value condition = as_condition(value);
      sofar = is_first ? condition : combine(sofar, condition, instruction.is_and);
    }
    return sofar.is(ValueKind::boolean) && sofar.as_boolean() != instruction.is_and;
  }

  std::size_t control(const Instruction& instruction, std::size_t next) {
    evaluation_.site = &instruction.site;
    switch (instruction.opcode) {
      case Opcode::copy:
        target(instruction) = operand(instruction);
        return next;
      case Opcode::fail:
        target(instruction) =
            evaluation_.fail(instruction.failure, "the expression does not type-check here");
        return next;
      case Opcode::branch:
      case Opcode::loop_filter:
        return branch(instruction, next);
      case Opcode::jump:
        return instruction.jump;
      case Opcode::loop_begin:
        return begin_loop(instruction) ? next : instruction.jump;
      case Opcode::loop_next:
        return next_item(instruction, next);
      case Opcode::loop_collect:
        return collect(instruction, next);
      case Opcode::loop_end:
        end_loop(instruction);
        return next;
      case Opcode::call:
      case Opcode::logical_first:
      case Opcode::logical_next:
      case Opcode::loop_test:
        break;
    }
    INVARIANT(false, "an opcode that is no control instruction");
  }

  /// The value as an operand of logic: bool, null if columns are nullable, or an error.
  Value as_condition(const Value& value) {
    if (value.is(ValueKind::boolean) || value.is_error()) return value;
    if (value.is(ValueKind::unavailable)) return unavailable_value(evaluation_);
    const bool is_null = value.is_null() || value.is(ValueKind::unset);
    return is_null && code_.nullable_columns ? Value::null() : evaluation_.no_such_overload();
  }

  /// a && b, or a || b: the deciding value wins over everything, an error over null, the earlier error over
  /// the later.
  static Value combine(const Value& a, const Value& b, bool is_and) {
    const auto decides = [&](const Value& value) {
      return value.is(ValueKind::boolean) && value.as_boolean() != is_and;
    };
    if (decides(a) || decides(b)) return Value::boolean(!is_and);
    if (a.is_error()) return a;
    if (b.is_error()) return b;
    return a.is_null() ? a : b;
  }

  std::size_t branch(const Instruction& instruction, std::size_t next) {
    const Value condition = as_condition(operand(instruction));
    if (condition.is_true()) return next;
    if (!condition.is_error()) return instruction.jump;
    target(instruction) = condition;
    return instruction.failure_jump;
  }

  bool begin_loop(const Instruction& instruction) {
    const Value& range = operand(instruction);
    const bool is_map = range.is(ValueKind::map);
    if (!is_map && !range.is(ValueKind::list)) {
      const bool is_null = range.is_null() || range.is(ValueKind::unset);
      target(instruction) = range.is_error()                    ? range
                            : range.is(ValueKind::unavailable)  ? unavailable_value(evaluation_)
                            : is_null && code_.nullable_columns ? Value::null()
                                                                : evaluation_.no_such_overload();
      return false;
    }
    Loop& loop = loops_[instruction.loop];
    loop = {range.as_items(), is_map ? std::size_t{2} : std::size_t{1}, 0, {}, 0};
    switch (instruction.macro) {
      case MacroKind::all:
        target(instruction) = Value::boolean(true);
        break;
      case MacroKind::exists:
        target(instruction) = Value::boolean(false);
        break;
      case MacroKind::exists_one:
        break;
      case MacroKind::list:
      case MacroKind::map: {
        const std::size_t items = loop.items.size() / loop.stride;
        loop.collected =
            evaluation_.arena.allocate_array<Value>(instruction.macro == MacroKind::map ? 2 * items : items);
      }
    }
    return true;
  }

  std::size_t next_item(const Instruction& instruction, std::size_t next) {
    Loop& loop = loops_[instruction.loop];
    if (loop.next == loop.items.size()) return instruction.jump;
    if (!evaluation_.spend(instruction.steps)) {
      target(instruction) = evaluation_.out_of_steps();
      return instruction.failure_jump;
    }
    Value* const variables = temporaries_ + instruction.variable;
    const bool is_map = loop.stride == 2;
    variables[0] = loop.items[loop.next];
    if (instruction.has_two_variables) {
      variables[1] = loop.items[loop.next + loop.stride - 1];
      if (!is_map) variables[0] = Value::integer(static_cast<std::int64_t>(loop.next));
    }
    loop.next += loop.stride;
    return next;
  }

  std::size_t collect(const Instruction& instruction, std::size_t next) {
    Loop& loop = loops_[instruction.loop];
    if (instruction.macro == MacroKind::exists_one) {
      ++loop.collected_count;
      return next;
    }
    for (std::size_t i = 0; i < instruction.operand_count; ++i) {
      const Value& value = operand(instruction, i);
      if (value.is_error() || value.is(ValueKind::unavailable)) {
        target(instruction) = value.is_error() ? value : unavailable_value(evaluation_);
        return instruction.jump;
      }
      loop.collected[loop.collected_count++] = value.is(ValueKind::unset) ? Value::null() : value;
    }
    return next;
  }

  void end_loop(const Instruction& instruction) {
    const Loop& loop = loops_[instruction.loop];
    const auto collected = loop.collected.first(std::min(loop.collected_count, loop.collected.size()));
    switch (instruction.macro) {
      case MacroKind::all:
      case MacroKind::exists:
        return;
      case MacroKind::exists_one:
        target(instruction) = Value::boolean(loop.collected_count == 1);
        return;
      case MacroKind::list:
        target(instruction) = Value::list(collected);
        return;
      case MacroKind::map:
        target(instruction) = Value::map(collected);
        return;
    }
  }

  const Code& code_;
  Evaluation evaluation_;
  Value* temporaries_;
  const Value* banks_[3];
  std::span<Loop> loops_;
};

/// Chooses the overload by the values that are there; null if none takes them.
Kernel kernel_for(const FunctionEntry& function, Evaluation& evaluation, Arguments arguments) {
  const auto kinds = evaluation.arena.allocate_array<TypeKind>(arguments.size());
  for (std::size_t i = 0; i < kinds.size(); ++i) kinds[i] = type_kind_of(arguments[i]);
  const Overload* best = nullptr;
  Fit best_fit = Fit::none;
  for (const Overload& overload : function.overloads) {
    const Fit fit = fit_of(function, overload, kinds);
    if (fit <= best_fit) continue;
    best = &overload;
    best_fit = fit;
  }
  return best == nullptr ? nullptr : best->kernel;
}

}  // namespace

Value call_function(const Instruction& instruction, Evaluation& evaluation, Arguments arguments) {
  if (instruction.kernel != nullptr) [[likely]]
    return instruction.kernel(evaluation, arguments);
  const Kernel kernel = kernel_for(*instruction.function, evaluation, arguments);
  return kernel != nullptr ? kernel(evaluation, arguments) : evaluation.no_such_overload();
}

Value run(const Code& code, Row row, Arena& arena) { return Run(code, row, arena).result(); }

}  // namespace tallymill::topology
