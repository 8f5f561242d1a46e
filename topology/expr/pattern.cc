#include "topology/expr/pattern.h"

#include <re2/re2.h>

#include <utility>

namespace tallymill::topology {
namespace {

/// For the compiled program and its caches together; a pattern that needs more is refused when it is
/// compiled.
constexpr std::int64_t memory_bytes_max = 1 << 20;

std::string_view reason_of(re2::RE2::ErrorCode code) {
  switch (code) {
    case re2::RE2::ErrorBadEscape:
    case re2::RE2::ErrorTrailingBackslash:
      return "a backslash stands before something that it gives no meaning to";
    case re2::RE2::ErrorBadCharClass:
    case re2::RE2::ErrorBadCharRange:
      return "what stands in brackets is no set of characters";
    case re2::RE2::ErrorMissingBracket:
      return "a bracket `[` is not closed";
    case re2::RE2::ErrorMissingParen:
      return "a parenthesis is not closed, or closes nothing";
    case re2::RE2::ErrorRepeatArgument:
      return "`*`, `+`, `?` or `{..}` stands where there is nothing to repeat";
    case re2::RE2::ErrorRepeatSize:
      return "the numbers in `{..}` are too large, or in the wrong order";
    case re2::RE2::ErrorRepeatOp:
      return "two signs of repetition stand behind one another";
    case re2::RE2::ErrorBadPerlOp:
      return "`(?` opens a form that does not exist here";
    case re2::RE2::ErrorPatternTooLarge:
      return "it needs too much memory";
    default:
      return "it cannot be read";
  }
}

}  // namespace

Pattern::Pattern(std::unique_ptr<re2::RE2> compiled) : compiled_(std::move(compiled)) {}
Pattern::~Pattern() = default;

Result<std::unique_ptr<Pattern>> Pattern::compile(std::string_view text) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(memory_bytes_max);
  auto compiled = std::make_unique<re2::RE2>(re2::StringPiece(text.data(), text.size()), options);
  if (!compiled->ok()) {
    return Error{ErrorCode::invalid_argument,
                 "the regular expression is refused: " + std::string(reason_of(compiled->error_code())),
                 "the syntax is RE2's; it has no look-around and no back-references"};
  }
  return std::unique_ptr<Pattern>(new Pattern(std::move(compiled)));
}

bool Pattern::matches(std::string_view text) const {
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *compiled_);
}

}  // namespace tallymill::topology
