#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/spec/topology_sample.h"

namespace tallymill::topology {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> step_names(const ReadTopology& read) {
  std::vector<std::string> names;
  for (const StepDeclaration& step : read.document.pipelines.at(0).steps) names.push_back(step.name);
  return names;
}

constexpr const char* aggregate = "aggregate: { compute: { n: count() } }\n";

TEST(StepTest, AStepIsReadByItsOperatorsTable) {
  const ReadTopology read = read_topology(with_steps(R"(      - filter: amount > 0
      - name: per_minute
        aggregate:
          by: [kind]
          window: { tumbling: 1m }
          compute: { total: sum(amount) where kind == "refund" }
)"));
  ASSERT_THAT(read.places(), IsEmpty());
  const auto& steps = read.document.pipelines.at(0).steps;
  ASSERT_EQ(steps.size(), 2u);
  EXPECT_EQ(steps[0].operator_spec->name, "filter");
  EXPECT_EQ(steps[0].fields.expression("")->text, "amount > 0");
  EXPECT_EQ(steps[0].range.begin, (Position{12, 9}));
  EXPECT_EQ(steps[1].name, "per_minute");
  EXPECT_EQ(steps[1].name_range.begin, (Position{13, 15}));
  EXPECT_EQ(steps[1].range.begin, (Position{14, 9}));
  EXPECT_EQ(steps[1].fields.object("window")->duration("tumbling"), Duration{60'000'000});
  EXPECT_EQ(steps[1].fields.text("emit"), "changes");
}

TEST(StepTest, UnnamedStepsGetNamesOfTheirOwn) {
  const std::string filter = "      - filter: amount > 0\n";
  const ReadTopology read =
      read_topology(with_steps(filter + "      - name: filter-2\n        filter: amount > 1\n" + filter +
                               "      - " + aggregate + filter));
  ASSERT_THAT(read.places(), IsEmpty());
  EXPECT_THAT(step_names(read), ElementsAre("filter", "filter-2", "filter-3", "aggregate", "filter-4"));
}

TEST(StepTest, TwoStepsThatKeepStateMustBeNamed) {
  const ReadTopology read =
      read_topology(with_steps(std::string("      - ") + aggregate + "      - " + aggregate));
  ASSERT_THAT(read.places(), ElementsAre("13:9 duplicate_name"));
  EXPECT_THAT(read.found[0].hint, HasSubstr("`name: ..` beside `aggregate`"));
}

TEST(StepTest, AGivenNameStandsOnce) {
  const ReadTopology read = read_topology(
      with_steps("      - { name: a, filter: amount > 0 }\n      - { name: a, filter: amount > 1 }\n"));
  ASSERT_THAT(read.places(), ElementsAre("13:17 duplicate_name"));
  EXPECT_THAT(read.found[0].hint, HasSubstr("line 12"));
}

TEST(StepTest, AnUnknownOperatorIsAnsweredWithTheNearestOne) {
  const ReadTopology read = read_topology(with_steps("      - fliter: amount > 0\n      - explode: x\n"));
  ASSERT_THAT(read.places(), ElementsAre("12:9 unknown_name", "13:9 unknown_name"));
  EXPECT_EQ(read.found[0].hint, "did you mean \"filter\"?");
  EXPECT_THAT(read.found[1].hint, HasSubstr("filter, map"));
}

TEST(StepTest, APlannedOperatorIsNamedAndNotExaminedFurther) {
  const ReadTopology read =
      read_topology(with_steps("      - enrich: { anything: [at, all] }\n      - enrich: x\n"));
  ASSERT_THAT(read.places(), ElementsAre("12:9 not_yet", "13:9 not_yet"));
  EXPECT_EQ(read.found[0].message, "step \"enrich\" is not implemented yet");
}

TEST(StepTest, AStepHasOneOperator) {
  const ReadTopology read =
      read_topology(with_steps("      - filter: a\n        map: { b: c }\n      - filter\n"
                               "      - name: x\n      - aggregate:\n        compute: { n: count() }\n"));
  ASSERT_THAT(read.places(), ElementsAre("13:9 unknown_field", "14:9 invalid_value", "15:9 missing_field",
                                         "16:9 missing_field", "17:9 unknown_field"));
  EXPECT_THAT(read.found[0].hint, HasSubstr("begin the next step"));
  EXPECT_THAT(read.found[4].hint, HasSubstr("indent \"compute\" further than \"aggregate\""));
}

TEST(StepTest, StepsAreAList) {
  EXPECT_THAT(read_topology(with_steps("      filter: a\n")).places(), ElementsAre("11:5 invalid_value"));
}

/// Findings about a pipeline with this `to`, written in one line.
ReadTopology read_sink(const std::string& to) {
  return read_topology(with_steps("      - filter: amount > 0\n", "    to: " + to + "\n"));
}

TEST(SinkTest, EveryFieldIsRead) {
  const ReadTopology read = read_sink(
      "{ topic: out, key: [id, kind], partition_by: id, key_format: json, format: json, partitions: 6, "
      "replication_factor: 3, config: { cleanup.policy: compact } }");
  ASSERT_THAT(read.places(), IsEmpty());
  const SinkDeclaration& sink = read.document.pipelines.at(0).sinks.at(0);
  EXPECT_EQ(sink.topic, "out");
  EXPECT_EQ(sink.key.at(1).name, "kind");
  EXPECT_EQ(sink.partition_by.at(0).name, "id");
  EXPECT_FALSE(sink.key_as_string);
  EXPECT_EQ(sink.partitions, 6);
  EXPECT_EQ(sink.replication_factor, 3);
  EXPECT_THAT(sink.config, ElementsAre(std::pair<std::string, std::string>("cleanup.policy", "compact")));
  EXPECT_TRUE(read_sink("{ topic: out, key: id, key_format: string }")
                  .document.pipelines.at(0)
                  .sinks.at(0)
                  .key_as_string);
}

TEST(SinkTest, NoSinkIsAnInternalPipeline) {
  const ReadTopology read = read_topology(with_steps("      - filter: amount > 0\n", ""));
  EXPECT_THAT(read.places(), IsEmpty());
  EXPECT_THAT(read.document.pipelines.at(0).sinks, IsEmpty());
}

TEST(SinkTest, AListChoosesByWhenAndEndsWithOtherwise) {
  const ReadTopology read = read_sink("[{ topic: a, when: amount > 1 }, { topic: b, otherwise: true }]");
  ASSERT_THAT(read.places(), IsEmpty());
  const auto& sinks = read.document.pipelines.at(0).sinks;
  ASSERT_EQ(sinks.size(), 2u);
  EXPECT_EQ(sinks[0].when->text, "amount > 1");
  EXPECT_TRUE(sinks[1].otherwise);
}

TEST(SinkTest, AListThatDoesNotCoverEveryRowIsRefused) {
  EXPECT_THAT(read_sink("[{ topic: a, when: x }, { topic: b, when: y }]").places(),
              ElementsAre("13:51 invalid_value"));
  EXPECT_THAT(read_sink("[{ topic: a, when: x }, { topic: b }]").places(),
              ElementsAre("13:33 invalid_value"));
  EXPECT_THAT(read_sink("[{ topic: a, when: x }, { topic: b, otherwise: false }]").places(),
              ElementsAre("13:33 invalid_value"));
  EXPECT_THAT(read_sink("[{ topic: a }, { topic: b, otherwise: true }]").places(),
              ElementsAre("13:10 missing_field"));
  EXPECT_THAT(read_sink("[{ topic: a, otherwise: true }, { topic: b, otherwise: true }]").places(),
              ElementsAre("13:33 invalid_value"));
}

TEST(SinkTest, ASingleSinkHasNoCondition) {
  EXPECT_THAT(read_sink("{ topic: a, when: x }").places(), ElementsAre("13:27 invalid_value"));
  EXPECT_THAT(read_sink("[{ topic: a, otherwise: true }]").places(), ElementsAre("13:33 invalid_value"));
}

TEST(SinkTest, FieldsAreChecked) {
  EXPECT_THAT(read_sink("{ key: [id] }").places(), ElementsAre("13:9 missing_field"));
  EXPECT_THAT(read_sink("{ topic: a/b }").places(), ElementsAre("13:18 invalid_value"));
  EXPECT_THAT(read_sink("{ topic: a, partitions: 0 }").places(), ElementsAre("13:33 invalid_value"));
  EXPECT_THAT(read_sink("{ topic: a, replication_factor: 40000 }").places(),
              ElementsAre("13:41 invalid_value"));
  EXPECT_THAT(read_sink("{ topic: a, format: avro, headers: { a: b } }").places(),
              ElementsAre("13:29 not_yet", "13:35 not_yet"));
}

}  // namespace
}  // namespace tallymill::topology
