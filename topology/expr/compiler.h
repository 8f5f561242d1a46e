#pragma once

#include <memory>
#include <vector>

#include "topology/expr/program.h"
#include "topology/expr/typed_node.h"

namespace tallymill::topology {

/// Lowers a checked tree into flat code, computing what does not depend on the row once and for all. Problems
/// it adds are those that only values show, such as a regular expression that RE2 refuses.
class Compiler {
 public:
  Compiler(FlatProgram& program, std::size_t local_count, const ExpressionOptions& options,
           std::vector<ExpressionProblem>& problems);

  void compile(const TypedNode& root);

 private:
  OperandAddress emit(const TypedNode& node);
  OperandAddress emit_call(const TypedNode& node);
  OperandAddress emit_logic(const TypedNode& node);
  OperandAddress emit_conditional(const TypedNode& node);
  OperandAddress emit_comprehension(const TypedNode& node);
  OperandAddress emit_bind(const TypedNode& node);
  OperandAddress emit_column(std::size_t index);
  OperandAddress emit_failure(const TypedNode& node);

  OperandAddress add_constant(Value value);
  bool check_constants(const TypedNode& node, const std::vector<OperandAddress>& operands);
  /// The result of a call whose operands are all constants, unless that is an error.
  std::optional<OperandAddress> fold(const Instruction& call, const std::vector<OperandAddress>& operands);
  /// Compiles the regular expression of a call of `matches`; false after adding a problem.
  bool take_pattern(const TypedNode& node, Instruction& call, OperandAddress operand);
  std::uint32_t special_kinds(const FunctionEntry& function) const;

  Instruction make(Opcode opcode, const TypedNode& node, std::uint32_t target) const;
  std::size_t add(Instruction instruction, const std::vector<OperandAddress>& operands = {});
  std::uint32_t new_temporary();
  std::uint32_t here() const;

  FlatProgram& program_;
  Code& code_;
  const ExpressionOptions& options_;
  std::vector<ExpressionProblem>& problems_;
  std::vector<OperandAddress> locals_;
  std::uint32_t temporaries_in_use_ = 0;
  std::uint32_t loops_in_use_ = 0;
  Evaluation folding_;
};

}  // namespace tallymill::topology
