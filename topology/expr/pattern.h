#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "topology/base/result.h"

namespace re2 {
class RE2;
}

namespace tallymill::topology {

/// A regular expression in RE2 syntax, compiled once: matching takes time linear in the text and bounded
/// memory. Thread-safe.
class Pattern {
 public:
  /// Error: invalid_argument, with RE2's reason.
  static Result<std::unique_ptr<Pattern>> compile(std::string_view text);
  ~Pattern();

  /// Whether some part of `text` matches.
  bool matches(std::string_view text) const;

 private:
  explicit Pattern(std::unique_ptr<re2::RE2> compiled);
  std::unique_ptr<re2::RE2> compiled_;
};

}  // namespace tallymill::topology
