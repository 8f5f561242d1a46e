#include "topology/spec/yaml_reader.h"

#include <gtest/gtest.h>

namespace tallymill::topology {
namespace {

struct Read {
  YamlNode root;
  std::vector<Diagnostic> found;
};

Read read(std::string_view text) {
  Diagnostics diagnostics;
  const auto file = diagnostics.add_file("f", text);
  Read result;
  result.root = read_yaml(text, file, diagnostics);
  result.found = diagnostics.sorted();
  return result;
}

/// The part of `text` that a range names; columns are code points, and these tests' texts ASCII from there
/// on.
std::string_view shown(std::string_view text, SourceRange range, std::size_t bytes_before_column = 0) {
  for (std::uint32_t line = 1; line < range.begin.line; ++line) text.remove_prefix(text.find('\n') + 1);
  return text.substr(range.begin.column - 1 + bytes_before_column, range.length);
}

TEST(YamlReaderTest, EveryScalarIsTextWhateverItLooksLike) {
  const auto [root, found] =
      read("country: NO\nwhen: 2026-01-01\nnumber: 010\nnothing: null\ntilde: ~\nyes: on\n");
  ASSERT_TRUE(found.empty());
  EXPECT_EQ(root.find("country")->text, "NO");
  EXPECT_EQ(root.find("when")->text, "2026-01-01");
  EXPECT_EQ(root.find("number")->text, "010");
  EXPECT_EQ(root.find("nothing")->text, "null");
  EXPECT_EQ(root.find("tilde")->text, "~");
  EXPECT_EQ(root.find("yes")->text, "on");
  EXPECT_EQ(root.find("no such key"), nullptr);
}

TEST(YamlReaderTest, AnEmptyValueIsNullAndStandsAtItsKey) {
  const std::string text = "a:\nlist: [x, ~]\nb: ''\nnext:\n- \n- y\nflow: {p, q: }\n";
  const auto [root, found] = read(text);
  ASSERT_TRUE(found.empty());
  EXPECT_EQ(root.find("a")->kind, YamlNode::Kind::null);
  EXPECT_EQ(shown(text, root.find("a")->range), "a");
  EXPECT_EQ(root.find("list")->items[1].text, "~");
  EXPECT_EQ(root.find("b")->kind, YamlNode::Kind::scalar);
  EXPECT_EQ(root.find("next")->items[0].kind, YamlNode::Kind::null);
  EXPECT_EQ(root.find("flow")->find("p")->kind, YamlNode::Kind::null);
  EXPECT_EQ(root.find("flow")->find("q")->kind, YamlNode::Kind::null);
}

TEST(YamlReaderTest, ColumnsCountCodePoints) {
  const auto [root, found] = read("\xC3\xA9: {\xE2\x82\xAC: \"\xF0\x9F\x98\x80\", b: NO}\n");
  ASSERT_TRUE(found.empty());
  const YamlNode& map = root.entries[0].value;
  EXPECT_EQ(map.range.begin, (Position{1, 4}));
  EXPECT_EQ(map.entries[0].key_range.begin, (Position{1, 5}));
  EXPECT_EQ(map.entries[0].value.range.begin, (Position{1, 8}));
  EXPECT_EQ(map.entries[0].value.range.length, 3u);
  EXPECT_EQ(map.entries[1].key_range.begin, (Position{1, 13}));
  EXPECT_EQ(map.entries[1].value.range.begin, (Position{1, 16}));
}

TEST(YamlReaderTest, LinesMayEndInCarriageReturnAndLineFeed) {
  const std::string text = "a: b\r\nc: d e\r\n";
  const auto [root, found] = read(text);
  ASSERT_TRUE(found.empty());
  EXPECT_EQ(root.find("c")->text, "d e");
  EXPECT_EQ(root.find("c")->range.begin, (Position{2, 4}));
}

TEST(YamlReaderTest, ARangeWithinAPlainOrQuotedScalarOfOneLineIsExact) {
  const std::string text = "a: one two\nb: 'it''s two'\nc: \"one two\"\nd: {e: [x, one two ]}\n";
  const auto [root, found] = read(text);
  ASSERT_TRUE(found.empty());
  const auto two_in = [&](const YamlNode& node) {
    return std::string(shown(text, range_within(node, node.text.find("two"), 3)));
  };
  EXPECT_EQ(two_in(*root.find("a")), "two");
  EXPECT_EQ(two_in(*root.find("b")), "two");
  EXPECT_EQ(two_in(*root.find("c")), "two");
  EXPECT_EQ(two_in(root.find("d")->find("e")->items[1]), "two");
  const YamlNode& doubled = *root.find("b");
  EXPECT_EQ(shown(text, range_within(doubled, doubled.text.find('\''), 1)), "''");
}

TEST(YamlReaderTest, ARangeWithinAnyOtherScalarIsItsBeginning) {
  const std::string text = "a: one\n  two\nb: >-\n  one two\nc: \"a\\\"b two\"\n";
  const auto [root, found] = read(text);
  ASSERT_TRUE(found.empty());
  for (const char* key : {"a", "b", "c"}) {
    const YamlNode& node = *root.find(key);
    ASSERT_NE(node.text.find("two"), std::string::npos);
    EXPECT_EQ(range_within(node, node.text.find("two"), 3).begin, node.range.begin) << key;
  }
  EXPECT_EQ(root.find("b")->text, "one two");
  EXPECT_FALSE(root.find("b")->plain);
}

struct Refused {
  const char* text;
  const char* place;
  const char* message_part;
  const char* hint_part;
};

class YamlRefusalTest : public testing::TestWithParam<Refused> {};

TEST_P(YamlRefusalTest, NamesThePlaceAndTheRemedy) {
  const Refused& expected = GetParam();
  const auto [root, found] = read(expected.text);
  EXPECT_EQ(root.kind, YamlNode::Kind::null);
  ASSERT_FALSE(found.empty());
  const Position begin = found[0].range.begin;
  EXPECT_EQ(std::to_string(begin.line) + ":" + std::to_string(begin.column), expected.place)
      << found[0].message;
  EXPECT_NE(found[0].message.find(expected.message_part), std::string::npos) << found[0].message;
  EXPECT_NE(found[0].hint.find(expected.hint_part), std::string::npos) << found[0].hint;
}

constexpr const char* quote = "quote it or use block style";

INSTANTIATE_TEST_SUITE_P(
    Expressions, YamlRefusalTest,
    testing::Values(
        Refused{"filter: !is_refund && big", "1:9", "tag", quote},
        Refused{"filter: !(a && b)", "1:9", "tag", quote}, Refused{"filter: !a && !b", "1:15", "tag", quote},
        Refused{"filter: ! x", "1:9", "tag", quote}, Refused{"filter: !<x> y", "1:9", "tag", quote},
        Refused{"a: [!x , y]", "1:5", "tag", quote}, Refused{"filter: *x > 1", "1:9", "alias", quote},
        Refused{"a: &x b\nfilter: *x", "1:4", "anchor", quote},
        Refused{"filter: &a b", "1:9", "anchor", quote}, Refused{"filter: && b", "1:9", "anchor", quote},
        Refused{"map: {amount[0]: x}", "1:13", "bracket", quote},
        Refused{"map: {x: amount[0]}", "1:16", "bracket", quote},
        Refused{"a: {f: currency in [\"USD\"]}", "1:20", "bracket", quote},
        Refused{"by: [a[0]]", "1:7", "bracket", quote},
        Refused{"map: { big: amount > 5 ? \"a\" : \"b\" }", "1:24", "`?`", quote},
        Refused{"map: {big: a?b:c}", "1:13", "`?`", quote},
        Refused{"by: [a > 5 ? 1 : 2]", "1:12", "`?`", quote},
        Refused{"filter: amount > 5 ? \"a\" : \"b\"", "1:26", "`?`", quote},
        Refused{"filter: a\n  ? b\n  : c", "3:3", "`?`", quote}, Refused{"? a\n: b", "1:1", "`?`", quote},
        Refused{"filter: a == b: c", "1:15", "`: `", quote},
        Refused{"filter: \"USD\" == c", "1:15", "ended before", quote},
        Refused{"filter: [1] == c", "1:13", "ended before", quote},
        Refused{"filter: {{ x }}", "1:10", "key", quote}, Refused{"filter: @x", "1:9", "`@`", quote},
        Refused{"filter: `x`", "1:9", "```", quote}, Refused{"filter: %x", "1:9", "`%`", quote},
        Refused{"filter: - x", "1:9", "`- `", quote}, Refused{"filter: > 5", "1:11", "`>`", quote},
        Refused{"filter: a\n] b", "2:1", "", quote}));

INSTANTIATE_TEST_SUITE_P(
    Form, YamlRefusalTest,
    testing::Values(
        Refused{"", "1:1", "empty", "version: 1"}, Refused{"# nothing\n", "1:1", "empty", "version: 1"},
        Refused{"a: b\nc: d\na: e\n", "3:1", "twice", "line 1"},
        Refused{"a: {b: c, b: d}", "1:11", "twice", "line 1"},
        Refused{"a: {<<: b}", "1:5", "merge key", "include"},
        Refused{"a: b\n---\nc: d\n", "2:1", "second document", "split"},
        Refused{"a: b\n...\n---\nc: d\n", "3:1", "second document", "split"}, Refused{",", "1:1", "", ""},
        Refused{"a\n...\nb", "3:1", "", ""}, Refused{"%TAG ! x\n---\na: b", "1:1", "directive", "delete"},
        Refused{"[a]: b", "1:1", "key", quote}, Refused{"~: b", "1:1", "key", "quotes"},
        Refused{": b", "1:1", "key", ""}, Refused{"a: 1\n  b: 2", "2:4", "`: `", "indentation"},
        Refused{"a: b\n c: d", "2:3", "`: `", "indentation"},
        Refused{"- a\nb: c", "2:1", "continue", "indentation"}, Refused{"a:\n\tb: c", "2:3", "tab", "spaces"},
        Refused{"a: 'b\nc: d\n", "1:4", "quote", "close it"},
        Refused{"a: \"b\nc: d", "1:1", "quote", "close it"},
        Refused{"a: [b, c\n", "1:4", "brackets", "close it"}, Refused{"a: {b: [c}", "1:10", "closes", quote},
        Refused{"a: \"\\q\"", "1:7", "escape", "single quotes"},
        Refused{"a: \"\\x00\"", "1:4", "control", "accepted"},
        Refused{"a: \"\\N\"", "1:4", "UTF-8", "accepted"}));

INSTANTIATE_TEST_SUITE_P(Bytes, YamlRefusalTest,
                         testing::Values(Refused{"\xEF\xBB\xBF"
                                                 "a: b",
                                                 "1:1", "byte order mark", "without BOM"},
                                         Refused{"a: \xEF\xBB\xBF", "1:4", "byte order mark", "without BOM"},
                                         Refused{"\xC3\xA9: \xFF", "1:4", "0xFF is not UTF-8", "UTF-8"},
                                         Refused{"a: \xC0\x80", "1:4", "not UTF-8", "UTF-8"},
                                         Refused{"a: \xED\xA0\x80", "1:4", "not UTF-8", "UTF-8"},
                                         Refused{"a: \xE2\x82", "1:4", "not UTF-8", "UTF-8"},
                                         Refused{"a: \x80", "1:4", "not UTF-8", "UTF-8"},
                                         Refused{"a: b\x01", "1:5", "0x01", "delete"},
                                         Refused{"a: b\x7F", "1:5", "0x7F", "delete"},
                                         Refused{"a: b\xC2\x85", "1:5", "U+0085", "delete"},
                                         Refused{"a: b\rc: d", "1:5", "carriage return", "line feed"}));

TEST(YamlReaderTest, ReportsAllThatCanBeReadOn) {
  const auto [root, found] = read("a: !x y\nb: &z c\nb: d\n<<: e\n");
  EXPECT_EQ(root.kind, YamlNode::Kind::null);
  ASSERT_EQ(found.size(), 4u);
  EXPECT_EQ(found[2].code, ErrorCode::duplicate_key);
}

TEST(YamlReaderTest, ANulByteIsRefused) {
  const auto [root, found] = read(std::string_view("a: b\0c", 6));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_NE(found[0].message.find("0x00"), std::string::npos);
}

TEST(YamlReaderTest, QuotesAndBlockStyleCureTheTraps) {
  const std::string ternary = "amount > 5 ? \"a\" : \"b\"";
  for (const std::string& text :
       {"f: '" + ternary + "'", "f: >-\n  " + ternary, "f: |-\n  " + ternary,
        std::string("f: \"amount > 5 ? \\\"a\\\" : \\\"b\\\"\""), "f: {f: '" + ternary + "'}"}) {
    const auto [root, found] = read(text);
    ASSERT_TRUE(found.empty()) << text << ": " << found[0].message;
    const YamlNode& value = root.entries[0].value;
    EXPECT_EQ(value.kind == YamlNode::Kind::mapping ? value.entries[0].value.text : value.text, ternary);
  }
}

}  // namespace
}  // namespace tallymill::topology
