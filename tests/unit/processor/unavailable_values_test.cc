// Values that are not known, sent through the real chain of a task: whatever reads one makes a dead letter of
// the image there, and all else goes on.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ops/operator_catalog.h"
#include "processor/local/broker.h"
#include "processor/runtime/operator_chain.h"
#include "processor/runtime/task.h"

namespace tallymill::processor {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using topology::Change;
using topology::Half;
using topology::Value;

constexpr std::string_view topology_text = R"(version: 1
name: notes
sources:
  payments:
    topic: cdc.payments
    primary_key: [id]
    event_time: at
    columns: { id: string, at: timestamp, amount: int, note: string, big: string }
pipelines:
  unread:
    from: payments
    steps: [{ filter: amount > 0 }, { drop: [big] }]
    to: { topic: unread }
  copied:
    from: payments
    steps: [{ set: { copy: big } }]
    to: { topic: copied }
  filtered:
    from: payments
    steps: [{ name: long, filter: size(big) > 3 }, { drop: [big] }]
    to: { topic: filtered }
  routed:
    from: payments
    steps: [{ set: { note: "'x'" } }]
    to:
      - { topic: routed, when: 'big == "b"' }
      - { topic: others, otherwise: true }
  grouped:
    from: payments
    steps: [{ aggregate: { by: [id, big], compute: { n: count() } } }]
    to: { topic: grouped }
  added:
    from: payments
    steps:
      - aggregate:
          by: [id]
          window: { tumbling: 1m }
          compute: { n: count(), m: 'max(big) where note == "read"' }
    to: { topic: added }
)";

/// "TOPIC KEY VALUE", "TOPIC KEY null"; of a dead letter its step, reason and column.
std::string shown(const OutputRecord& record) {
  std::string text(record.topic);
  if (!text.ends_with("dead-letter"))
    return text + " " + std::string(record.key.value_or("-")) + " " +
           std::string(record.value.value_or("null"));
  text.clear();
  for (const Header& header : record.headers) {
    if (header.name == "tallymill.step" || header.name == "tallymill.reason" ||
        header.name == "tallymill.column")
      text += (text.empty() ? "" : " ") + std::string(header.value);
  }
  return text;
}

topology::Plan load_plan() {
  topology::Diagnostics diagnostics;
  auto plan =
      topology::load_topology(topology_text, "notes.yaml", ".", ops::operator_catalog(), diagnostics).plan;
  EXPECT_TRUE(plan.has_value()) << diagnostics.to_text();
  return std::move(*plan);
}

PartitionLayout layout_of(const topology::Plan& plan) {
  LocalBroker broker;
  broker.create_topic("cdc.payments", 1);
  LocalTopics topics(broker);
  return *PartitionLayout::make(plan, topics, Durability::process);
}

class UnavailableValues : public testing::Test {
 protected:
  UnavailableValues()
      : plan_(load_plan()),
        layout_(layout_of(plan_)),
        state_(Task::make_state(plan_, layout_, {})),
        overlay_(*state_, OperatorChain::make_cycle_states(plan_.sub_topologies[0])),
        context_{.plan = plan_,
                 .layout = layout_,
                 .task = {},
                 .overlay = overlay_,
                 .record_arena = topology::Arena(),
                 .payload = {}},
        chain_(context_) {}

  static std::vector<Value> row(std::string_view note, Value big) {
    return {Value::string("p1"), Value::timestamp({60, 0}), Value::integer(5), Value::string(note), big};
  }
  static Half image(const std::vector<Value>& row) { return {row, topology::EventTime{60'000'000}}; }

  /// What one pipeline wrote of the change, committed.
  std::vector<std::string> written(const std::string& pipeline, std::optional<Half> before,
                                   std::optional<Half> after) {
    chain_.process(Change{before, after});
    chain_.flush();
    std::vector<std::string> all;
    for (const OutputRecord& record : overlay_.outputs()) {
      const std::string text = shown(record);
      if (text.starts_with(pipeline + " ") || text.find(" " + pipeline + ".") != std::string::npos)
        all.push_back(text);
    }
    overlay_.apply();
    return all;
  }

  topology::Plan plan_;
  PartitionLayout layout_;
  std::unique_ptr<TaskState> state_;
  TaskOverlay overlay_;
  TaskContext context_;
  OperatorChain chain_;
};

TEST_F(UnavailableValues, ARowPassesStepsThatDoNotReadIt) {
  const auto known = row("n", Value::string("bbbb"));
  const auto unknown = row("m", Value::unavailable());
  EXPECT_THAT(
      written("unread", {}, image(unknown)),
      ElementsAre(
          R"(unread {"id":"p1"} {"id":"p1","at":"1970-01-01T00:01:00.000000Z","amount":5,"note":"m"})"));
  EXPECT_THAT(
      written("unread", image(unknown), image(known)),
      ElementsAre(
          R"(unread {"id":"p1"} {"id":"p1","at":"1970-01-01T00:01:00.000000Z","amount":5,"note":"n"})"));
}

TEST_F(UnavailableValues, AConditionThatReadsItIsADeadLetterAndTheRowBeforeIsTakenBack) {
  const auto known = row("n", Value::string("bbbb"));
  const auto unknown = row("n", Value::unavailable());
  written("filtered", {}, image(known));
  EXPECT_THAT(
      written("filtered", image(known), image(unknown)),
      testing::UnorderedElementsAre("unavailable_value filtered.long big", R"(filtered {"id":"p1"} null)"));
  EXPECT_THAT(written("filtered", image(unknown), {}), IsEmpty()) << "it was never put in";
}

TEST_F(UnavailableValues, ACopyPassesItOnToTheOutputTopicWhichCannotWriteIt) {
  const auto known = row("n", Value::string("b"));
  const auto unknown = row("n", Value::unavailable());
  written("copied", {}, image(known));
  EXPECT_THAT(written("copied", image(known), image(unknown)),
              testing::UnorderedElementsAre("unavailable_value copied.to big", R"(copied {"id":"p1"} null)"))
      << "what stood there must not stay as if it were current";
  EXPECT_THAT(written("copied", image(unknown), image(unknown)), IsEmpty()) << "nothing changed";
  EXPECT_THAT(written("copied", image(unknown), image(known)),
              ElementsAre(testing::StartsWith(R"(copied {"id":"p1"} {"id":"p1")")))
      << "the next write of the column heals it";
}

TEST_F(UnavailableValues, TheConditionOfABranchIsADeadLetterAsWell) {
  EXPECT_THAT(written("routed", {}, image(row("n", Value::unavailable()))),
              ElementsAre("unavailable_value routed.to big"));
}

TEST_F(UnavailableValues, AGroupIsADeadLetterAndTheOldGroupLosesTheRow) {
  const auto known = row("n", Value::string("b"));
  const auto unknown = row("n", Value::unavailable());
  written("grouped", {}, image(known));
  EXPECT_THAT(written("grouped", image(known), image(unknown)),
              testing::UnorderedElementsAre("unavailable_value grouped.aggregate big",
                                            R"(grouped {"id":"p1","big":"b"} null)"));
  EXPECT_THAT(written("grouped", image(unknown), image(known)),
              ElementsAre(R"(grouped {"id":"p1","big":"b"} {"id":"p1","big":"b","n":1})"));
}

TEST_F(UnavailableValues, AnArgumentIsADeadLetterOnlyWhereItIsRead) {
  const auto unread = row("n", Value::unavailable());
  const auto read = row("read", Value::unavailable());
  EXPECT_THAT(written("added", {}, image(unread)), ElementsAre(testing::EndsWith(R"("n":1,"m":null})")));
  EXPECT_THAT(
      written("added", image(unread), image(read)),
      testing::UnorderedElementsAre("unavailable_value added.aggregate big", testing::EndsWith("null")));
}

TEST_F(UnavailableValues, AnEventTimeThatIsNotKnownIsSaidToBeThat) {
  auto unknown = row("n", Value::string("b"));
  unknown[1] = Value::unavailable();
  EXPECT_THAT(written("added", {}, Half{unknown, std::nullopt}),
              ElementsAre("unavailable_value added.aggregate at"));
  auto null = unknown;
  null[1] = Value::null();
  EXPECT_THAT(written("added", {}, Half{null, std::nullopt}),
              ElementsAre("no_event_time added.aggregate at"));
}

TEST_F(UnavailableValues, TheCountsAddUp) {
  written("", {}, image(row("n", Value::unavailable())));
  const FateTotals& fates = state_->progress.fates;
  EXPECT_EQ(fates.imbalance(layout_.counted_places()), "");
  const auto dead = [&](std::string_view pipeline, std::string_view step) {
    return fates.steps[*layout_.counted_places().find(pipeline, step)].of(ops::ImageFate::dead);
  };
  EXPECT_EQ(dead("filtered", "long"), 1U);
  EXPECT_EQ(dead("copied", "to"), 1U);
  EXPECT_EQ(dead("grouped", "aggregate"), 1U);
  EXPECT_EQ(dead("unread", "to"), 0U);
}

}  // namespace
}  // namespace tallymill::processor
