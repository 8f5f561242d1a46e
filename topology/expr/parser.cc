#include "topology/expr/parser.h"

#include <algorithm>
#include <array>
#include <utility>

#include "topology/expr/habits.h"
#include "topology/expr/lexer.h"

namespace tallymill::topology {
namespace {

/// Words that no variable or function may be called; a field or method may.
constexpr std::array<std::string_view, 17> reserved_words = {
    "as",  "break", "const",   "continue",  "else",   "for", "function", "if",   "import",
    "let", "loop",  "package", "namespace", "return", "var", "void",     "while"};

struct BinaryOperator {
  std::string_view symbol;
  int precedence;
};

/// Loosest first; all of them group from the left.
constexpr std::array<BinaryOperator, 14> binary_operators = {{{"||", 1},
                                                              {"&&", 2},
                                                              {"==", 3},
                                                              {"!=", 3},
                                                              {"<=", 3},
                                                              {">=", 3},
                                                              {"<", 3},
                                                              {">", 3},
                                                              {"in", 3},
                                                              {"+", 4},
                                                              {"-", 4},
                                                              {"*", 5},
                                                              {"/", 5},
                                                              {"%", 5}}};

constexpr std::string_view end_of_aggregate = "`where` or the end";

/// Recursive descent with one level of precedence climbing. Every method gives null after a problem, and
/// callers pass the null on.
class Parser {
 public:
  Parser(std::vector<ExpressionToken> tokens, const ExpressionOptions& options,
         std::vector<ExpressionProblem>& problems)
      : tokens_(std::move(tokens)), options_(options), problems_(problems) {}

  SyntaxTree whole_expression() {
    SyntaxTree tree = expression();
    if (tree != nullptr && now().kind != TokenKind::end)
      return unexpected("the end of the expression or an operator");
    return tree;
  }

  std::optional<AggregateSyntax> whole_aggregate() {
    AggregateSyntax aggregate;
    aggregate.call = primary();
    if (aggregate.call == nullptr) return std::nullopt;
    if (aggregate.call->kind != SyntaxKind::call) {
      refuse(aggregate.call->range, "an aggregate is a call", "such as `sum(amount)` or `count()`");
      return std::nullopt;
    }
    if (now().is_word("where")) {
      take();
      aggregate.where = whole_expression();
      if (aggregate.where == nullptr) return std::nullopt;
    } else if (now().kind != TokenKind::end) {
      unexpected(end_of_aggregate);
      return std::nullopt;
    }
    return aggregate;
  }

 private:
  const ExpressionToken& now() const { return tokens_[at_]; }
  const ExpressionToken& next() const { return tokens_[std::min(at_ + 1, tokens_.size() - 1)]; }
  ExpressionToken take() {
    if (now().kind == TokenKind::end) return now();
    remember_previous();
    return std::move(tokens_[at_++]);
  }
  bool take_symbol(std::string_view symbol) {
    if (!now().is_symbol(symbol)) return false;
    last_end_ = now().range.end;
    remember_previous();
    ++at_;
    return true;
  }
  void remember_previous() {
    previous_kind_ = now().kind;
    const bool is_short = now().kind == TokenKind::identifier || now().kind == TokenKind::symbol;
    previous_text_ = is_short ? now().text : std::string();
  }

  SyntaxTree refuse(TextRange range, std::string message, std::string hint = {},
                    ErrorCode code = ErrorCode::expression_syntax) {
    problems_.push_back({code, range.begin, range.end, std::move(message), std::move(hint)});
    return nullptr;
  }

  SyntaxTree unexpected(std::string_view wanted) {
    if (now().kind != TokenKind::end) {
      return refuse(now().range, "`" + now().text + "` stands where " + std::string(wanted) + " is expected",
                    hint_here(wanted));
    }
    // A caret needs something to stand under; the end has nothing.
    return refuse(at_ > 0 ? tokens_[at_ - 1].range : now().range,
                  "the expression ends where " + std::string(wanted) + " is expected",
                  previous_text_ == "%" ? "`%` is the remainder of a division; ten percent are `0.10`" : "");
  }

  /// How it is written here, if what stands here is a habit from elsewhere.
  std::string hint_here(std::string_view wanted) const {
    const bool after_word = previous_kind_ == TokenKind::identifier;
    if (now().kind == TokenKind::identifier)
      return hint_for_word(now().text, after_word ? previous_text_ : "");
    if (now().kind == TokenKind::string) {
      if (previous_kind_ == TokenKind::string)
        return "a quote inside a text is not doubled: write \"it's\" or 'it\\'s'";
      if (!after_word) return {};
      const std::string habit = hint_for_word(previous_text_, {});
      return habit.empty() ? "a call has parentheses: " + previous_text_ + "(\"..\")" : habit;
    }
    if (now().kind != TokenKind::symbol)
      return after_word ? hint_for_word(previous_text_, {}) : std::string();
    const std::string& symbol = now().text;
    if (symbol == ":" && next().is_symbol(":"))
      return "a type is changed by a call: string(x), int(x), decimal(x) or double(x)";
    if (symbol == "," && in_parentheses_of_in_) return "a list is written in brackets: `in [\"a\", \"b\"]`";
    if (symbol == "," && previous_kind_ == TokenKind::integer && next().kind == TokenKind::integer)
      return "a number has no separators between its thousands: `1000`";
    if (symbol == "*" && previous_text_ == "(")
      return "`count()` counts the rows, `count(x)` those where x is not null";
    if (symbol == ">" && previous_text_ == "<") return "not equal is written `!=`";
    if (wanted == end_of_aggregate) return std::string(aggregates_stand_alone);
    return after_word ? hint_for_word(previous_text_, {}) : std::string();
  }

  SyntaxTree node(SyntaxKind kind, TextRange range, std::string text) {
    auto made = std::make_unique<SyntaxNode>();
    made->kind = kind;
    made->range = made->name_range = range;
    made->text = std::move(text);
    return made;
  }

  /// Hangs `child` under `parent` and keeps the height; null if either is null or the tree grows too deep.
  SyntaxTree with_child(SyntaxTree parent, SyntaxTree child) {
    if (parent == nullptr || child == nullptr) return nullptr;
    parent->height = std::max(parent->height, child->height + 1);
    if (parent->height > options_.depth_max) return too_deep(child->range);
    parent->children.push_back(std::move(child));
    return parent;
  }

  SyntaxTree too_deep(TextRange range) {
    return refuse(range, "the expression is nested more than " + std::to_string(options_.depth_max) + " deep",
                  "split it, for instance with a `set` step before");
  }

  /// Keeps the stack bounded: every cycle of the grammar passes through expression() or unary().
  template <class Rule>
  SyntaxTree one_deeper(Rule rule) {
    if (depth_ >= options_.depth_max) return too_deep(now().range);
    ++depth_;
    SyntaxTree tree = rule();
    --depth_;
    return tree;
  }

  SyntaxTree expression() {
    return one_deeper([this] { return conditional(); });
  }

  SyntaxTree conditional() {
    SyntaxTree condition = binary(1);
    if (condition == nullptr || !now().is_symbol("?")) return condition;
    SyntaxTree tree = node(SyntaxKind::operation, now().range, "?:");
    tree->range.begin = condition->range.begin;
    take();
    tree = with_child(std::move(tree), std::move(condition));
    if (tree != nullptr) tree = with_child(std::move(tree), binary(1));
    if (tree == nullptr) return nullptr;
    if (!take_symbol(":")) return unexpected("the `:` of `condition ? a : b`");
    tree = with_child(std::move(tree), expression());
    if (tree != nullptr) tree->range.end = tree->children.back()->range.end;
    return tree;
  }

  const BinaryOperator* binary_operator_now() const {
    if (now().kind != TokenKind::symbol && !now().is_word("in")) return nullptr;
    const auto* found = std::find_if(binary_operators.begin(), binary_operators.end(),
                                     [&](const BinaryOperator& each) { return each.symbol == now().text; });
    return found == binary_operators.end() ? nullptr : found;
  }

  SyntaxTree binary(int precedence_min) {
    SyntaxTree left = unary();
    while (left != nullptr) {
      const BinaryOperator* found = binary_operator_now();
      if (found == nullptr || found->precedence < precedence_min) return left;
      const ExpressionToken sign = take();
      SyntaxTree right = binary(found->precedence + 1);
      if (right == nullptr) return nullptr;
      const std::uint32_t end = right->range.end;
      const bool is_logical = found->precedence <= 2;
      if (is_logical && left->kind == SyntaxKind::operation && left->text == sign.text) {
        // `a || b || c` is one node of three: a long list of alternatives is not deep.
        left = with_child(std::move(left), std::move(right));
      } else {
        SyntaxTree parent = node(SyntaxKind::operation, sign.range, sign.text);
        parent->range.begin = left->range.begin;
        left = with_child(with_child(std::move(parent), std::move(left)), std::move(right));
      }
      if (left != nullptr) left->range.end = end;
    }
    return nullptr;
  }

  SyntaxTree unary() {
    if (!now().is_symbol("-") && !now().is_symbol("!")) return member();
    const bool is_number = next().kind == TokenKind::integer || next().kind == TokenKind::floating;
    // A sign belongs to its number: -9223372036854775808 exists, the same without the sign does not.
    if (now().is_symbol("-") && is_number) return member();
    return one_deeper([this] {
      const ExpressionToken sign = take();
      SyntaxTree tree = with_child(node(SyntaxKind::operation, sign.range, sign.text), unary());
      if (tree != nullptr) tree->range.end = tree->children.back()->range.end;
      return tree;
    });
  }

  SyntaxTree member() {
    SyntaxTree tree = primary();
    while (tree != nullptr) {
      if (take_symbol(".")) {
        tree = select(std::move(tree));
      } else if (take_symbol("[")) {
        tree = index(std::move(tree));
      } else {
        return tree;
      }
    }
    return nullptr;
  }

  SyntaxTree select(SyntaxTree operand) {
    if (now().is_symbol("?")) return optional_syntax();
    if (now().kind != TokenKind::identifier && now().kind != TokenKind::quoted_identifier) {
      return unexpected("a field or method name");
    }
    const ExpressionToken name = take();
    SyntaxTree tree = node(SyntaxKind::select, name.range, name.text);
    tree->range.begin = operand->range.begin;
    tree = with_child(std::move(tree), std::move(operand));
    if (tree == nullptr || !now().is_symbol("(") || name.kind != TokenKind::identifier) return tree;
    tree->kind = SyntaxKind::call;
    tree->has_receiver = true;
    return arguments(std::move(tree));
  }

  SyntaxTree index(SyntaxTree operand) {
    if (now().is_symbol("?")) return optional_syntax();
    SyntaxTree tree = node(SyntaxKind::operation, operand->range, "[]");
    tree = with_child(with_child(std::move(tree), std::move(operand)), expression());
    if (tree == nullptr) return nullptr;
    if (!take_symbol("]")) return unexpected("`]`");
    tree->range.end = last_end_;
    return tree;
  }

  SyntaxTree optional_syntax() {
    return refuse(now().range, "optional values (`?`) are not implemented yet",
                  "test with has(...) or coalesce(...)", ErrorCode::not_yet);
  }

  /// Expressions up to `close`, which is taken; a comma may follow the last one if `trailing_comma`.
  SyntaxTree children_until(SyntaxTree parent, std::string_view close, bool trailing_comma) {
    while (parent != nullptr && !now().is_symbol(close)) {
      if (now().is_symbol("?")) return optional_syntax();
      parent = with_child(std::move(parent), expression());
      if (parent == nullptr) return nullptr;
      if (close == "}") {
        if (!take_symbol(":")) return unexpected("the `:` between a key and its value");
        parent = with_child(std::move(parent), expression());
        if (parent == nullptr) return nullptr;
      }
      if (!take_symbol(",")) break;
      if (now().is_symbol(close) && !trailing_comma) return unexpected("another argument");
    }
    if (parent == nullptr) return nullptr;
    if (!take_symbol(close)) return unexpected("`,` or `" + std::string(close) + "`");
    parent->range.end = last_end_;
    return parent;
  }

  SyntaxTree arguments(SyntaxTree call) {
    take_symbol("(");
    return children_until(std::move(call), ")", false);
  }

  SyntaxTree primary() {
    switch (now().kind) {
      case TokenKind::identifier:
        return word();
      case TokenKind::quoted_identifier: {
        ExpressionToken name = take();
        return node(SyntaxKind::identifier, name.range, std::move(name.text));
      }
      case TokenKind::integer:
        return literal(SyntaxKind::integer_literal);
      case TokenKind::unsigned_integer:
        return literal(SyntaxKind::unsigned_literal);
      case TokenKind::floating:
        return literal(SyntaxKind::floating_literal);
      case TokenKind::string:
        return literal(SyntaxKind::string_literal);
      case TokenKind::bytes:
        return literal(SyntaxKind::bytes_literal);
      case TokenKind::symbol:
        return bracket();
      case TokenKind::end:
        break;
    }
    return unexpected("a value");
  }

  SyntaxTree literal(SyntaxKind kind) {
    ExpressionToken token = take();
    return node(kind, token.range, std::move(token.text));
  }

  SyntaxTree word() {
    if (now().is_word("null")) return literal(SyntaxKind::null_literal);
    if (now().is_word("true") || now().is_word("false")) return literal(SyntaxKind::boolean_literal);
    if (now().is_word("in")) return unexpected("a value");
    if (std::find(reserved_words.begin(), reserved_words.end(), now().text) != reserved_words.end()) {
      const std::string habit = next().is_symbol("(") ? hint_for_function(now().text) : std::string();
      return refuse(
          now().range, "`" + now().text + "` is a reserved word",
          habit.empty() ? "a column of that name is written in backquotes: `" + now().text + "`" : habit);
    }
    ExpressionToken name = take();
    const bool is_call = now().is_symbol("(");
    SyntaxTree tree =
        node(is_call ? SyntaxKind::call : SyntaxKind::identifier, name.range, std::move(name.text));
    if (now().is_symbol("{")) {
      return refuse(tree->range, "messages are not implemented yet", {}, ErrorCode::not_yet);
    }
    return is_call ? arguments(std::move(tree)) : std::move(tree);
  }

  SyntaxTree bracket() {
    const ExpressionToken open = now();
    const bool after_in = previous_kind_ == TokenKind::identifier && previous_text_ == "in";
    if (take_symbol("(")) {
      SyntaxTree tree = expression();
      if (tree == nullptr) return nullptr;
      in_parentheses_of_in_ = after_in;
      if (!take_symbol(")")) return unexpected("`)`");
      tree->range = {open.range.begin, last_end_};
      return tree;
    }
    if (take_symbol("[")) return children_until(node(SyntaxKind::list, open.range, {}), "]", true);
    if (take_symbol("{")) return children_until(node(SyntaxKind::map, open.range, {}), "}", true);
    if (take_symbol(".")) {
      if (now().kind != TokenKind::identifier) return unexpected("a name");
      SyntaxTree tree = word();
      if (tree != nullptr && tree->kind == SyntaxKind::identifier) tree->is_absolute = true;
      return tree;
    }
    if (take_symbol("-")) {  // unary() has seen that a number follows
      SyntaxTree tree = primary();
      if (tree == nullptr) return nullptr;
      tree->range.begin = tree->name_range.begin = open.range.begin;
      tree->text.insert(0, 1, '-');
      return tree;
    }
    return unexpected("a value");
  }

  std::vector<ExpressionToken> tokens_;
  const ExpressionOptions& options_;
  std::vector<ExpressionProblem>& problems_;
  std::size_t at_ = 0;
  std::uint32_t depth_ = 0;
  std::uint32_t last_end_ = 0;  ///< of the symbol that take_symbol took last
  // What stood before now(), for hints: taken tokens have been moved from.
  TokenKind previous_kind_ = TokenKind::end;
  std::string previous_text_;  ///< of a word or symbol
  bool in_parentheses_of_in_ = false;
};

std::optional<std::vector<ExpressionToken>> tokens_of(std::string_view text, const ExpressionOptions& options,
                                                      std::vector<ExpressionProblem>& problems) {
  if (text.size() > options.text_bytes_max) {
    problems.push_back({ErrorCode::expression_syntax, 0, 1,
                        "the expression is longer than " + std::to_string(options.text_bytes_max) + " bytes",
                        "split it, for instance with a `set` step before"});
    return std::nullopt;
  }
  return tokenize_expression(text, problems);
}

}  // namespace

SyntaxTree parse_expression(std::string_view text, const ExpressionOptions& options,
                            std::vector<ExpressionProblem>& problems) {
  auto tokens = tokens_of(text, options, problems);
  return tokens ? Parser(std::move(*tokens), options, problems).whole_expression() : nullptr;
}

std::optional<AggregateSyntax> parse_aggregate(std::string_view text, const ExpressionOptions& options,
                                               std::vector<ExpressionProblem>& problems) {
  auto tokens = tokens_of(text, options, problems);
  if (!tokens) return std::nullopt;
  return Parser(std::move(*tokens), options, problems).whole_aggregate();
}

}  // namespace tallymill::topology
