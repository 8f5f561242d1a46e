#include "topology/expr/compiler.h"

#include <algorithm>
#include <utility>

#include "topology/base/invariant.h"

namespace tallymill::topology {
namespace {

/// Work that constants may cost when an expression is loaded; what costs more is left to the evaluation.
constexpr std::uint64_t folding_steps_max = 100'000;

OperandAddress temporary(std::uint32_t index) { return {OperandAddress::temporaries, index}; }

constexpr std::uint32_t bit_of(ValueKind kind) { return 1u << static_cast<unsigned>(kind); }

}  // namespace

Compiler::Compiler(FlatProgram& program, std::size_t local_count, const ExpressionOptions& options,
                   std::vector<ExpressionProblem>& problems)
    : program_(program),
      code_(program.code),
      options_(options),
      problems_(problems),
      locals_(local_count, OperandAddress{OperandAddress::constants, 0}),
      folding_(program.code.arena, folding_steps_max) {
  code_.nullable_columns = options.nullable_columns;
  code_.steps_max = options.steps_max;
}

void Compiler::compile(const TypedNode& root) {
  code_.result = emit(root);
  program_.static_type = root.type;
  program_.is_nullable = root.nullable;
  if (root.kind == TypedKind::column && !root.stated_currency) program_.only_column = root.index;
  std::sort(program_.columns.begin(), program_.columns.end());
}

std::uint32_t Compiler::here() const { return static_cast<std::uint32_t>(code_.instructions.size()); }

std::uint32_t Compiler::new_temporary() {
  const std::uint32_t index = temporaries_in_use_++;
  code_.temporary_count = std::max(code_.temporary_count, temporaries_in_use_);
  return index;
}

Instruction Compiler::make(Opcode opcode, const TypedNode& node, std::uint32_t target) const {
  Instruction instruction;
  instruction.opcode = opcode;
  instruction.target = target;
  instruction.site.range = node.range;
  instruction.macro = node.macro;
  instruction.is_and = node.kind == TypedKind::logical_and ||
                       (node.kind == TypedKind::comprehension && node.macro == MacroKind::all);
  return instruction;
}

std::size_t Compiler::add(Instruction instruction, const std::vector<OperandAddress>& operands) {
  instruction.first_operand = static_cast<std::uint32_t>(code_.operands.size());
  instruction.operand_count = static_cast<std::uint32_t>(operands.size());
  code_.operands.insert(code_.operands.end(), operands.begin(), operands.end());
  code_.instructions.push_back(instruction);
  return code_.instructions.size() - 1;
}

OperandAddress Compiler::add_constant(Value value) {
  code_.constants.push_back(value);
  return {OperandAddress::constants, static_cast<std::uint32_t>(code_.constants.size() - 1)};
}

OperandAddress Compiler::emit(const TypedNode& node) {
  switch (node.kind) {
    case TypedKind::constant:
      return add_constant(node.value);
    case TypedKind::column:
      return emit_column(node.index);
    case TypedKind::local:
      return locals_[node.index];
    case TypedKind::call:
      return emit_call(node);
    case TypedKind::logical_and:
    case TypedKind::logical_or:
      return emit_logic(node);
    case TypedKind::conditional:
      return emit_conditional(node);
    case TypedKind::comprehension:
      return emit_comprehension(node);
    case TypedKind::bind:
      return emit_bind(node);
    case TypedKind::failure:
      return emit_failure(node);
  }
  INVARIANT(false, "a kind of typed node outside the enumeration");
}

OperandAddress Compiler::emit_column(std::size_t index) {
  auto& columns = program_.columns;
  if (std::find(columns.begin(), columns.end(), index) == columns.end()) columns.push_back(index);
  return {OperandAddress::row, static_cast<std::uint32_t>(index)};
}

OperandAddress Compiler::emit_failure(const TypedNode& node) {
  Instruction instruction = make(Opcode::fail, node, new_temporary());
  instruction.failure = node.failure;
  add(instruction);
  return temporary(instruction.target);
}

std::uint32_t Compiler::special_kinds(const FunctionEntry& function) const {
  if (function.nulls == NullRule::sees_errors) return 0;
  const std::uint32_t errors = bit_of(ValueKind::error) | bit_of(ValueKind::unavailable);
  const bool gives_null = options_.nullable_columns && function.nulls == NullRule::gives_null;
  return gives_null ? errors | bit_of(ValueKind::null) | bit_of(ValueKind::unset) : errors;
}

OperandAddress Compiler::emit_call(const TypedNode& node) {
  // The target is none of the operands' temporaries: a kernel may write its result before it has read them
  // all.
  const std::uint32_t target = new_temporary();
  std::vector<OperandAddress> operands;
  for (const TypedTree& operand : node.operands) operands.push_back(emit(*operand));
  temporaries_in_use_ = target + 1;

  Instruction call = make(Opcode::call, node, target);
  call.function = node.function;
  call.kernel = node.overload != nullptr ? node.overload->kernel : nullptr;
  call.special_kinds = special_kinds(*node.function);
  if (node.function->name == "matches" && !take_pattern(node, call, operands[1])) return temporary(target);
  if (!check_constants(node, operands)) return temporary(target);
  if (const auto constant = fold(call, operands)) {
    temporaries_in_use_ = target;
    return *constant;
  }
  add(call, operands);
  return temporary(target);
}

/// In a topology, what would fail for every row is shown when it is loaded. False after adding problems.
bool Compiler::check_constants(const TypedNode& node, const std::vector<OperandAddress>& operands) {
  if (node.overload == nullptr || !options_.nullable_columns || !options_.check_types) return true;
  const std::size_t problems_before = problems_.size();
  for (std::size_t i = 0; i < operands.size() && i < Overload::parameters_max; ++i) {
    const ArgumentRule rule = node.overload->rules[i];
    if (rule == nullptr) continue;
    const TextRange range = node.operands[i]->range;
    if (operands[i].bank != OperandAddress::constants) {
      if (node.overload->constants_only.empty()) continue;
      problems_.push_back(
          {ErrorCode::not_yet, range.begin, range.end,
           std::string(node.overload->constants_only) + " that is not a constant is not implemented yet",
           "write it as a text in quotes"});
    } else if (const Value& value = code_.constants[operands[i].index]; !value.is_null()) {
      if (auto refusal = rule(value)) {
        problems_.push_back(
            {refusal->code, range.begin, range.end, std::move(refusal->message), std::move(refusal->hint)});
      }
    }
  }
  return problems_.size() == problems_before;
}

std::optional<OperandAddress> Compiler::fold(const Instruction& call,
                                             const std::vector<OperandAddress>& operands) {
  std::vector<const Value*> values;
  for (const OperandAddress operand : operands) {
    if (operand.bank != OperandAddress::constants) return std::nullopt;
    const Value& value = code_.constants[operand.index];
    if ((bit_of(value.kind()) & call.special_kinds) != 0) return std::nullopt;
    values.push_back(&value);
  }
  folding_.site = &call.site;
  const Value result = call_function(call, folding_, Arguments(values.data(), values.size()));
  if (!result.is_error()) return add_constant(result);
  const EvaluationError& error = result.as_error();
  // In a topology a constant part that fails, such as timestamp("yesterday"), is a mistake to show at once.
  // CEL itself lets it be: `false && 1 / 0 > 0` is false.
  if (options_.nullable_columns && options_.check_types && error.code != ErrorCode::step_limit) {
    problems_.push_back({ErrorCode::expression_type,
                         call.site.range.begin,
                         call.site.range.end,
                         "this always fails: " + std::string(error.message),
                         {}});
  }
  return std::nullopt;
}

bool Compiler::take_pattern(const TypedNode& node, Instruction& call, OperandAddress operand) {
  const TextRange range = node.operands[1]->range;
  if (operand.bank != OperandAddress::constants) {
    problems_.push_back({ErrorCode::not_yet, range.begin, range.end,
                         "a regular expression that is not a constant is not implemented yet",
                         "write the pattern as a string literal"});
    return false;
  }
  const Value pattern = code_.constants[operand.index];
  if (!pattern.is(ValueKind::string)) return true;  // null, or the call finds no overload
  auto compiled = Pattern::compile(pattern.as_text());
  if (!compiled) {
    problems_.push_back({ErrorCode::expression_type, range.begin, range.end, compiled.error().message,
                         compiled.error().hint});
    return false;
  }
  code_.patterns.push_back(std::move(*compiled));
  call.site.pattern = code_.patterns.back().get();
  return true;
}

OperandAddress Compiler::emit_logic(const TypedNode& node) {
  const std::uint32_t target = new_temporary();
  std::vector<std::size_t> deciding;
  for (std::size_t i = 0; i < node.operands.size(); ++i) {
    const std::uint32_t in_use = temporaries_in_use_;
    const OperandAddress operand = emit(*node.operands[i]);
    temporaries_in_use_ = in_use;
    const Opcode opcode = i == 0 ? Opcode::logical_first : Opcode::logical_next;
    deciding.push_back(add(make(opcode, node, target), {operand}));
  }
  for (const std::size_t each : deciding) code_.instructions[each].jump = here();
  return temporary(target);
}

OperandAddress Compiler::emit_conditional(const TypedNode& node) {
  const std::uint32_t target = new_temporary();
  const std::uint32_t in_use = temporaries_in_use_;
  const std::size_t branch = add(make(Opcode::branch, node, target), {emit(*node.operands[0])});
  temporaries_in_use_ = in_use;
  add(make(Opcode::copy, node, target), {emit(*node.operands[1])});
  temporaries_in_use_ = in_use;
  const std::size_t jump = add(make(Opcode::jump, node, target));
  code_.instructions[branch].jump = here();
  add(make(Opcode::copy, node, target), {emit(*node.operands[2])});
  temporaries_in_use_ = in_use;
  code_.instructions[branch].failure_jump = code_.instructions[jump].jump = here();
  return temporary(target);
}

OperandAddress Compiler::emit_bind(const TypedNode& node) {
  const OperandAddress value = emit(*node.operands[0]);
  locals_[node.index] = value;
  return emit(*node.operands[1]);
}

OperandAddress Compiler::emit_comprehension(const TypedNode& node) {
  const TypedNode* condition = node.operands[1].get();
  const TypedNode* result = node.operands[2].get();
  const std::uint32_t target = new_temporary();
  const std::uint32_t loop = loops_in_use_++;
  code_.loop_depth = std::max(code_.loop_depth, loops_in_use_);
  const auto make_loop = [&](Opcode opcode) {
    Instruction instruction = make(opcode, node, target);
    instruction.loop = loop;
    return instruction;
  };
  const std::size_t begin = add(make_loop(Opcode::loop_begin), {emit(*node.operands[0])});

  Instruction next = make_loop(Opcode::loop_next);
  next.has_two_variables = node.has_two_variables;
  next.variable = new_temporary();
  locals_[node.index] = temporary(next.variable);
  if (node.has_two_variables) locals_[node.index + 1] = temporary(new_temporary());
  const std::size_t top = add(next);

  std::vector<std::size_t> leaving;  // with the target set
  std::optional<std::size_t> test;
  if (condition != nullptr) {
    const bool decides = node.macro == MacroKind::all || node.macro == MacroKind::exists;
    const OperandAddress operand = emit(*condition);
    test = add(make_loop(decides ? Opcode::loop_test : Opcode::loop_filter), {operand});
    if (decides) leaving.push_back(*test);
    if (!decides) code_.instructions[*test].jump = static_cast<std::uint32_t>(top);
  }
  if (result != nullptr || node.macro == MacroKind::exists_one) {
    std::vector<OperandAddress> collected;
    if (node.macro == MacroKind::map) collected.push_back(locals_[node.index]);
    if (result != nullptr) collected.push_back(emit(*result));
    leaving.push_back(add(make_loop(Opcode::loop_collect), collected));
  }
  Instruction again = make_loop(Opcode::jump);
  again.jump = static_cast<std::uint32_t>(top);
  add(again);

  code_.instructions[top].jump = here();
  code_.instructions[top].steps = here() - static_cast<std::uint32_t>(top);
  add(make_loop(Opcode::loop_end));
  for (const std::size_t each : leaving) code_.instructions[each].jump = here();
  code_.instructions[begin].jump = code_.instructions[top].failure_jump = here();
  if (test && code_.instructions[*test].opcode == Opcode::loop_filter) {
    code_.instructions[*test].failure_jump = here();
  }
  --loops_in_use_;
  temporaries_in_use_ = target + 1;
  return temporary(target);
}

}  // namespace tallymill::topology
