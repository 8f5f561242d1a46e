#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "topology/base/error.h"

namespace tallymill::topology {

/// A place in a YAML file; both count from 1, columns in code points. 0 means unknown.
struct Position {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  friend auto operator<=>(const Position&, const Position&) = default;
};

/// What is underlined: `length` code points from `begin`, at least 1, within one line.
struct SourceRange {
  std::uint32_t file = 0;  ///< index into Diagnostics' files
  Position begin;
  std::uint32_t length = 1;
};

enum class Severity : std::uint8_t { error, warning };

/// One finding about a topology.
struct Diagnostic {
  Severity severity = Severity::error;
  ErrorCode code;
  SourceRange range;
  std::string message;  ///< one sentence without place
  std::string hint;     ///< what to do; may be empty
};

/// Collects all findings about one topology and the files it was read from. At most `most` are kept; the rest
/// are counted.
class Diagnostics {
 public:
  static constexpr std::size_t most = 100;

  /// Registers a file for printing excerpts and returns its index. `text` is copied.
  std::uint32_t add_file(std::string name, std::string_view text);
  void add(Diagnostic diagnostic);
  void error(ErrorCode code, SourceRange range, std::string message, std::string hint = {});
  void warning(ErrorCode code, SourceRange range, std::string message, std::string hint = {});

  bool has_errors() const { return error_count_ > 0; }
  std::size_t error_count() const { return error_count_; }
  std::size_t warning_count() const { return warning_count_; }
  /// In order of file, line, column.
  std::vector<Diagnostic> sorted() const;
  const std::string& file_name(std::uint32_t file) const { return files_[file].name; }

  /// "file:line:column: error: message [code]", the line, a caret under the range, and the hint; one block a
  /// finding. Control characters of the excerpt are shown escaped. Empty if there are none.
  std::string findings_text() const;
  /// The findings, then one line that counts them.
  std::string to_text() const;

 private:
  struct File {
    std::string name;
    std::vector<std::string> lines;
  };
  std::vector<File> files_;
  std::vector<Diagnostic> list_;
  std::size_t error_count_ = 0;
  std::size_t warning_count_ = 0;
};

}  // namespace tallymill::topology
