#include <gtest/gtest.h>

#include <algorithm>

#include "tests/driver/driver_fixture.h"

namespace tallymill::driver {
namespace {

using processor::CommitOutcome;
using processor::CycleOutcome;
using topology::ErrorCode;
using topology::Offset;
using topology::Partition;
using Totals = std::map<std::string, std::string>;

/// A reader that gets nothing to read, as behind a transaction that does not end.
class HeldChangelogReader final : public processor::ChangelogReader {
 public:
  explicit HeldChangelogReader(processor::LocalBroker& broker) : reader_(broker) {}

  bool is_held = true;
  bool fails_to_start = false;

  topology::Status start(std::span<const processor::TopicPartition> partitions) override {
    if (fails_to_start) return topology::Error{topology::ErrorCode::broker_unreachable, "no leader", ""};
    return reader_.start(partitions);
  }
  void stop(const processor::TopicPartition& partition) override { reader_.stop(partition); }
  Progress progress(const processor::TopicPartition& partition) const override {
    return reader_.progress(partition);
  }
  topology::Result<std::span<const processor::InputRecord>> poll(std::size_t records_max,
                                                                 topology::Duration timeout) override {
    if (is_held) return std::span<const processor::InputRecord>();
    return reader_.poll(records_max, timeout);
  }

 private:
  processor::LocalChangelogReader reader_;
};

TEST(Restore, ANewProcessGoesOnFromTheChangelogs) {
  DriverFixture fixture;
  {
    const auto member = fixture.start("driver-0");
    fixture.insert("a", "ann", "10.00");
    fixture.insert("b", "ann", "2.50");
    ASSERT_TRUE(fixture.drain(*member));
  }
  const auto member = fixture.start("driver-0");
  fixture.insert("a", "ann", "7.00");
  fixture.remove("b");
  ASSERT_TRUE(fixture.drain(*member));
  EXPECT_EQ(fixture.totals(), (Totals{{"ann", "7.00"}})) << "what is taken back is what was put in";
}

TEST(Restore, ACommitThatCountedWithoutBeingAppliedIsNotDoneTwice) {
  DriverFixture fixture;
  {
    const auto member = fixture.start("driver-0");
    fixture.insert("a", "ann", "10.00");
    ASSERT_TRUE(fixture.drain(*member));
    fixture.insert("b", "ann", "5.00");
    // The producer commits, and the process dies before it knows.
    member->probe.stops = processor::CommitStep::apply;
    ASSERT_EQ(*fixture.drain(*member), CycleOutcome::stopped);
  }
  const auto member = fixture.start("driver-0");
  ASSERT_TRUE(fixture.drain(*member));
  EXPECT_EQ(fixture.totals(), (Totals{{"ann", "15.00"}}));
}

TEST(Restore, WhatADeadProcessLeftOpenIsWaitedForAndNotRestored) {
  for (const auto step : {processor::CommitStep::send_offsets, processor::CommitStep::commit}) {
    DriverFixture fixture;
    const auto dead = fixture.start("driver-0");
    fixture.insert("a", "ann", "10.00");
    ASSERT_TRUE(fixture.drain(*dead));
    fixture.insert("b", "ann", "5.00");
    dead->probe.stops = step;
    ASSERT_EQ(*fixture.drain(*dead), CycleOutcome::stopped);
    dead->source.reset();
    const auto heir = fixture.start("driver-1");
    ASSERT_TRUE(fixture.drain(*heir));
    EXPECT_EQ(fixture.totals(), (Totals{{"ann", "15.00"}}));
    EXPECT_NE(dead->local_sink->commit(), CommitOutcome::committed) << "its transaction is over";
    EXPECT_EQ(fixture.totals(), (Totals{{"ann", "15.00"}}));
  }
}

TEST(Restore, AChangelogThatIsGoneStopsTheWorker) {
  DriverFixture fixture(1);
  {
    const auto member = fixture.start("driver-0");
    fixture.insert("a", "ann", "10.00");
    ASSERT_TRUE(fixture.drain(*member));
  }
  auto& changelog = fixture.broker.log({"driver.totals.aggregate.changelog", Partition(0)});
  changelog.delete_before(changelog.end_offset());
  const auto member = fixture.start("driver-0");
  const auto outcome = fixture.drain(*member);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::state_disagrees);
}

TEST(Restore, AGroupThatMovedOnMeanwhileIsNoDisagreement) {
  DriverFixture fixture(1);
  const auto member = fixture.start("driver-0");
  for (const char* id : {"a", "b"}) {
    fixture.insert(id, "ann", "10.00");
    ASSERT_TRUE(fixture.drain(*member));
  }
  processor::LocalSource source(fixture.broker);
  processor::LocalChangelogReader changelogs(fixture.broker);
  processor::TaskRestorer restorer(*fixture.plan, fixture.layout, source, changelogs, fixture.topics);
  // Another member, asked where the group stood before the second commit and removed from it then.
  const processor::TaskId task = *fixture.layout.task_of({"cdc.payments", Partition(0)});
  ASSERT_TRUE(restorer.start({{task, Offset(1)}}));
  const auto first = restorer.poll({});
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_TRUE(first->empty());
  const auto second = restorer.poll({});
  ASSERT_TRUE(second && second->size() == 1);
  EXPECT_EQ(second->front().state->progress.next_offset, Offset(2));
}

TEST(Restore, ATaskWhoseSecondStartFailsIsNotBeingRestored) {
  DriverFixture fixture(1);
  const auto member = fixture.start("driver-0");
  for (const char* id : {"a", "b"}) {
    fixture.insert(id, "ann", "10.00");
    ASSERT_TRUE(fixture.drain(*member));
  }
  processor::LocalSource source(fixture.broker);
  HeldChangelogReader changelogs(fixture.broker);
  changelogs.is_held = false;
  processor::TaskRestorer restorer(*fixture.plan, fixture.layout, source, changelogs, fixture.topics);
  const processor::TaskId task = *fixture.layout.task_of({"cdc.payments", Partition(0)});
  ASSERT_TRUE(restorer.start({{task, Offset(1)}}));
  changelogs.fails_to_start = true;
  const auto outcome = restorer.poll({});
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code, ErrorCode::broker_unreachable);
  EXPECT_TRUE(restorer.is_idle()) << "the worker that ends now gives it up, and nothing of it is there to be stopped";
  restorer.cancel(task);
}

TEST(Restore, AChangelogOfWhichNothingCanBeReadIsNamed) {
  DriverFixture fixture(1);
  {
    const auto member = fixture.start("driver-0");
    fixture.insert("a", "ann", "10.00");
    ASSERT_TRUE(fixture.drain(*member));
  }
  processor::LocalSink sink(fixture.broker, "driver-0", fixture.clock);
  processor::LocalSource source(fixture.broker);
  HeldChangelogReader changelogs(fixture.broker);
  processor::Worker worker(
      *fixture.plan, fixture.layout,
      processor::WorkerPorts{source, sink, fixture.topics, changelogs, fixture.clock, fixture.log}, {});
  ASSERT_TRUE(source.subscribe(fixture.layout.input_topics(), worker));
  const auto warnings = [&] {
    return std::ranges::count(fixture.log.events,
                              "a task waits for its changelog, in which a transaction is open");
  };
  ASSERT_TRUE(worker.turn());
  ASSERT_TRUE(worker.turn());
  fixture.clock.advance({29'000'000});
  ASSERT_TRUE(worker.turn());
  EXPECT_EQ(warnings(), 0);
  fixture.clock.advance({1'000'000});
  const auto turn = worker.turn();
  ASSERT_TRUE(turn && turn->is_restoring);
  EXPECT_EQ(warnings(), 2) << "one for each of the two tasks";
  ASSERT_TRUE(worker.turn());
  EXPECT_EQ(warnings(), 2) << "not with every turn";
  changelogs.is_held = false;
  ASSERT_TRUE(worker.turn());
  const auto last = worker.turn();
  ASSERT_TRUE(last && !last->is_restoring);
}

TEST(Restore, AForeignRecordInAChangelogStopsTheWorker) {
  DriverFixture fixture(1);
  processor::LocalRecord record;
  record.key = "hello";
  record.value = "world";
  fixture.broker.log({"driver.payments.rows.changelog", Partition(0)}).append(record);
  const auto member = fixture.start("driver-0");
  const auto outcome = fixture.drain(*member);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::changelog_damaged);
}

TEST(Restore, RecordsThatTheBrokerDeletedUnreadStopTheWorker) {
  DriverFixture fixture(1);
  {
    const auto member = fixture.start("driver-0");
    fixture.insert("a", "ann", "10.00");
    ASSERT_TRUE(fixture.drain(*member));
  }
  fixture.insert("b", "ann", "5.00");
  fixture.broker.log({"cdc.payments", Partition(0)}).delete_before(Offset(2));
  const auto member = fixture.start("driver-0");
  const auto outcome = fixture.drain(*member);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::offset_out_of_log);
  EXPECT_NE(outcome.error().message.find("1 to 1 of cdc.payments/0"), std::string::npos)
      << outcome.error().message;
}

TEST(Restore, AMemberWhosePartitionsWereLostMakesNothingVisible) {
  DriverFixture fixture(2);
  const auto zombie = fixture.start("driver-0");
  fixture.insert("a", "ann", "10.00");
  fixture.insert("b", "bob", "1.00");
  ASSERT_TRUE(fixture.drain(*zombie));
  fixture.insert("a", "ann", "11.00");
  ASSERT_GT(zombie->worker->turn()->records, 0U);
  fixture.broker.leave(zombie->source->group_metadata().member);
  const auto heir = fixture.start("driver-1");
  ASSERT_TRUE(fixture.drain(*heir));
  EXPECT_EQ(fixture.totals(), (Totals{{"ann", "11.00"}, {"bob", "1.00"}}));
  // Resumed, it commits first and is refused; then it learns of the loss and joins anew.
  EXPECT_EQ(*zombie->worker->commit(), CycleOutcome::aborted);
  ASSERT_TRUE(fixture.drain(*zombie));
  ASSERT_TRUE(fixture.drain(*heir));
  ASSERT_TRUE(fixture.drain(*zombie));
  EXPECT_EQ(fixture.totals(), (Totals{{"ann", "11.00"}, {"bob", "1.00"}}));
}

}  // namespace
}  // namespace tallymill::driver
