#include <gtest/gtest.h>

#include "tests/driver/driver_fixture.h"

namespace tallymill::driver {
namespace {

using processor::CommitOutcome;
using processor::CycleOutcome;
using Totals = std::map<std::string, std::string>;

TEST(CommitCycle, MakesOutputsAndOffsetsVisibleTogether) {
  DriverFixture fixture;
  const auto member = fixture.start("driver-0");
  fixture.insert("a", "ann", "10.00");
  fixture.insert("b", "bob", "1.5");
  while (member->worker->turn()->records > 0) {
  }
  EXPECT_EQ(fixture.totals(), Totals{}) << "nothing is visible before the commit";
  ASSERT_EQ(*fixture.drain(*member), CycleOutcome::committed);
  EXPECT_EQ(fixture.totals(), (Totals{{"ann", "10.00"}, {"bob", "1.5"}}));
}

TEST(CommitCycle, AnAbortIsUndoneWholeAndTriedAgain) {
  DriverFixture fixture;
  const auto member = fixture.start("driver-0");
  fixture.insert("a", "ann", "10.00");
  member->sink->lie = {CommitOutcome::aborted, false};
  ASSERT_EQ(*fixture.drain(*member), CycleOutcome::committed);
  EXPECT_EQ(fixture.totals(), (Totals{{"ann", "10.00"}})) << "once, not twice";
  EXPECT_EQ(fixture.visible_records(), 1U);
}

TEST(CommitCycle, AFailureOfEachCallBeforeTheCommitIsUndone) {
  for (const bool at_produce : {true, false}) {
    DriverFixture fixture;
    const auto member = fixture.start("driver-0");
    fixture.insert("a", "ann", "10.00");
    (at_produce ? member->sink->fails_produce : member->sink->fails_send_offsets) = true;
    ASSERT_EQ(*fixture.drain(*member), CycleOutcome::committed);
    EXPECT_EQ(fixture.totals(), (Totals{{"ann", "10.00"}}));
    EXPECT_EQ(fixture.visible_records(), 1U);
    EXPECT_EQ(member->sink->recreations(), 0U);
  }
}

TEST(CommitCycle, AnAbortThatFailsRecreatesTheProducer) {
  DriverFixture fixture;
  const auto member = fixture.start("driver-0");
  fixture.insert("a", "ann", "10.00");
  member->sink->fails_produce = true;
  member->sink->fails_abort = true;
  ASSERT_EQ(*fixture.drain(*member), CycleOutcome::committed);
  EXPECT_EQ(member->sink->recreations(), 1U);
  EXPECT_EQ(fixture.totals(), (Totals{{"ann", "10.00"}}));
}

TEST(CommitCycle, AnUnknownOutcomeIsSettledByTheGroupsOffsets) {
  for (const bool committed : {true, false}) {
    DriverFixture fixture;
    const auto member = fixture.start("driver-0");
    fixture.insert("a", "ann", "10.00");
    member->sink->lie = {CommitOutcome::unknown, committed};
    ASSERT_EQ(*fixture.drain(*member), CycleOutcome::committed);
    EXPECT_EQ(member->sink->recreations(), 1U);
    fixture.insert("a", "ann", "7.00");
    ASSERT_EQ(*fixture.drain(*member), CycleOutcome::committed);
    EXPECT_EQ(fixture.totals(), (Totals{{"ann", "7.00"}})) << "committed: " << committed;
  }
}

TEST(CommitCycle, ADeletedGroupEndsWithATombstone) {
  DriverFixture fixture;
  const auto member = fixture.start("driver-0");
  fixture.insert("a", "ann", "10.00");
  ASSERT_TRUE(fixture.drain(*member));
  fixture.remove("a");
  ASSERT_TRUE(fixture.drain(*member));
  EXPECT_EQ(fixture.totals(), Totals{});
  EXPECT_EQ(fixture.visible_records(), 2U);
}

TEST(CommitCycle, AGroupMadeAndUnmadeWithinOneCycleIsNeverSeen) {
  DriverFixture fixture;
  const auto member = fixture.start("driver-0");
  fixture.insert("a", "ann", "10.00");
  fixture.remove("a");
  ASSERT_TRUE(fixture.drain(*member));
  EXPECT_EQ(fixture.visible_records(), 0U);
}

}  // namespace
}  // namespace tallymill::driver
