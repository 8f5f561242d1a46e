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

TEST(CommitCycle, ARecordThatCannotBeProducedBecomesADeadLetterAndTheOthersCount) {
  DriverFixture fixture(3);
  const auto member = fixture.start("driver-0");
  member->sink->value_bytes_max = 600;
  for (int i = 0; i < 20; ++i) fixture.insert("id" + std::to_string(i), "user" + std::to_string(i % 3), "1");
  fixture.insert("big", std::string(1'000, 'x'), "1");
  for (int i = 20; i < 30; ++i) fixture.insert("id" + std::to_string(i), "user" + std::to_string(i % 3), "1");
  ASSERT_TRUE(fixture.drain(*member));
  EXPECT_EQ(fixture.totals(), (Totals{{"user0", "10"}, {"user1", "10"}, {"user2", "10"}}));
  std::vector<const processor::LocalRecord*> letters;
  for (std::int32_t p = 0; p < fixture.layout.partition_count("driver.dead-letter"); ++p) {
    const auto& log = fixture.broker.log({"driver.dead-letter", topology::Partition(p)});
    for (const auto* record : DriverFixture::records_of(log)) {
      if (!log.is_aborted(record->transaction)) letters.push_back(record);
    }
  }
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_EQ(letters[0]->headers[0].second, "unproducible");
  EXPECT_FALSE(letters[0]->value) << "it is too big to be written again";
  const auto fates = member->worker->fates();
  EXPECT_EQ(fates.read, 31U);
  EXPECT_EQ(fates.imbalance(fixture.layout.counted_places()), "");
}

TEST(CommitCycle, ARecordThatCannotBeProducedIsFoundByHalves) {
  DriverFixture fixture(1);
  const auto member = fixture.start("driver-0");
  member->sink->value_bytes_max = 600;
  for (int i = 0; i < 400; ++i) fixture.insert("id" + std::to_string(i), "ann", "1");
  for (const char* id : {"big", "huge"}) fixture.insert(id, std::string(1'000, 'x'), "1");
  for (int i = 400; i < 600; ++i) fixture.insert("id" + std::to_string(i), "ann", "1");
  ASSERT_TRUE(fixture.drain(*member));
  EXPECT_EQ(fixture.totals(), (Totals{{"ann", "600"}}));
  EXPECT_LT(member->sink->commits, 80U) << "not one for each of 602 records";
  EXPECT_EQ(member->worker->fates().read, 602U);
}

TEST(CommitCycle, ASlowWayToTheBrokersMakesProgress) {
  DriverFixture fixture(1);
  const auto member = fixture.start("driver-0");
  member->sink->records_max = 50;
  const auto insert_many = [&](int from, int to) {
    for (int i = from; i < to; ++i) fixture.insert("id" + std::to_string(i), "user" + std::to_string(i % 10), "1");
  };
  insert_many(0, 1'000);
  ASSERT_TRUE(fixture.drain(*member)) << "a cycle that is done again as large would never get through";
  EXPECT_EQ(fixture.totals().at("user7"), "100");
  EXPECT_LT(member->sink->commits, 120U) << "most of them get through: one that does not costs seconds";
  member->sink->records_max = 1'000'000;
  const std::size_t before = member->sink->commits;
  insert_many(1'000, 50'000);
  ASSERT_TRUE(fixture.drain(*member));
  EXPECT_EQ(fixture.totals().at("user7"), "5000");
  EXPECT_LT(member->sink->commits - before, 60U) << "it grows back";
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
