#include <gtest/gtest.h>

#include "tests/driver/driver_fixture.h"

namespace tallymill::driver {
namespace {

using processor::CycleOutcome;
using topology::Partition;
using Totals = std::map<std::string, std::string>;

/// Lets two members work in turn until both have nothing left.
void drain_both(DriverFixture& fixture, DriverFixture::Member& a, DriverFixture::Member& b) {
  for (int quiet = 0; quiet < 3;) {
    const auto first = fixture.drain(a);
    const auto second = fixture.drain(b);
    ASSERT_TRUE(first) << first.error().message;
    ASSERT_TRUE(second) << second.error().message;
    quiet = *first == CycleOutcome::idle && *second == CycleOutcome::idle ? quiet + 1 : 0;
  }
}

TEST(Worker, TasksMoveToAMemberThatJoinsAndNothingIsLostOrDoubled) {
  DriverFixture fixture(4);
  const auto first = fixture.start("driver-0");
  Totals expected;
  for (int i = 0; i < 50; ++i) fixture.insert("id" + std::to_string(i), "user" + std::to_string(i % 7), "1");
  ASSERT_TRUE(fixture.drain(*first));
  // The open cycle is committed when the first worker gives partitions up.
  for (int i = 50; i < 100; ++i)
    fixture.insert("id" + std::to_string(i), "user" + std::to_string(i % 7), "1");
  ASSERT_TRUE(first->worker->turn());
  const auto second = fixture.start("driver-1");
  drain_both(fixture, *first, *second);
  for (int i = 0; i < 100; i += 2) fixture.remove("id" + std::to_string(i));
  drain_both(fixture, *first, *second);
  for (int i = 1; i < 100; i += 2) {
    std::string& total = expected["user" + std::to_string(i % 7)];
    total = std::to_string(total.empty() ? 1 : std::stoi(total) + 1);
  }
  EXPECT_EQ(fixture.totals(), expected);
}

TEST(Worker, APartialThatIsDeliveredTwiceStopsIt) {
  DriverFixture fixture(1);
  const auto member = fixture.start("driver-0");
  fixture.insert("a", "ann", "10.00");
  ASSERT_TRUE(fixture.drain(*member));
  fixture.insert("a", "ann", "12.00");
  // Up to the commit that writes the frame; the frame itself is not read yet.
  ASSERT_GT(member->worker->turn()->records, 0U);
  ASSERT_TRUE(member->worker->commit());
  auto& log = fixture.broker.log({"driver.totals.aggregate.repartition", Partition(0)});
  const auto frames = DriverFixture::records_of(log);
  ASSERT_FALSE(frames.empty());
  processor::LocalRecord copy = *frames.back();
  copy.transaction = 0;
  log.append(std::move(copy));
  const auto outcome = fixture.drain(*member);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, topology::ErrorCode::hop_broken);
}

TEST(Worker, StateAndOffsetsThatDisagreeStopIt) {
  DriverFixture fixture(1);
  {
    const auto member = fixture.start("driver-0");
    fixture.insert("a", "ann", "10.00");
    ASSERT_TRUE(fixture.drain(*member));
  }
  // Somebody resets the state and not the group.
  auto& changelog = fixture.broker.log({"driver.payments.rows.changelog", Partition(0)});
  changelog.delete_before(changelog.end_offset());
  const auto member = fixture.start("driver-0");
  const auto outcome = fixture.drain(*member);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, topology::ErrorCode::state_disagrees);
}

TEST(Worker, CommitsWhenTheIntervalIsOver) {
  DriverFixture fixture(1);
  const auto member = fixture.start("driver-0");
  ASSERT_TRUE(fixture.drain(*member));
  fixture.insert("a", "ann", "10.00");
  EXPECT_EQ(member->worker->turn()->commit, CycleOutcome::idle);
  fixture.clock.advance({99'000});
  EXPECT_EQ(member->worker->turn()->commit, CycleOutcome::idle);
  fixture.clock.advance({1'000});
  EXPECT_EQ(member->worker->turn()->commit, CycleOutcome::committed);
}

TEST(Worker, CommitsThoughTheWallClockIsSetBack) {
  DriverFixture fixture(1);
  const auto member = fixture.start("driver-0");
  ASSERT_TRUE(fixture.drain(*member));
  fixture.insert("a", "ann", "10.00");
  EXPECT_EQ(member->worker->turn()->commit, CycleOutcome::idle);
  fixture.clock.set_back({3'600'000'000});
  fixture.clock.advance({100'000});
  EXPECT_EQ(member->worker->turn()->commit, CycleOutcome::committed);
}

TEST(Worker, ConsumedFramesAreDeletedFromTheRepartitionTopic) {
  DriverFixture fixture(1);
  const auto member = fixture.start("driver-0");
  for (int i = 0; i < 20; ++i) {
    fixture.insert("a", "ann", std::to_string(i));
    ASSERT_TRUE(fixture.drain(*member));
    fixture.clock.advance({30'000'000});
  }
  fixture.insert("b", "bob", "1");
  ASSERT_TRUE(fixture.drain(*member));
  const auto& log = fixture.broker.log({"driver.totals.aggregate.repartition", Partition(0)});
  EXPECT_LE(log.end_offset().value - log.begin_offset().value, 3) << "at most what was written since is left";
}

}  // namespace
}  // namespace tallymill::driver
