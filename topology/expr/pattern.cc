#include "topology/expr/pattern.h"

#include <re2/re2.h>

#include <utility>

namespace tallymill::topology {
namespace {

/// For the compiled program and its caches together; a pattern that needs more is refused when it is
/// compiled.
constexpr std::int64_t memory_bytes_max = 1 << 20;

}  // namespace

Pattern::Pattern(std::unique_ptr<re2::RE2> compiled) : compiled_(std::move(compiled)) {}
Pattern::~Pattern() = default;

Result<std::unique_ptr<Pattern>> Pattern::compile(std::string_view text) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(memory_bytes_max);
  auto compiled = std::make_unique<re2::RE2>(re2::StringPiece(text.data(), text.size()), options);
  if (!compiled->ok()) {
    return Error{ErrorCode::invalid_argument, "the regular expression is refused: " + compiled->error(),
                 "the syntax is RE2's; it has no look-around and no back-references"};
  }
  return std::unique_ptr<Pattern>(new Pattern(std::move(compiled)));
}

bool Pattern::matches(std::string_view text) const {
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *compiled_);
}

}  // namespace tallymill::topology
