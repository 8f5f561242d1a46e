#include <charconv>
#include <utility>

#include "topology/expr/expression.h"
#include "topology/expr/parser.h"
#include "topology/expr/program_builder.h"

namespace tallymill::topology {
namespace {

std::optional<std::int64_t> integer_literal(const SyntaxNode& node) {
  if (node.kind != SyntaxKind::integer_literal) return std::nullopt;
  std::int64_t value;
  const char* const end = node.text.data() + node.text.size();
  const auto [stop, error] = std::from_chars(node.text.data(), end, value);
  return error == std::errc() && stop == end ? std::optional(value) : std::nullopt;
}

}  // namespace

std::optional<AggregateCall> compile_aggregate_call(std::string_view text, const RowType& columns,
                                                    const ExpressionOptions& options,
                                                    std::vector<ExpressionProblem>& problems) {
  const std::size_t problems_before = problems.size();
  const auto syntax = parse_aggregate(text, options, problems);
  if (!syntax) return std::nullopt;
  AggregateCall call;
  call.function = syntax->call->text;
  call.function_begin = syntax->call->name_range.begin;
  call.function_end = syntax->call->name_range.end;
  call.canonical_text = print_expression(*syntax->call);
  for (const SyntaxTree& argument : syntax->call->children) {
    call.arguments.push_back({build_program(*argument, columns, options, problems),
                              integer_literal(*argument), argument->range.begin, argument->range.end});
  }
  if (syntax->where != nullptr) {
    call.where = build_program(*syntax->where, columns, options, problems);
    call.canonical_text += " where " + print_expression(*syntax->where);
    const TypeKind kind = call.where != nullptr ? call.where->type().kind : TypeKind::boolean;
    if (kind != TypeKind::boolean && kind != TypeKind::dynamic && kind != TypeKind::null) {
      problems.push_back({ErrorCode::expression_type, syntax->where->range.begin, syntax->where->range.end,
                          "a condition must be bool, and this is " + call.where->type().text(),
                          "compare it with something, such as `amount > 0`"});
    }
  }
  if (problems.size() > problems_before) return std::nullopt;
  return call;
}

}  // namespace tallymill::topology
