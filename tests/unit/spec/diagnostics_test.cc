#include "topology/spec/diagnostics.h"

#include <gtest/gtest.h>

namespace tallymill::topology {
namespace {

SourceRange at(std::uint32_t file, std::uint32_t line, std::uint32_t column, std::uint32_t length = 1) {
  return {file, {line, column}, length};
}

TEST(DiagnosticsTest, ShowsPlaceLineCaretsAndHint) {
  Diagnostics diagnostics;
  const auto file = diagnostics.add_file("a.yaml", "version: 1\nnmae: x\n");
  diagnostics.error(ErrorCode::unknown_field, at(file, 2, 1, 4), "no such field", "did you mean \"name\"?");
  EXPECT_EQ(diagnostics.to_text(),
            "a.yaml:2:1: error: no such field [unknown_field]\n"
            "    nmae: x\n"
            "    ^^^^\n"
            "    hint: did you mean \"name\"?\n"
            "1 error, 0 warnings\n");
}

TEST(DiagnosticsTest, SortsByFileLineAndColumn) {
  Diagnostics diagnostics;
  const auto first = diagnostics.add_file("a", "");
  const auto second = diagnostics.add_file("b", "");
  diagnostics.error(ErrorCode::bad_yaml, at(second, 1, 1), "4");
  diagnostics.error(ErrorCode::bad_yaml, at(first, 3, 1), "3");
  diagnostics.warning(ErrorCode::bad_yaml, at(first, 2, 7), "2");
  diagnostics.error(ErrorCode::bad_yaml, at(first, 2, 5), "1");
  std::string order;
  for (const Diagnostic& diagnostic : diagnostics.sorted()) order += diagnostic.message;
  EXPECT_EQ(order, "1234");
}

TEST(DiagnosticsTest, CountsWhatItDoesNotKeep) {
  Diagnostics diagnostics;
  diagnostics.add_file("a", "x");
  for (int i = 0; i < 250; ++i) diagnostics.error(ErrorCode::bad_yaml, at(0, 1, 1), "again");
  EXPECT_EQ(diagnostics.sorted().size(), Diagnostics::most);
  EXPECT_EQ(diagnostics.error_count(), 250u);
  EXPECT_TRUE(diagnostics.to_text().ends_with("250 errors, 0 warnings; 150 of them are not shown\n"));
}

TEST(DiagnosticsTest, CutsALongLineAroundTheCaret) {
  Diagnostics diagnostics;
  const std::string line = std::string(500, 'a') + "HERE" + std::string(500, 'b');
  diagnostics.add_file("a", line);
  diagnostics.error(ErrorCode::bad_yaml, at(0, 1, 501, 4), "m");
  const std::string text = diagnostics.to_text();
  const auto begin = text.find('\n') + 1;
  const std::string shown = text.substr(begin, text.find('\n', begin) - begin);
  const std::string carets = text.substr(
      begin + shown.size() + 1, text.find('\n', begin + shown.size() + 1) - begin - shown.size() - 1);
  EXPECT_LE(shown.size(), 120u);
  EXPECT_TRUE(shown.starts_with("    ...a")) << shown;
  EXPECT_TRUE(shown.ends_with("b...")) << shown;
  EXPECT_EQ(shown.substr(carets.find('^'), 4), "HERE");
  EXPECT_TRUE(carets.ends_with(" ^^^^"));
}

TEST(DiagnosticsTest, EscapesWhatATerminalWouldObeyAndKeepsTheCaretInPlace) {
  Diagnostics diagnostics;
  diagnostics.add_file("a", "\x1b[2Jx\xffy\xe2\x80\xaez");
  diagnostics.error(ErrorCode::bad_yaml, at(0, 1, 5), "bell \a and line\nend");
  EXPECT_EQ(diagnostics.to_text(),
            "a:1:5: error: bell \\x07 and line\\nend [bad_yaml]\n"
            "    \\x1b[2Jx\\xffy\\xe2\\x80\\xaez\n"
            "           ^\n"
            "1 error, 0 warnings\n");
}

TEST(DiagnosticsTest, KeepsTabsBeforeTheCaretAndCountsCodePoints) {
  Diagnostics diagnostics;
  diagnostics.add_file("a", "\t\xC3\xBC\xC3\xBC: b\r\n");
  diagnostics.error(ErrorCode::bad_yaml, at(0, 1, 6), "m");
  EXPECT_EQ(diagnostics.to_text(),
            "a:1:6: error: m [bad_yaml]\n"
            "    \t\xC3\xBC\xC3\xBC: b\n"
            "    \t    ^\n"
            "1 error, 0 warnings\n");
}

TEST(DiagnosticsTest, APlaceBehindTheLastLineHasNoExcerpt) {
  Diagnostics diagnostics;
  diagnostics.add_file("a", "x\n");
  diagnostics.error(ErrorCode::bad_yaml, at(0, 2, 1), "m");
  diagnostics.error(ErrorCode::bad_yaml, at(0, 0, 0), "whole file");
  EXPECT_EQ(diagnostics.to_text(),
            "a: error: whole file [bad_yaml]\na:2:1: error: m [bad_yaml]\n2 errors, 0 warnings\n");
}

}  // namespace
}  // namespace tallymill::topology
