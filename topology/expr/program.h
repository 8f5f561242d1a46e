#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "topology/expr/evaluation.h"
#include "topology/expr/expression.h"
#include "topology/expr/pattern.h"
#include "topology/expr/typed_node.h"

namespace tallymill::topology {

/// Where an instruction finds an operand.
struct OperandAddress {
  enum Bank : std::uint32_t { row = 0, constants = 1, temporaries = 2 };
  std::uint32_t bank : 2;
  std::uint32_t index : 30;
};

enum class Opcode : std::uint8_t {
  call,           ///< target = kernel(operands), or the overload of `function` that fits the values
  copy,           ///< target = operand
  fail,           ///< target = an error of code `failure`
  logical_first,  ///< target = operand as a condition; decides: jump
  logical_next,   ///< target = target && or || operand; decides: jump
  branch,         ///< not true: jump; an error: target = the error, failure_jump
  jump,           ///< jump
  loop_begin,     ///< start visiting the operand; not a list or map: target = error or null, jump
  loop_next,      ///< the next item into its variables; none left: jump; an error: target = the error,
                  ///< failure_jump
  loop_test,      ///< all, exists: target = target && or || operand; decides: jump
  loop_filter,    ///< operand is not true: jump; an error: target = the error, failure_jump
  loop_collect,   ///< append the operands to the result; an error: target = the error, jump
  loop_end,       ///< target = what was collected
};

struct Instruction {
  Opcode opcode = Opcode::call;
  MacroKind macro = MacroKind::all;
  bool is_and = false;             ///< a logical operator is &&, otherwise ||
  bool has_two_variables = false;  ///< of loop_next
  ErrorCode failure = ErrorCode::no_such_overload;
  std::uint32_t target = 0;         ///< a temporary
  std::uint32_t first_operand = 0;  ///< position in Code::operands
  std::uint32_t operand_count = 0;
  std::uint32_t jump = 0;
  std::uint32_t failure_jump = 0;
  std::uint32_t loop = 0;      ///< of the loop instructions: which loop in progress
  std::uint32_t variable = 0;  ///< of loop_next: the temporary of the first variable, a second one follows
  std::uint32_t steps = 0;     ///< of loop_next: what one round costs
  /// Kinds of value, as bits, for which a call's kernel is not called.
  std::uint32_t special_kinds = 0;
  Kernel kernel = nullptr;
  const FunctionEntry* function = nullptr;
  CallSite site;
};

/// What a compiled expression consists of.
struct Code {
  std::vector<Instruction> instructions;
  std::vector<OperandAddress> operands;
  std::vector<Value> constants;  ///< views into `arena`
  std::vector<std::unique_ptr<Pattern>> patterns;
  OperandAddress result{OperandAddress::constants, 0};
  std::uint32_t temporary_count = 0;
  std::uint32_t loop_depth = 0;
  bool nullable_columns = true;
  std::uint64_t steps_max = 0;
  Arena arena{4 * 1024};
};

/// Runs `code`, which one expression was compiled to.
Value run(const Code& code, Row row, Arena& arena);

/// Calls one function outside of a program, as the instruction would be: for constants.
Value call_function(const Instruction& instruction, Evaluation& evaluation, Arguments arguments);

/// The one kind of program: flat code with typed instructions where the checker knew the types.
class FlatProgram final : public Program {
 public:
  Code code;
  Type static_type;
  bool is_nullable = false;
  std::vector<std::size_t> columns;
  std::vector<FixedColumn> fixed;
  Currency amount_currency;
  std::optional<std::size_t> only_column;
  std::string text;

  const Type& type() const override { return static_type; }
  bool nullable() const override { return is_nullable; }
  Value evaluate(Row row, Arena& arena) const override { return run(code, row, arena); }
  const std::vector<std::size_t>& columns_read() const override { return columns; }
  const std::string& canonical_text() const override { return text; }
  std::optional<std::size_t> as_column() const override { return only_column; }
  const std::vector<FixedColumn>& fixed_columns() const override { return fixed; }
  const Currency& currency() const override { return amount_currency; }
};

}  // namespace tallymill::topology
