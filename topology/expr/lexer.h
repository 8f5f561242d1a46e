#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "topology/expr/expression.h"
#include "topology/expr/syntax.h"

namespace tallymill::topology {

enum class TokenKind : std::uint8_t {
  end,
  identifier,         ///< also the words that CEL reserves; the parser knows where those may stand
  quoted_identifier,  ///< in backticks; text is what is between them
  integer,            ///< text is the digits, with "0x" if hexadecimal
  unsigned_integer,   ///< the same without the final u
  floating,
  string,  ///< text is the content with escapes resolved
  bytes,
  symbol,  ///< an operator or bracket
};

struct ExpressionToken {
  TokenKind kind = TokenKind::end;
  TextRange range;
  std::string text;

  bool is_symbol(std::string_view symbol) const { return kind == TokenKind::symbol && text == symbol; }
  bool is_word(std::string_view word) const { return kind == TokenKind::identifier && text == word; }
};

/// Splits a text into tokens; the last one is `end`. At the first thing that is no token it adds a problem
/// and gives nothing. A text that is not UTF-8 is refused.
std::optional<std::vector<ExpressionToken>> tokenize_expression(std::string_view text,
                                                                std::vector<ExpressionProblem>& problems);

}  // namespace tallymill::topology
