#include "topology/expr/expression.h"

#include <algorithm>
#include <utility>

#include "topology/expr/checker.h"
#include "topology/expr/compiler.h"
#include "topology/expr/currency.h"
#include "topology/expr/parser.h"
#include "topology/expr/program.h"
#include "topology/expr/program_builder.h"

namespace tallymill::topology {
namespace {

void collect_metadata_fields(const SyntaxNode& node, std::vector<std::string>& fields) {
  const bool is_metadata = node.kind == SyntaxKind::select &&
                           node.children[0]->kind == SyntaxKind::identifier &&
                           node.children[0]->text == "meta";
  if (is_metadata && std::find(fields.begin(), fields.end(), node.text) == fields.end())
    fields.push_back(node.text);
  for (const SyntaxTree& child : node.children) collect_metadata_fields(*child, fields);
}

}  // namespace

std::shared_ptr<const Program> build_program(const SyntaxNode& syntax, const RowType& columns,
                                             const ExpressionOptions& options,
                                             std::vector<ExpressionProblem>& problems) {
  const std::size_t problems_before = problems.size();
  auto program = std::make_shared<FlatProgram>();
  program->text = print_expression(syntax);
  Checker checker(columns, options, program->code.arena, problems);
  const TypedTree tree = checker.check(syntax);
  if (problems.size() > problems_before) return nullptr;
  Compiler(*program, checker.local_count(), options, problems).compile(*tree);
  program->fixed = columns_held_fixed(*tree);
  program->amount_currency = currency_of(*tree, columns);
  if (problems.size() > problems_before) return nullptr;
  return program;
}

std::shared_ptr<const Program> compile_expression(std::string_view text, const RowType& columns,
                                                  const ExpressionOptions& options,
                                                  std::vector<ExpressionProblem>& problems) {
  const SyntaxTree syntax = parse_expression(text, options, problems);
  return syntax != nullptr ? build_program(*syntax, columns, options, problems) : nullptr;
}

std::vector<std::string> metadata_fields_used(std::string_view text) {
  std::vector<std::string> fields;
  std::vector<ExpressionProblem> problems;
  if (const SyntaxTree syntax = parse_expression(text, {}, problems)) {
    collect_metadata_fields(*syntax, fields);
  } else if (const auto aggregate = parse_aggregate(text, {}, problems)) {
    collect_metadata_fields(*aggregate->call, fields);
    if (aggregate->where != nullptr) collect_metadata_fields(*aggregate->where, fields);
  }
  return fields;
}

}  // namespace tallymill::topology
