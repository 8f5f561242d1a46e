#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/unit/spec/topology_sample.h"

namespace tallymill::topology {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string body = with_source("    topic: in\n    mode: events\n    columns: { id: string }\n")
                             .substr(std::string("version: 1\nname: sample\n").size());

std::vector<std::string> places(const std::string& head, const std::string& rest = body) {
  return read_topology(head + rest).places();
}

TEST(DocumentTest, NamesOfInternalTopicsComeFromTheName) {
  const ReadTopology read = read_topology("version: 1\nname: a.b-c_1\n" + body);
  ASSERT_THAT(read.places(), IsEmpty());
  EXPECT_EQ(read.document.name, "a.b-c_1");
  EXPECT_EQ(read.document.dead_letter_topic, "a.b-c_1.dead-letter");
  EXPECT_EQ(read.document.late_topic, "a.b-c_1.late");
  EXPECT_EQ(read.document.dead_letter_payload, DeadLetterPayload::full);
}

TEST(DocumentTest, DeadLettersAndLateRowsCanBeSentElsewhere) {
  const ReadTopology read = read_topology(
      "version: 1\nname: a\ndead_letter: { topic: dead, payload: none }\nlate: { topic: slow }\n" + body);
  ASSERT_THAT(read.places(), IsEmpty());
  EXPECT_EQ(read.document.dead_letter_topic, "dead");
  EXPECT_EQ(read.document.late_topic, "slow");
  EXPECT_EQ(read.document.dead_letter_payload, DeadLetterPayload::none);
}

TEST(DocumentTest, TheHeadIsChecked) {
  EXPECT_THAT(places("name: a\n"), ElementsAre("1:1 missing_field"));
  EXPECT_THAT(places("version: 2\nname: a\n"), ElementsAre("1:10 invalid_value"));
  EXPECT_THAT(places("version: 1\n"), ElementsAre("1:1 missing_field"));
  for (const char* name : {"Upper", "a b", "''", "..", "\xC3\xA4"}) {
    EXPECT_THAT(places("version: 1\nname: " + std::string(name) + "\n"), ElementsAre("2:7 invalid_value"))
        << name;
  }
  EXPECT_THAT(places("version: 1\nname: a\npipelnes: {}\n"), ElementsAre("3:1 unknown_field"));
  EXPECT_THAT(places("version: 1\nname: a\ninternal_topics: {}\n"), ElementsAre("3:1 unknown_field"));
  EXPECT_THAT(places("version: 1\nname: a\ndead_letter: { retention: 7d }\n"), ElementsAre("3:16 not_yet"));
  EXPECT_THAT(places("- version: 1\n", ""), ElementsAre("1:1 invalid_value"));
}

TEST(DocumentTest, SourcesAndPipelinesAreRequired) {
  EXPECT_THAT(places("version: 1\nname: a\n", ""), ElementsAre("1:1 missing_field", "1:1 missing_field"));
  EXPECT_THAT(places("version: 1\nname: a\nsources:\npipelines: []\n", ""),
              ElementsAre("3:1 invalid_value", "4:12 invalid_value"));
}

TEST(DocumentTest, ASourceAndAPipelineDoNotShareAName) {
  const ReadTopology read = read_topology(
      "version: 1\nname: a\nsources:\n  x: { topic: in, mode: events, columns: { id: string } "
      "}\npipelines:\n  x: { from: "
      "x }\n  1y: {}\n");
  ASSERT_THAT(read.places(), ElementsAre("6:3 duplicate_name", "7:3 invalid_value"));
  EXPECT_THAT(read.found[0].hint, HasSubstr("topology.yaml, line 4"));
}

TEST(DocumentTest, NoTopicIsBothReadAndWritten) {
  const std::string text =
      "version: 1\nname: a\nsources:\n  x: { topics: [in, on], mode: events, columns: { id: string } }\n"
      "pipelines:\n  p: { from: x, to: { topic: on } }\nlate: { topic: in }\n";
  EXPECT_THAT(read_topology(text).places(), ElementsAre("6:30 duplicate_name", "7:16 duplicate_name"));
}

TEST(DocumentTest, RefusedYamlIsReportedAlone) {
  EXPECT_THAT(places("version: !x 1\n"), ElementsAre("1:10 bad_yaml"));
}

TEST(DocumentTest, EveryProblemIsFoundInOnePass) {
  const ReadTopology read = read_topology(R"(version: 1
name: Bad
sources:
  payments:
    topik: in
    primary_key: [idd]
    columns: { id: strnig, amount: { type: decimal, currency: code } }
pipelines:
  p:
    from: payments
    steps:
      - filter: a in ["x"
      - enrich: {}
      - fliter: b
    to: { topic: "a b" }
)");
  EXPECT_THAT(read.places(),
              ElementsAre("2:7 invalid_value", "5:5 unknown_field", "6:19 unknown_column",
                          "7:20 invalid_value", "7:63 unknown_column", "12:22 expression_syntax",
                          "13:9 not_yet", "14:9 unknown_name", "15:18 invalid_value"));
}

class IncludeTest : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = std::filesystem::path(testing::TempDir()) / ("include_" + std::to_string(::getpid()));
    std::filesystem::create_directories(directory_);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  void write(const std::string& name, const std::string& text) { std::ofstream(directory_ / name) << text; }
  ReadTopology read(const std::string& include, const std::string& sources = "") {
    return read_topology(
        "version: 1\nname: a\ninclude: " + include + "\n" + sources + "pipelines:\n  p: { from: x }\n",
        directory_.string());
  }

  std::filesystem::path directory_;
};

TEST_F(IncludeTest, SourcesOfIncludedFilesAreAdded) {
  write("one.yaml", "sources:\n  x: { topic: in, mode: events, columns: { id: string } }\n");
  const ReadTopology result =
      read("[one.yaml]", "sources:\n  y: { topic: on, mode: events, columns: { id: string } }\n");
  ASSERT_THAT(result.places(), IsEmpty());
  ASSERT_EQ(result.document.sources.size(), 2u);
  EXPECT_EQ(result.document.sources[0].name, "x");
}

TEST_F(IncludeTest, ProblemsInIncludedFilesAreShownThere) {
  write("one.yaml",
        "sources:\n  x: { topic: in, mode: events, columns: { id: strin } }\nname: b\ninclude: [two.yaml]\n");
  const ReadTopology result = read("one.yaml");
  EXPECT_THAT(result.places(), ElementsAre("2:48 invalid_value", "3:1 unknown_field", "4:1 unknown_field"));
  EXPECT_THAT(result.diagnostics.to_text(), HasSubstr("one.yaml:2:48: error"));
}

TEST_F(IncludeTest, ANameOfAnotherFileIsTaken) {
  write("one.yaml", "sources:\n  x: { topic: in, mode: events, columns: { id: string } }\n");
  const ReadTopology result =
      read("one.yaml", "sources:\n  x: { topic: on, mode: events, columns: { id: string } }\n");
  ASSERT_THAT(result.places(), ElementsAre("5:3 duplicate_name"));
  EXPECT_THAT(result.found[0].hint, HasSubstr("one.yaml, line 2"));
}

TEST_F(IncludeTest, AFileThatCannotBeReadIsReportedAtItsName) {
  std::filesystem::create_directories(directory_ / "folder.yaml");
  EXPECT_THAT(read("[nowhere.yaml, folder.yaml]").places(),
              ElementsAre("3:11 cannot_read", "3:25 cannot_read"));
}

TEST_F(IncludeTest, IncludedFilesHaveTheSameLimits) {
  write("large.yaml", std::string((1 << 20) + 1, '#'));
  const ReadTopology result = read("large.yaml");
  ASSERT_THAT(result.places(), ElementsAre("1:1 bad_yaml"));
  EXPECT_THAT(result.found[0].message, HasSubstr("1048576 bytes"));
}

TEST(ExampleTopologiesTest, AreReadWithNothingButPlannedPartsRefused) {
  const std::filesystem::path folder =
      std::filesystem::path(TALLYMILL_SOURCE_DIR).parent_path() / "shared/design/examples";
  if (!std::filesystem::exists(folder))
    GTEST_SKIP() << "the design's examples are not beside the source tree";
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".yaml") continue;
    ++files;
    std::stringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    const ReadTopology read = read_topology(text.str());
    for (const Diagnostic& diagnostic : read.found) {
      EXPECT_EQ(diagnostic.code, ErrorCode::not_yet) << read.diagnostics.to_text();
    }
    EXPECT_EQ(read.found.empty(), entry.path().stem() == "spend_per_user") << entry.path();
  }
  EXPECT_EQ(files, 7);
}

}  // namespace
}  // namespace tallymill::topology
