#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "topology/expr/expression.h"
#include "topology/expr/syntax.h"
#include "topology/expr/typed_node.h"

namespace tallymill::topology {

/// Turns a syntax tree into a typed one: resolves names, chooses overloads, gives literals the type of their
/// place. What it refuses it adds to the problems (or leaves to the evaluation, see
/// ExpressionOptions::check_types) and goes on, so that all problems of a text are found at once.
class Checker {
 public:
  /// Constants are put into `arena`.
  Checker(const RowType& columns, const ExpressionOptions& options, Arena& arena,
          std::vector<ExpressionProblem>& problems)
      : columns_(columns), options_(options), arena_(arena), problems_(problems) {}

  /// Never null; a `failure` node where something was refused.
  TypedTree check(const SyntaxNode& node);
  /// Variables that macros have declared.
  std::size_t local_count() const { return local_count_; }

 private:
  struct Local {
    std::string name;
    Type type;
    std::size_t index;
  };
  using Operands = std::vector<TypedTree>;

  // checker.cc: literals, logic, collections.
  TypedTree check_literal(const SyntaxNode& node);
  TypedTree check_number(const SyntaxNode& node);
  TypedTree check_operation(const SyntaxNode& node);
  TypedTree check_logic(const SyntaxNode& node);
  TypedTree check_conditional(const SyntaxNode& node);
  TypedTree check_list(const SyntaxNode& node);
  TypedTree check_map(const SyntaxNode& node);
  void require_condition(TypedTree& operand, std::string_view what);
  Operands check_children(const SyntaxNode& node, std::size_t first = 0);
  TypedTree make(TypedKind kind, Type type, TextRange range);
  TypedTree make_constant(Value value, Type type, TextRange range);
  TypedTree refuse(TextRange range, ErrorCode code, std::string message, std::string hint = {});

  // checker_names.cc: what names stand for.
  TypedTree check_identifier(const SyntaxNode& node);
  TypedTree check_select(const SyntaxNode& node);
  TypedTree check_call(const SyntaxNode& node);
  TypedTree check_in_currency(const FunctionEntry& function, TextRange range, Operands operands);
  TypedTree check_coalesce(const FunctionEntry& function, TextRange range, Operands operands);
  TypedTree resolve_name(const std::string& name, TextRange range);
  TypedTree refuse_hyphen(const SyntaxNode& node);
  TypedTree unknown_name(const SyntaxNode& node);
  TypedTree unknown_metadata(const SyntaxNode& select);
  TypedTree unknown_function(const SyntaxNode& node, std::string_view name);
  TypedTree make_local(const Local& local, TextRange range);
  const Local* find_local(const SyntaxNode& identifier) const;
  bool is_local_chain(const SyntaxNode& node) const;

  // checker_calls.cc: overloads and the types that operands must share.
  TypedTree apply(const FunctionEntry& function, TextRange range, Operands operands);
  TypedTree apply_operation(std::string_view name, TextRange range, Operands operands);
  TypedTree no_overload(const FunctionEntry& function, TextRange range, const Operands& operands);
  bool refuse_comparison(TextRange range, Operands& operands, std::string_view name, TypedTree& refused);
  bool are_comparable(const Type& a, const Type& b) const;
  Type unify(Operands& operands, std::size_t first, std::size_t step = 1);
  Type join(const Type& a, const Type& b) const;
  bool can_become_decimal(const TypedNode& node) const;
  void make_decimal(TypedTree& node);
  bool result_is_nullable(const FunctionEntry& function, const Type& type, const Operands& operands) const;

  // checker_macros.cc: forms that look like calls and are none.
  bool is_macro(const SyntaxNode& call) const;
  TypedTree check_macro(const SyntaxNode& call);
  TypedTree check_has(const SyntaxNode& call);
  TypedTree check_bind(const SyntaxNode& call);
  TypedTree check_comprehension(const SyntaxNode& call);
  bool declare_variables(const SyntaxNode& call, std::size_t count, const Type& range, TypedTree& refused);

  const RowType& columns_;
  const ExpressionOptions& options_;
  Arena& arena_;
  std::vector<ExpressionProblem>& problems_;
  std::vector<Local> scope_;
  std::size_t local_count_ = 0;
};

}  // namespace tallymill::topology
