#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "topology/spec/diagnostics.h"

namespace tallymill::topology {

/// Turns byte offsets of a UTF-8 text into positions, in constant time but for the search of the line:
/// columns count code points, and a file may be one line of a megabyte.
class SourceText {
 public:
  /// `text` must outlive this.
  explicit SourceText(std::string_view text);

  std::string_view text() const { return text_; }
  /// Offsets past the end are taken for the end.
  Position position(std::size_t offset) const;
  /// The line that holds `offset`, without its line break.
  std::string_view line_around(std::size_t offset) const;
  /// The byte where that line begins.
  std::size_t line_begin(std::size_t offset) const;

 private:
  static constexpr std::size_t block_bytes = 64;
  std::size_t continuation_bytes_before(std::size_t offset) const;

  std::string_view text_;
  std::vector<std::uint32_t> line_begins_;
  std::vector<std::uint32_t> continuation_bytes_;  ///< before each block of `block_bytes`
};

}  // namespace tallymill::topology
