#include <gtest/gtest.h>

#include "processor/codec/json_tree.h"
#include "tests/driver/driver_fixture.h"

namespace tallymill::driver {
namespace {

using processor::CommitOutcome;
using Totals = std::map<std::string, std::string>;

/// The report that follows on what has happened.
processor::OutputSampleReport samples_of(DriverFixture& fixture, DriverFixture::Member& member) {
  fixture.clock.advance({2'000'000});
  EXPECT_TRUE(member.worker->turn());
  return member.reports.latest()->samples;
}

/// The rows of the output topic as the samples have them: user -> total, without rows that ended.
Totals sampled_totals(DriverFixture& fixture, DriverFixture::Member& member) {
  Totals totals;
  const processor::OutputSampleReport samples = samples_of(fixture, member);
  for (const auto& row : samples.results.at(0).rows) {
    if (!row->value) continue;
    const auto value = processor::parse_json_tree(*row->value);
    EXPECT_TRUE(totals.emplace(value->find("user")->text, value->find("total")->text).second)
        << "a key stands once";
  }
  return totals;
}

TEST(Samples, AreTheNewestCommittedValues) {
  DriverFixture fixture;
  const auto member = fixture.start("driver-0");
  fixture.insert("a", "ann", "10.00");
  fixture.insert("b", "bob", "1.5");
  ASSERT_TRUE(fixture.drain(*member));
  fixture.insert("a", "ann", "7.00");
  fixture.remove("b");
  ASSERT_TRUE(fixture.drain(*member));
  EXPECT_EQ(sampled_totals(fixture, *member), (Totals{{"ann", "7.00"}}));
  EXPECT_EQ(sampled_totals(fixture, *member), fixture.totals());
}

TEST(Samples, WhatWasAbortedIsNeverShown) {
  DriverFixture fixture;
  const auto member = fixture.start("driver-0");
  fixture.insert("a", "ann", "10.00");
  ASSERT_TRUE(fixture.drain(*member));
  const auto before = samples_of(fixture, *member);
  fixture.insert("a", "ann", "99.00");
  member->sink->lie = {CommitOutcome::aborted, false};
  ASSERT_GT(member->worker->turn()->records, 0U);
  ASSERT_EQ(*member->worker->commit(), processor::CycleOutcome::aborted);
  const auto after = samples_of(fixture, *member);
  EXPECT_EQ(after.results.at(0).rows, before.results.at(0).rows);
  EXPECT_EQ(after.results.at(0).committed_rows, before.results.at(0).committed_rows);
}

TEST(Samples, ACommitWhoseAnswerWasLostCountsOnceItIsKnown) {
  DriverFixture fixture;
  const auto member = fixture.start("driver-0");
  fixture.insert("a", "ann", "10.00");
  member->sink->lie = {CommitOutcome::unknown, true};
  ASSERT_TRUE(fixture.drain(*member));
  EXPECT_EQ(sampled_totals(fixture, *member), (Totals{{"ann", "10.00"}}));
}

TEST(Samples, RowsGoWithTheirPartition) {
  DriverFixture fixture;
  const auto first = fixture.start("driver-0");
  for (int i = 0; i < 20; ++i) fixture.insert("id" + std::to_string(i), "user" + std::to_string(i), "1");
  ASSERT_TRUE(fixture.drain(*first));
  const Totals all = sampled_totals(fixture, *first);
  ASSERT_EQ(all.size(), 20U);
  const auto second = fixture.start("driver-1");
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(fixture.drain(*first));
    ASSERT_TRUE(fixture.drain(*second));
  }
  const Totals left = sampled_totals(fixture, *first);
  EXPECT_LT(left.size(), all.size()) << "rows of a partition that others change now may be outdated";
  EXPECT_GT(left.size(), 0U);
}

TEST(Samples, DeadLettersHaveTheirReasonAndPlace) {
  DriverFixture fixture;
  const auto member = fixture.start("driver-0");
  fixture.insert("a", "ann", "no number");
  ASSERT_TRUE(fixture.drain(*member));
  const auto samples = samples_of(fixture, *member);
  ASSERT_EQ(samples.dead_letters.size(), 1U);
  const auto& letter = *samples.dead_letters.front();
  EXPECT_EQ(samples.dead_by_reason, (std::map<std::string, std::uint64_t, std::less<>>{{letter.reason, 1}}));
  EXPECT_EQ(letter.topic, "cdc.payments");
  EXPECT_EQ(letter.offset, "0");
  EXPECT_NE(letter.value.find("no number"), std::string::npos);
}

}  // namespace
}  // namespace tallymill::driver
