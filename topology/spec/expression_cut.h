#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tallymill::topology {

/// Where an expression's text breaks off: the quote, bracket or `?` that has no counterpart.
struct ExpressionCut {
  std::size_t offset = 0;
  std::string message;
};

/// YAML ends a plain text at ` #` and, between brackets, at `,` and at a bracket; what is left over may still
/// look like a text. Finds the texts that can only be such remains.
std::optional<ExpressionCut> find_expression_cut(std::string_view text);

}  // namespace tallymill::topology
