#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "topology/expr/expression.h"
#include "topology/expr/syntax.h"

namespace tallymill::topology {

/// Parses a whole text as one expression. Adds the first problem and gives null if it is none; its depth and
/// the text's length are limited by `options`, so that no text costs more than a linear amount of time and
/// stack.
SyntaxTree parse_expression(std::string_view text, const ExpressionOptions& options,
                            std::vector<ExpressionProblem>& problems);

struct AggregateSyntax {
  SyntaxTree call;   ///< a `call` node without receiver
  SyntaxTree where;  ///< null if there is none
};

/// Parses "NAME(ARGUMENTS) [where EXPRESSION]" likewise.
std::optional<AggregateSyntax> parse_aggregate(std::string_view text, const ExpressionOptions& options,
                                               std::vector<ExpressionProblem>& problems);

}  // namespace tallymill::topology
