#include <gtest/gtest.h>

#include <chrono>

#include "topology/spec/yaml_reader.h"

namespace tallymill::topology {
namespace {

constexpr std::size_t megabyte = 1 << 20;

std::string repeated(std::string_view unit, std::size_t bytes) {
  std::string text;
  text.reserve(bytes);
  while (text.size() + unit.size() <= bytes) text += unit;
  return text;
}

std::vector<Diagnostic> read(const std::string& text, const YamlLimits& limits = {}) {
  Diagnostics diagnostics;
  read_yaml(text, diagnostics.add_file("f", text.substr(0, 100)), diagnostics, limits);
  return diagnostics.sorted();
}

std::string deep_indentation(std::string_view unit) {
  std::string text;
  for (std::size_t depth = 0; text.size() < megabyte - 4096; ++depth)
    text += std::string(depth, ' ') + std::string(unit);
  return text;
}

class HostileYamlTest : public testing::TestWithParam<std::string> {};

TEST_P(HostileYamlTest, IsAnsweredInTheTimeOfOneReading) {
  struct Beginning {
    std::string text;
    std::size_t bytes;
  };
  for (const Beginning& beginning : std::vector<Beginning>{{"", megabyte},
                                                           {"[", megabyte / 4},
                                                           {"a: \"", megabyte / 4},
                                                           {"a: |\n  ", megabyte / 4},
                                                           {"a:\n  - ", megabyte / 4}}) {
    const auto start = std::chrono::steady_clock::now();
    read(beginning.text + repeated(GetParam(), beginning.bytes - beginning.text.size()));
    // One reading takes below half a second, anything quadratic minutes. The bound leaves room for
    // sanitizers.
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20))
        << beginning.text << GetParam();
  }
}

INSTANTIATE_TEST_SUITE_P(Repeated, HostileYamlTest,
                         testing::Values("[", "{", "- ", "? ", ": ", "a: ", "[\"]\",", "{a, ", "[a, ", ",",
                                         "\n", "#", "\"", "'", "!", "&a ", "*a ", "- a\n", "a: b\n", " ",
                                         "|\n", "%a\n", "{a: ", "\xC3\xA9", "\\", "---\n", "- ? a\n", "[],",
                                         "\"a\": ", "\xC3\xA9: b\n", "a"));

TEST(YamlLimitsTest, DeepIndentationIsRefusedAtTheDepthLimit) {
  for (const char* unit : {"a:\n", "-\n", "a: {\n"}) {
    const auto found = read(deep_indentation(unit));
    ASSERT_FALSE(found.empty()) << unit;
    EXPECT_NE(found[0].message.find("nested more than 40 deep"), std::string::npos)
        << unit << found[0].message;
  }
}

TEST(YamlLimitsTest, DepthCountsFromTheRootAndStopsExactlyAtItsLimit) {
  EXPECT_TRUE(read("a: [[b]]", {.depth_max = 3}).empty());
  const auto found = read("a: [[[b]]]", {.depth_max = 3});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].range.begin, (Position{1, 6}));
}

TEST(YamlLimitsTest, NodesCountKeysValuesAndCollections) {
  EXPECT_TRUE(read("a: [b, c]", {.nodes_max = 5}).empty());
  EXPECT_EQ(read("a: [b, c]", {.nodes_max = 4}).size(), 1u);
}

TEST(YamlLimitsTest, SizeIsLimitedBeforeAnythingIsRead) {
  EXPECT_TRUE(read("a: b", {.bytes_max = 4}).empty());
  const auto found = read("a: \xFF", {.bytes_max = 3});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_NE(found[0].message.find("3 bytes"), std::string::npos);
}

TEST(YamlLimitsTest, ADocumentOfManyLongKeysOnOneLineIsReadInTime) {
  std::string text = "{";
  for (int i = 0; i < 30'000; ++i) text += "\xC3\xA9" + std::to_string(i) + ": " + std::to_string(i) + ", ";
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(read(text + "}").empty());
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

}  // namespace
}  // namespace tallymill::topology
