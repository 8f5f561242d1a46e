#include "topology/plan/plan.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "ops/operator_catalog.h"
#include "topology/plan/internal_topics.h"
#include "topology/plan/plan_printer.h"

namespace tallymill::topology {
namespace {

std::string text_of(std::string_view steps, std::string_view sink = "to: { topic: out }") {
  return R"(version: 1
name: planned
sources:
  payments:
    topic: cdc.payments
    primary_key: [id]
    event_time: at
    columns: { id: string, user: string, amount: decimal, at: timestamp }
pipelines:
  p:
    from: payments
    steps:
)" + std::string(steps) +
         "    " + std::string(sink) + "\n";
}

Plan plan_of(const std::string& text) {
  Diagnostics diagnostics;
  auto loaded = load_topology(text, "t.yaml", ".", ops::operator_catalog(), diagnostics);
  EXPECT_TRUE(loaded.plan.has_value()) << diagnostics.to_text();
  return loaded.plan ? std::move(*loaded.plan) : Plan{};
}

std::string errors_of(const std::string& text) {
  Diagnostics diagnostics;
  load_topology(text, "t.yaml", ".", ops::operator_catalog(), diagnostics);
  return diagnostics.to_text();
}

TEST(Plan, CutsAtAnExchangeAndFusesStatelessSteps) {
  const Plan plan =
      plan_of(text_of("      - filter: amount > 0\n      - set: { double_amount: amount * 2 }\n"
                      "      - aggregate: { by: [user], compute: { n: count() } }\n"));
  ASSERT_EQ(plan.sub_topologies.size(), 2U);
  const SubTopology& source = plan.sub_topologies[0];
  ASSERT_EQ(source.nodes.size(), 3U) << "one stateless run, combine, exchange";
  EXPECT_EQ(source.nodes[0].step, "filter + set");
  EXPECT_EQ(plan.sub_topologies[1].name, "p.aggregate");
  EXPECT_EQ(plan.sub_topologies[1].repartition_topic, "planned.p.aggregate.repartition");
}

TEST(Plan, DropsTheExchangeWhereGroupsMeetAlready) {
  const Plan by_key = plan_of(text_of("      - aggregate: { by: [id, user], compute: { n: count() } }\n"));
  EXPECT_EQ(by_key.sub_topologies.size(), 1U) << "`by` contains the primary key";
  const Plan twice =
      plan_of(text_of("      - name: minutes\n        aggregate: { by: [user], window: { tumbling: 1m }, "
                      "compute: { n: count() } }\n"
                      "      - name: users\n        aggregate: { by: [user], compute: { n: count() } }\n"));
  EXPECT_EQ(twice.sub_topologies.size(), 2U)
      << "the second aggregate groups by what the first partitioned by";
}

TEST(Plan, AnExchangeIsNeededAgainBehindOtherColumns) {
  const Plan plan =
      plan_of(text_of("      - name: a\n        aggregate: { by: [user], window: { tumbling: 1m }, compute: "
                      "{ n: count() } }\n"
                      "      - name: b\n        aggregate: { by: [n], compute: { users: count() } }\n"));
  EXPECT_EQ(plan.sub_topologies.size(), 3U);
}

TEST(Plan, KeepsIdentityThroughRenamingAndNoticesItsLoss) {
  const Plan plan = plan_of(text_of("      - map: { payment: id, amount: amount }\n"));
  const SinkPlan& sink = *plan.sub_topologies[0].nodes.back().sink;
  EXPECT_EQ(column_list(sink.type, sink.branches[0].key), "payment");
  EXPECT_NE(errors_of(text_of("      - drop: [id]\n")).find("key_lacks_identity"), std::string::npos);
}

TEST(Plan, MetadataThatIsUsedIsAHiddenColumnAndNeverPrinted) {
  const Plan plan = plan_of(text_of("      - filter: meta.op != \"d\"\n"));
  const SourcePlan& source = plan.sources[0];
  ASSERT_EQ(source.metadata.size(), 1U);
  EXPECT_TRUE(source.type.columns[source.metadata[0].column].hidden);
  EXPECT_NE(errors_of(text_of("      - select: [id, meta.op]\n")), "")
      << "a hidden column has no name to select";
}

TEST(Plan, WindowColumnsDoNotDecideThePartition) {
  const Plan plan = plan_of(
      text_of("      - aggregate: { by: [user], window: { tumbling: 1m }, compute: { n: count() } }\n"));
  const SinkPlan& sink = *plan.sub_topologies[1].nodes.back().sink;
  EXPECT_EQ(column_list(sink.type, sink.branches[0].key), "user, window_start");
  EXPECT_EQ(column_list(sink.type, sink.branches[0].partition_by), "user");
}

/// An application with a source and a pipeline `p` of one step `n`.
Plan application(const std::string& name, const std::string& source) {
  return plan_of("version: 1\nname: " + name + "\nsources: { " + source +
                 ": { topic: t, primary_key: [id], columns: { id: string, u: string } } }\n"
                 "pipelines:\n  eu:\n    from: " +
                 source +
                 "\n    steps: [{ name: totals, aggregate: { by: [u], compute: { n: count() } } }]\n"
                 "    to: { topic: out }\n");
}

TEST(InternalTopics, OfTwoApplicationsNeverMeet) {
  const auto inner = internal_topics(application("orders", "rows"));
  const auto outer = internal_topics(application("orders.eu", "totals"));
  EXPECT_NE(std::find(inner.begin(), inner.end(), "orders.eu.totals.changelog"), inner.end());
  for (const std::string& topic : inner) EXPECT_EQ(std::count(outer.begin(), outer.end(), topic), 0) << topic;
}

TEST(InternalTopics, AreCheckedAgainForThePrefixThatRunIsGiven) {
  Plan plan = application("orders", "rows");
  EXPECT_TRUE(check_internal_topics(plan).ok());
  plan.set_internal_prefix(std::string(240, 'x'));
  EXPECT_NE(check_internal_topics(plan).error().message.find("249"), std::string::npos);
  plan = application("orders", "rows");
  plan.late_topic = "team.plan";
  EXPECT_TRUE(check_internal_topics(plan).ok());
  plan.set_internal_prefix("team");
  EXPECT_EQ(check_internal_topics(plan).error().code, ErrorCode::duplicate_name);
}

TEST(Plan, APipelineThatReadsItselfIsRefused) {
  const std::string text = R"(version: 1
name: circle
sources:
  s: { topic: t, primary_key: [id], columns: { id: string } }
pipelines:
  a: { from: b, steps: [] }
  b: { from: a, steps: [] }
)";
  EXPECT_NE(errors_of(text).find("reads itself"), std::string::npos) << errors_of(text);
}

}  // namespace
}  // namespace tallymill::topology
