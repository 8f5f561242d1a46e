#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tallymill::topology {

/// Bytes [begin, end) of an expression's text.
struct TextRange {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

enum class SyntaxKind : std::uint8_t {
  null_literal,
  boolean_literal,
  integer_literal,
  unsigned_literal,
  floating_literal,
  string_literal,
  bytes_literal,
  identifier,
  select,     ///< children[0].text
  operation,  ///< an operator over its operands: text is "+", "-", "!", "==", "in", "[]", "&&", "||", "?:"
  call,       ///< text(children...), or children[0].text(rest...) if has_receiver
  list,       ///< [children...]
  map,        ///< {children[0]: children[1], ...}
};

/// One node of the syntax tree, as it was written: macros are not expanded, literals have no type but their
/// own.
struct SyntaxNode {
  SyntaxKind kind;
  TextRange range;       ///< of the whole node
  TextRange name_range;  ///< of the name in an identifier, select or call, of the sign in an operation
  /// The content of a string or bytes literal, the source text of a number (with its sign, without `u`), the
  /// name of an identifier, field, function or operator.
  std::string text;
  std::vector<std::unique_ptr<SyntaxNode>> children;
  bool has_receiver = false;
  /// An identifier written with a leading dot: no variable of a macro hides what it names.
  bool is_absolute = false;
  /// Nodes on the longest way down to a leaf, this one included.
  std::uint32_t height = 1;

  bool is_true_literal() const { return kind == SyntaxKind::boolean_literal && text == "true"; }
};

using SyntaxTree = std::unique_ptr<SyntaxNode>;

/// Prints a tree with parentheses only where they are needed. Two texts that differ only in white space,
/// comments, redundant parentheses and the way a string is quoted print alike; numbers stay as they were
/// written.
std::string print_expression(const SyntaxNode& node);

}  // namespace tallymill::topology
