#include "topology/spec/expression_cut.h"

#include <vector>

namespace tallymill::topology {
namespace {

/// The byte after the string literal that begins at `begin`; npos if it does not end.
std::size_t end_of_string(std::string_view text, std::size_t begin) {
  const char quote = text[begin];
  const bool raw = begin > 0 && (text[begin - 1] == 'r' || text[begin - 1] == 'R');
  const bool triple = text.substr(begin).starts_with(std::string(3, quote));
  const std::string closing(triple ? 3 : 1, quote);
  for (std::size_t i = begin + closing.size(); i < text.size(); ++i) {
    if (text[i] == '\\' && !raw) {
      ++i;
    } else if (text.substr(i).starts_with(closing)) {
      return i + closing.size();
    }
  }
  return std::string_view::npos;
}

char opening_of(char closing) { return closing == ')' ? '(' : closing == ']' ? '[' : '{'; }

class CutFinder {
 public:
  explicit CutFinder(std::string_view text) : text_(text) {}

  std::optional<ExpressionCut> find() {
    for (std::size_t i = 0; i < text_.size();) {
      if (text_[i] == '"' || text_[i] == '\'') {
        const std::size_t end = end_of_string(text_, i);
        if (end == std::string_view::npos) return ExpressionCut{i, "the expression ends inside a string"};
        i = end;
      } else {
        if (auto cut = read_symbol(i)) return cut;
        ++i;
      }
    }
    return open_.empty() ? std::nullopt : unfinished(open_.back());
  }

 private:
  std::optional<ExpressionCut> read_symbol(std::size_t offset) {
    const char symbol = text_[offset];
    if (symbol == '(' || symbol == '[' || symbol == '{') {
      open_.push_back(offset);
    } else if (symbol == '?' && !is_optional_mark(offset)) {
      open_.push_back(offset);
    } else if (symbol == ':' && !open_.empty() && text_[open_.back()] == '?') {
      open_.pop_back();
    } else if (symbol == ')' || symbol == ']' || symbol == '}') {
      if (open_.empty() || text_[open_.back()] != opening_of(symbol)) {
        if (!open_.empty()) return unfinished(open_.back());
        return ExpressionCut{offset,
                             std::string("the expression has a `") + symbol + "` that closes nothing"};
      }
      open_.pop_back();
    }
    return std::nullopt;
  }

  /// CEL's optional syntax (`a.?b`, `[?x]`, `{?k: v}`) has no `:` to wait for.
  bool is_optional_mark(std::size_t offset) const {
    const std::size_t before = text_.substr(0, offset).find_last_not_of(" \t\n");
    return before != std::string_view::npos &&
           std::string_view(".[{,").find(text_[before]) != std::string_view::npos;
  }

  std::optional<ExpressionCut> unfinished(std::size_t offset) const {
    if (text_[offset] == '?') return ExpressionCut{offset, "the expression has a `?` without `:`"};
    return ExpressionCut{offset,
                         std::string("the expression ends before its `") + text_[offset] + "` is closed"};
  }

  std::string_view text_;
  std::vector<std::size_t> open_;
};

}  // namespace

std::optional<ExpressionCut> find_expression_cut(std::string_view text) { return CutFinder(text).find(); }

}  // namespace tallymill::topology
