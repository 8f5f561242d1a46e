#include <gtest/gtest.h>

#include "processor/local/broker.h"
#include "processor/local/local_sink.h"
#include "tests/driver/driver_fixture.h"

namespace tallymill::driver {
namespace {

using processor::LocalBroker;
using processor::LocalSink;
using processor::OutputRecord;
using processor::TopicPartition;
using topology::Offset;
using topology::Partition;

const TopicPartition out{"out", Partition(0)};

OutputRecord record_of(std::string_view value) { return {"out", Partition(0), std::nullopt, value, {}}; }

TEST(LocalBroker, AnOpenTransactionHoldsTheLastStableOffset) {
  ManualClock clock;
  LocalBroker broker;
  broker.create_topic("out", 1);
  LocalSink first(broker, "a", clock);
  LocalSink second(broker, "b", clock);
  ASSERT_TRUE(first.begin() && second.begin());
  ASSERT_TRUE(first.produce(record_of("1")));
  ASSERT_TRUE(second.produce(record_of("2")));
  EXPECT_EQ(second.commit(), processor::CommitOutcome::committed);
  EXPECT_EQ(broker.log(out).last_stable_offset(), Offset(0)) << "the first transaction is still open";
  ASSERT_TRUE(first.abort());
  EXPECT_EQ(broker.log(out).last_stable_offset(), broker.log(out).end_offset());
  EXPECT_TRUE(broker.log(out).is_aborted(broker.log(out).first_from(Offset(0))->record.transaction));
  EXPECT_FALSE(broker.log(out).is_aborted(broker.log(out).first_from(Offset(1))->record.transaction));
}

TEST(LocalBroker, AGapOfAnySizeCostsNothing) {
  processor::LocalLog log;
  log.append({});
  log.append({}, Offset(1'000'000'000'000));
  EXPECT_EQ(log.first_from(Offset(1))->offset, Offset(1'000'000'000'000));
  EXPECT_EQ(log.end_offset(), Offset(1'000'000'000'001));
  log.delete_before(Offset(5));
  EXPECT_EQ(log.first_from(Offset(0))->offset, Offset(1'000'000'000'000));
}

TEST(LocalBroker, ANewProducerOfTheSameIdFencesTheOldOneAndAbortsItsTransaction) {
  ManualClock clock;
  LocalBroker broker;
  broker.create_topic("out", 1);
  LocalSink zombie(broker, "a", clock);
  ASSERT_TRUE(zombie.begin());
  ASSERT_TRUE(zombie.produce(record_of("1")));
  LocalSink successor(broker, "a", clock);
  EXPECT_FALSE(zombie.produce(record_of("2")));
  EXPECT_EQ(zombie.commit(), processor::CommitOutcome::unknown);
  EXPECT_TRUE(broker.log(out).is_aborted(broker.log(out).first_from(Offset(0))->record.transaction));
}

TEST(LocalBroker, MarkersThatComeLaterHoldReadersUntilThenAndOffsetsAreWaitedFor) {
  DriverFixture fixture(1);
  const TopicPartition input = fixture.layout.inputs().front();
  fixture.broker.create_topic("out", 1);
  fixture.broker.write_markers_later(true);
  const auto member = fixture.start("driver-0");
  ASSERT_TRUE(member->worker->turn());
  ASSERT_TRUE(member->local_sink->begin());
  ASSERT_TRUE(member->local_sink->produce(record_of("1")));
  ASSERT_TRUE(member->local_sink->send_offsets({{input, Offset(5)}}, member->source->group_metadata()));
  ASSERT_EQ(member->local_sink->commit(), processor::CommitOutcome::committed);
  EXPECT_FALSE(fixture.broker.is_stable(input));
  EXPECT_EQ(fixture.broker.committed(std::span(&input, 1)).front(), Offset(5)) << "who asks waits";
  EXPECT_TRUE(fixture.broker.is_stable(input));
  EXPECT_EQ(fixture.broker.log(out).last_stable_offset(), Offset(0)) << "the log's marker is still due";
  EXPECT_TRUE(fixture.broker.write_marker(0));
  EXPECT_EQ(fixture.broker.log(out).last_stable_offset(), Offset(2));
  EXPECT_FALSE(fixture.broker.write_marker(0));
}

TEST(LocalBroker, CompactionKeepsTheNewestOfEachKeyAndNothingThatIsOpenGoes) {
  processor::LocalLog log;
  const auto append = [&](const char* key, const char* value, std::uint64_t transaction) {
    processor::LocalRecord record;
    record.key = key;
    if (value != nullptr) record.value = value;
    record.transaction = transaction;
    log.append(std::move(record));
  };
  append("a", "1", 0);
  append("b", "1", 0);
  append("a", "aborted", 7);
  log.end_transaction(7, false);
  append("a", "2", 0);
  append("b", nullptr, 0);
  append("a", "open", 8);
  log.compact();
  EXPECT_EQ(log.first_from(Offset(0))->record.value, "2");
  EXPECT_EQ(log.first_from(Offset(5))->record.value, "open");
  EXPECT_EQ(log.end_offset(), Offset(7));
}

TEST(LocalBroker, AnEmptyListOfOffsetsFencesNobody) {
  DriverFixture fixture(1);
  const auto member = fixture.start("driver-0");
  ASSERT_TRUE(member->local_sink->begin());
  EXPECT_TRUE(member->local_sink->send_offsets({}, {"local", "somebody else", 3, false}));
}

TEST(LocalBroker, OffsetsOfAnAbortedTransactionAreNotCommitted) {
  DriverFixture fixture(1);
  const auto member = fixture.start("driver-0");
  ASSERT_TRUE(member->worker->turn());
  ASSERT_TRUE(member->local_sink->begin());
  const processor::Offsets offsets = {{fixture.layout.inputs().front(), Offset(5)}};
  ASSERT_TRUE(member->local_sink->send_offsets(offsets, member->source->group_metadata()));
  ASSERT_TRUE(member->local_sink->abort());
  EXPECT_EQ(fixture.broker.committed(fixture.layout.inputs().front()), std::nullopt);
}

TEST(LocalBroker, AMemberOfAnOldGenerationCannotSendOffsets) {
  DriverFixture fixture(1);
  const auto member = fixture.start("driver-0");
  const auto stale = member->source->group_metadata();
  const auto newcomer = fixture.start("driver-1");
  ASSERT_TRUE(member->local_sink->begin());
  EXPECT_FALSE(member->local_sink->send_offsets({{fixture.layout.inputs().front(), Offset(1)}}, stale));
}

}  // namespace
}  // namespace tallymill::driver
