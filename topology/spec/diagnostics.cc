#include "topology/spec/diagnostics.h"

#include <algorithm>
#include <tuple>

#include "topology/spec/excerpt.h"

namespace tallymill::topology {
namespace {

std::string counted(std::size_t count, std::string_view what) {
  return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

}  // namespace

std::uint32_t Diagnostics::add_file(std::string name, std::string_view text) {
  File file;
  file.name = std::move(name);
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line = text.substr(begin, end - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    file.lines.emplace_back(line);
    begin = end + 1;
  }
  files_.push_back(std::move(file));
  return static_cast<std::uint32_t>(files_.size() - 1);
}

void Diagnostics::add(Diagnostic diagnostic) {
  ++(diagnostic.severity == Severity::error ? error_count_ : warning_count_);
  if (list_.size() < most) list_.push_back(std::move(diagnostic));
}

void Diagnostics::error(ErrorCode code, SourceRange range, std::string message, std::string hint) {
  add({Severity::error, code, range, std::move(message), std::move(hint)});
}

void Diagnostics::warning(ErrorCode code, SourceRange range, std::string message, std::string hint) {
  add({Severity::warning, code, range, std::move(message), std::move(hint)});
}

std::vector<Diagnostic> Diagnostics::sorted() const {
  std::vector<Diagnostic> result = list_;
  std::stable_sort(result.begin(), result.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.range.file, a.range.begin) < std::tie(b.range.file, b.range.begin);
  });
  return result;
}

std::string Diagnostics::findings_text() const {
  std::string text;
  for (const Diagnostic& diagnostic : sorted()) {
    const File& file = files_[diagnostic.range.file];
    const Position begin = diagnostic.range.begin;
    text += printable(file.name);
    if (begin.line > 0) text += ":" + std::to_string(begin.line);
    if (begin.column > 0) text += ":" + std::to_string(begin.column);
    text += diagnostic.severity == Severity::error ? ": error: " : ": warning: ";
    text += printable(diagnostic.message) + " [" + std::string(name_of(diagnostic.code)) + "]\n";
    if (begin.line > 0 && begin.column > 0 && begin.line <= file.lines.size()) {
      text += excerpt(file.lines[begin.line - 1], begin.column, diagnostic.range.length);
    }
    if (!diagnostic.hint.empty()) text += "    hint: " + printable(diagnostic.hint) + "\n";
  }
  return text;
}

std::string Diagnostics::to_text() const {
  std::string text = findings_text();
  text += counted(error_count_, "error") + ", " + counted(warning_count_, "warning");
  if (const std::size_t dropped = error_count_ + warning_count_ - list_.size(); dropped > 0) {
    text += "; " + std::to_string(dropped) + " of them are not shown";
  }
  return text + "\n";
}

}  // namespace tallymill::topology
