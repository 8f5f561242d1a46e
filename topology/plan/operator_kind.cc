#include "topology/plan/operator_kind.h"

namespace tallymill::topology {
namespace {

SourceRange range_of(const ExpressionText& expression, std::uint32_t begin, std::uint32_t end) {
  return range_within(expression.node, begin, end > begin ? end - begin : 1);
}

void add_problems(const ExpressionText& expression, const std::vector<ExpressionProblem>& problems,
                  Diagnostics& diagnostics) {
  for (const ExpressionProblem& problem : problems) {
    diagnostics.error(problem.code, range_of(expression, problem.begin, problem.end), problem.message,
                      problem.hint);
  }
}

}  // namespace

std::shared_ptr<const Program> compile_in_document(const ExpressionText& expression, const RowType& columns,
                                                   bool is_condition, Diagnostics& diagnostics) {
  std::vector<ExpressionProblem> problems;
  auto program = compile_expression(expression.text, columns, {}, problems);
  add_problems(expression, problems, diagnostics);
  if (program == nullptr) return nullptr;
  const TypeKind kind = program->type().kind;
  if (is_condition && kind != TypeKind::boolean && kind != TypeKind::dynamic) {
    diagnostics.error(ErrorCode::expression_type, expression.node.range,
                      "a condition must be bool, and this is " + program->type().text(),
                      "compare it with something, such as `amount > 0`");
    return nullptr;
  }
  if (is_condition && program->columns_read().empty()) {
    diagnostics.warning(ErrorCode::constant_condition, expression.node.range,
                        "this is the same for every row: it reads no column",
                        "in quotes stands a text; a column is written without them");
  }
  return program;
}

std::shared_ptr<const Program> ResolveContext::compile(const ExpressionText& expression) {
  return compile_in_document(expression, input_.type, false, diagnostics_);
}

std::shared_ptr<const Program> ResolveContext::compile_condition(const ExpressionText& expression) {
  return compile_in_document(expression, input_.type, true, diagnostics_);
}

std::optional<AggregateCall> ResolveContext::compile_aggregate(const ExpressionText& call) {
  std::vector<ExpressionProblem> problems;
  auto compiled = compile_aggregate_call(call.text, input_.type, {}, problems);
  add_problems(call, problems, diagnostics_);
  return compiled;
}

std::optional<std::size_t> ResolveContext::column(const NameUse& use) {
  const auto position = input_.type.find(use.name);
  if (position && !input_.type.columns[*position].hidden) return position;
  const std::string nearest = input_.type.nearest(use.name);
  diagnostics_.error(ErrorCode::unknown_column, use.range, "there is no column \"" + use.name + "\" here",
                     nearest.empty() ? std::string() : "did you mean \"" + nearest + "\"?");
  return std::nullopt;
}

void ResolveContext::error_in(const ExpressionText& expression, ErrorCode code, std::uint32_t begin,
                              std::uint32_t end, std::string message, std::string hint) {
  diagnostics_.error(code, range_of(expression, begin, end), std::move(message), std::move(hint));
}

void ResolveContext::warning_in(const ExpressionText& expression, ErrorCode code, std::uint32_t begin,
                                std::uint32_t end, std::string message, std::string hint) {
  diagnostics_.warning(code, range_of(expression, begin, end), std::move(message), std::move(hint));
}

std::vector<const OperatorSpec*> OperatorCatalog::specs() const {
  std::vector<const OperatorSpec*> result;
  for (const OperatorKind& kind : kinds) result.push_back(&kind.spec);
  return result;
}

const OperatorKind& OperatorCatalog::kind_of(const OperatorSpec& spec) const {
  for (const OperatorKind& kind : kinds) {
    if (&kind.spec == &spec) return kind;
  }
  INVARIANT(false, "a step names an operator outside the catalog");
}

}  // namespace tallymill::topology
