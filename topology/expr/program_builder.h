#pragma once

#include <memory>
#include <vector>

#include "topology/expr/expression.h"
#include "topology/expr/syntax.h"

namespace tallymill::topology {

/// Checks and compiles a parsed expression; null if problems were added.
std::shared_ptr<const Program> build_program(const SyntaxNode& syntax, const RowType& columns,
                                             const ExpressionOptions& options,
                                             std::vector<ExpressionProblem>& problems);

}  // namespace tallymill::topology
