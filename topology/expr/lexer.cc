#include "topology/expr/lexer.h"

#include <array>
#include <cstring>

#include "topology/expr/utf8.h"

namespace tallymill::topology {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hexadecimal(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_word_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_word(char c) { return is_word_start(c) || is_digit(c); }

std::uint32_t digit_value(char c) {
  if (is_digit(c)) return static_cast<std::uint32_t>(c - '0');
  return static_cast<std::uint32_t>((c | 0x20) - 'a') + 10;
}

/// Longer symbols first, so that "<=" is not read as "<" and "=".
constexpr std::array<std::string_view, 26> symbols = {"&&", "||", "==", "!=", "<=", ">=", "<", ">", "+",
                                                      "-",  "*",  "/",  "%",  "!",  "?",  ":", ".", ",",
                                                      "(",  ")",  "[",  "]",  "{",  "}",  "=", "&"};

class Lexer {
 public:
  Lexer(std::string_view text, std::vector<ExpressionProblem>& problems) : text_(text), problems_(problems) {}

  std::optional<std::vector<ExpressionToken>> run() {
    if (!is_utf8(text_)) {
      refuse(0, "the expression is not valid UTF-8", "save the file as UTF-8");
      return std::nullopt;
    }
    for (;;) {
      skip_space_and_comments();
      const std::size_t begin = at_;
      if (begin == text_.size()) {
        add(TokenKind::end, begin, {});
        return std::move(tokens_);
      }
      if (!read_token()) return std::nullopt;
    }
  }

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  void add(TokenKind kind, std::size_t begin, std::string text) {
    const TextRange range{static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(at_)};
    tokens_.push_back({kind, range, std::move(text)});
  }

  bool refuse(std::size_t begin, std::string message, std::string hint = {}) {
    const std::size_t end = std::min(text_.size(), std::max(at_, begin + 1));
    problems_.push_back({ErrorCode::expression_syntax, static_cast<std::uint32_t>(begin),
                         static_cast<std::uint32_t>(end), std::move(message), std::move(hint)});
    return false;
  }

  void skip_space_and_comments() {
    while (at_ < text_.size()) {
      if (std::strchr(" \t\n\r\f", text_[at_]) != nullptr && text_[at_] != '\0') {
        ++at_;
      } else if (peek() == '/' && peek(1) == '/') {
        while (at_ < text_.size() && text_[at_] != '\n') ++at_;
      } else {
        return;
      }
    }
  }

  bool read_token() {
    const char c = peek();
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return read_number();
    if (starts_string()) return read_string();
    if (is_word_start(c)) return read_word();
    if (c == '`') return read_quoted_identifier();
    return read_symbol();
  }

  bool read_word() {
    const std::size_t begin = at_;
    while (is_word(peek())) ++at_;
    add(TokenKind::identifier, begin, std::string(text_.substr(begin, at_ - begin)));
    return true;
  }

  bool read_quoted_identifier() {
    const std::size_t begin = at_++;
    const std::size_t close = text_.find('`', at_);
    if (close == std::string_view::npos || close == at_) {
      return refuse(begin, "a name in backquotes is empty or not closed");
    }
    at_ = close + 1;
    add(TokenKind::quoted_identifier, begin, std::string(text_.substr(begin + 1, close - begin - 1)));
    return true;
  }

  bool read_symbol() {
    const std::size_t begin = at_;
    for (const std::string_view symbol : symbols) {
      if (!text_.substr(at_).starts_with(symbol)) continue;
      at_ += symbol.size();
      if (symbol == "=") return refuse(begin, "`=` is no operator", "compare with `==`");
      if (symbol == "&") return refuse(begin, "`&` is no operator", "write `&&`");
      add(TokenKind::symbol, begin, std::string(symbol));
      return true;
    }
    if (peek() == '|') return refuse(begin, "`|` is no operator", "write `||`");
    at_ += code_point_bytes(peek());
    const std::string_view character = text_.substr(begin, at_ - begin);
    std::string hint;
    if (character == "~") hint = "a regular expression is tried with x.matches(\"..\")";
    if (character == ";") hint = "leave it out";
    if (character == "\u201c" || character == "\u201d" || character == "\u2018" || character == "\u2019")
      hint = "write straight quotes: \"..\" or '..'";
    return refuse(begin, "`" + std::string(character) + "` has no meaning here", std::move(hint));
  }

  bool read_number() {
    const std::size_t begin = at_;
    TokenKind kind = TokenKind::integer;
    if (peek() == '0' && (peek(1) | 0x20) == 'x' && is_hexadecimal(peek(2))) {
      at_ += 2;
      while (is_hexadecimal(peek())) ++at_;
    } else {
      while (is_digit(peek())) ++at_;
      if (peek() == '.' && is_digit(peek(1))) {
        kind = TokenKind::floating;
        ++at_;
        while (is_digit(peek())) ++at_;
      }
      if (skip_exponent()) kind = TokenKind::floating;
    }
    std::string digits(text_.substr(begin, at_ - begin));
    if (kind == TokenKind::integer && (peek() | 0x20) == 'u') {
      ++at_;
      kind = TokenKind::unsigned_integer;
    }
    if (is_word_start(peek())) {
      while (is_word(peek())) ++at_;
      return refuse(begin, "`" + std::string(text_.substr(begin, at_ - begin)) + "` is no number");
    }
    add(kind, begin, std::move(digits));
    return true;
  }

  bool skip_exponent() {
    if ((peek() | 0x20) != 'e') return false;
    const std::size_t sign = (peek(1) == '+' || peek(1) == '-') ? 1 : 0;
    if (!is_digit(peek(1 + sign))) return false;
    at_ += 1 + sign;
    while (is_digit(peek())) ++at_;
    return true;
  }

  /// A string opens with at most one each of r and b, in any order and case, and a quote.
  bool starts_string() const {
    std::size_t ahead = 0;
    while (ahead < 2 && ((peek(ahead) | 0x20) == 'r' || (peek(ahead) | 0x20) == 'b')) ++ahead;
    if (ahead == 2 && (peek(0) | 0x20) == (peek(1) | 0x20)) return false;
    return peek(ahead) == '"' || peek(ahead) == '\'';
  }

  bool read_string() {
    const std::size_t begin = at_;
    bool is_raw = false;
    bool is_bytes = false;
    for (; peek() != '"' && peek() != '\''; ++at_) ((peek() | 0x20) == 'r' ? is_raw : is_bytes) = true;
    const std::string_view quote = text_.substr(at_, 1);
    const std::string_view triple = text_.substr(at_, 3);
    const bool is_triple = triple.size() == 3 && triple[1] == quote[0] && triple[2] == quote[0];
    const std::string_view close = is_triple ? triple : quote;
    at_ += close.size();

    std::string content;
    while (!text_.substr(at_).starts_with(close)) {
      if (at_ == text_.size() || (!is_triple && (peek() == '\n' || peek() == '\r'))) {
        return refuse(begin, "the string is not closed", "end it with " + std::string(close));
      }
      if (peek() == '\\' && !is_raw) {
        if (!read_escape(content, is_bytes)) return false;
      } else {
        content.push_back(text_[at_++]);
      }
    }
    at_ += close.size();
    add(is_bytes ? TokenKind::bytes : TokenKind::string, begin, std::move(content));
    return true;
  }

  bool read_escape(std::string& content, bool is_bytes) {
    const std::size_t begin = at_++;
    const char c = peek();
    ++at_;
    static constexpr std::string_view letters = "abfnrtv\\?\"'`";
    static constexpr std::string_view meanings = "\a\b\f\n\r\t\v\\?\"'`";
    if (const std::size_t letter = letters.find(c); c != '\0' && letter != std::string_view::npos) {
      content.push_back(meanings[letter]);
      return true;
    }
    if (c == 'x' || c == 'X') return read_code(content, begin, 2, 16, is_bytes);
    if (c >= '0' && c <= '3') {
      --at_;
      return read_code(content, begin, 3, 8, is_bytes);
    }
    if (c == 'u' && !is_bytes) return read_code(content, begin, 4, 16, false);
    if (c == 'U' && !is_bytes) return read_code(content, begin, 8, 16, false);
    at_ = std::min(at_, text_.size());
    return refuse(begin, "this escape has no meaning",
                  "a backslash itself is written `\\\\`, or use r\"...\"");
  }

  /// Reads `digits` digits of a code point, or of a byte in a bytes literal.
  bool read_code(std::string& content, std::size_t begin, int digits, std::uint32_t base, bool is_byte) {
    std::uint32_t code = 0;
    for (int i = 0; i < digits; ++i, ++at_) {
      if (!is_hexadecimal(peek()) || digit_value(peek()) >= base) {
        return refuse(begin, "this escape needs " + std::to_string(digits) + " digits");
      }
      code = code * base + digit_value(peek());
    }
    if (is_byte) {
      content.push_back(static_cast<char>(code));
      return true;
    }
    if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return refuse(begin, "no such character");
    append_code_point(content, code);
    return true;
  }

  std::string_view text_;
  std::vector<ExpressionProblem>& problems_;
  std::size_t at_ = 0;
  std::vector<ExpressionToken> tokens_;
};

}  // namespace

std::optional<std::vector<ExpressionToken>> tokenize_expression(std::string_view text,
                                                                std::vector<ExpressionProblem>& problems) {
  return Lexer(text, problems).run();
}

}  // namespace tallymill::topology
