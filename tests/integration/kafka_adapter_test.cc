#include <gtest/gtest.h>

#include <cstdlib>
#include <future>
#include <random>
#include <set>
#include <string>
#include <thread>

#include "processor/kafka/kafka_connector.h"
#include "tests/integration/kafka_lab.h"

// The Kafka adapter against a real broker; tests/integration/kafka_adapter_test.py starts one.
namespace tallymill::integration {
namespace {

using processor::CommitOutcome;
using processor::GroupMetadata;
using processor::GroupProtocol;
using processor::InputRecord;
using processor::LogPlace;
using processor::Offsets;
using processor::OutputRecord;
using processor::TopicPartition;
using topology::ErrorCode;
using topology::Offset;
using topology::Partition;

constexpr topology::Duration short_wait{50'000};

OutputRecord record_of(std::string_view topic, std::string_view value, std::int32_t partition = 0) {
  return {.topic = topic, .partition = Partition(partition), .value = value};
}

std::vector<std::string> values_of(const std::vector<ReadRecord>& records) {
  std::vector<std::string> values;
  for (const ReadRecord& record : records) values.push_back(record.value.value_or("(tombstone)"));
  return values;
}

std::vector<std::string> numbers(int count) {
  std::vector<std::string> values;
  for (int i = 0; i < count; ++i) values.push_back(std::to_string(i));
  return values;
}

/// Polls until the source has joined; false if it does not.
bool join(processor::RecordSource& source, const ResumingListener& listener, std::size_t partitions) {
  return eventually([&] {
    const auto records = source.poll(100, short_wait);
    EXPECT_TRUE(records.ok()) << records.error().message;
    return !records || listener.owned.size() == partitions;
  });
}

// The sink.

TEST(KafkaSink, ShowsATransactionOnlyAfterItsCommit) {
  Lab lab;
  const std::string topic = lab.topic("visible", 1);
  const auto sink = lab.sink(unique_name("sink"));
  ASSERT_TRUE(sink->begin().ok());
  const processor::Header headers[] = {{"kind", "late"}, {"empty", ""}};
  ASSERT_TRUE(
      sink->produce({.topic = topic, .partition = {}, .key = "k", .value = "v", .headers = headers}).ok());
  ASSERT_TRUE(sink->produce({.topic = topic, .partition = {}, .key = "", .value = ""}).ok());
  ASSERT_TRUE(sink->produce({.topic = topic, .partition = {}, .key = "gone", .value = std::nullopt}).ok());
  EXPECT_TRUE(read_topic(topic, 1, Isolation::read_committed).empty());
  ASSERT_EQ(sink->commit(), CommitOutcome::committed);

  const std::vector<ReadRecord> records = read_topic(topic, 1, Isolation::read_committed);
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[0].key, "k");
  EXPECT_EQ(records[0].value, "v");
  const std::vector<std::pair<std::string, std::string>> expected{{"kind", "late"}, {"empty", ""}};
  EXPECT_EQ(records[0].headers, expected);
  EXPECT_EQ(records[1].key, "");
  EXPECT_EQ(records[1].value, "");
  EXPECT_EQ(records[2].value, std::nullopt);
}

TEST(KafkaSink, HidesAbortedRecordsAndOffsets) {
  Lab lab;
  const std::string topic = lab.topic("aborted", 1);
  const std::string group = unique_name("group");
  const auto source = lab.source(group);
  ResumingListener listener(*source);
  ASSERT_TRUE(source->subscribe({topic}, listener).ok());
  ASSERT_TRUE(join(*source, listener, 1));
  const auto sink = lab.sink(unique_name("sink"));
  const Offsets offsets{{{topic, Partition(0)}, Offset(7)}};
  ASSERT_TRUE(sink->begin().ok());
  ASSERT_TRUE(sink->produce(record_of(topic, "never")).ok());
  ASSERT_TRUE(sink->send_offsets(offsets, source->group_metadata()).ok());
  ASSERT_TRUE(sink->abort().ok());
  EXPECT_TRUE(sink->abort().ok()) << "without a transaction it is nothing";
  EXPECT_TRUE(read_topic(topic, 1, Isolation::read_committed).empty());
  auto committed = source->committed(listener.owned);
  ASSERT_TRUE(committed.ok());
  EXPECT_EQ(committed->front(), std::nullopt);

  ASSERT_TRUE(sink->begin().ok());
  ASSERT_TRUE(sink->produce(record_of(topic, "kept")).ok());
  ASSERT_TRUE(sink->send_offsets(offsets, source->group_metadata()).ok());
  ASSERT_EQ(sink->commit(), CommitOutcome::committed);
  committed = source->committed(listener.owned);
  ASSERT_TRUE(committed.ok());
  EXPECT_EQ(committed->front(), Offset(7));
  EXPECT_EQ(values_of(read_topic(topic, 1, Isolation::read_committed)), std::vector<std::string>{"kept"});
  source->close();
}

// What was delivered must be what the memory held at produce(), however the transaction ended: the memory is
// overwritten as soon as the contract allows. Large records take another way through librdkafka.
TEST(KafkaSink, ReadsTheCallersMemoryOnlyUntilTheTransactionHasEnded) {
  for (const char* compression : {"lz4", "none"}) {
    Lab lab;
    lab.settings.kafka["compression.type"] = compression;
    const std::string topic = lab.topic("memory", 4);
    const auto sink = lab.sink(unique_name("sink"));
    std::vector<std::string> memory(300);
    std::size_t committed = 0;
    for (int round = 0; round < 30; ++round) {
      ASSERT_TRUE(sink->begin().ok());
      for (std::size_t i = 0; i < memory.size(); ++i) {
        memory[i].assign(i % 50 == 0 ? 150'000 : 900, static_cast<char>('a' + round % 16));
        ASSERT_TRUE(sink->produce(record_of(topic, memory[i], static_cast<std::int32_t>(i % 4))).ok());
      }
      if (round % 3 == 0) {
        const bool is_committed = sink->commit() == CommitOutcome::committed;
        if (is_committed) committed += memory.size();
        ASSERT_TRUE(is_committed || sink->recreate().ok());
      } else if (round % 3 == 1) {
        ASSERT_TRUE(sink->abort().ok() || sink->recreate().ok());
      } else {
        ASSERT_TRUE(sink->recreate().ok());
      }
      for (std::string& value : memory) std::fill(value.begin(), value.end(), '#');
    }
    EXPECT_EQ(read_topic(topic, 4, Isolation::read_committed).size(), committed);
    for (const ReadRecord& record : read_topic(topic, 4, Isolation::read_uncommitted)) {
      ASSERT_EQ(record.value->find_first_not_of(record.value->front()), std::string::npos) << "torn";
      ASSERT_NE(record.value->front(), '#') << "memory was read after the transaction had ended";
    }
  }
}

TEST(KafkaSink, WaitsWhenItsQueueIsFull) {
  Lab lab;
  lab.settings.kafka["queue.buffering.max.messages"] = "50";
  const std::string topic = lab.topic("full", 1);
  const auto sink = lab.sink(unique_name("sink"));
  ASSERT_TRUE(sink->begin().ok());
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(sink->produce(record_of(topic, "v")).ok());
  ASSERT_EQ(sink->commit(), CommitOutcome::committed);
  EXPECT_EQ(read_topic(topic, 1, Isolation::read_committed).size(), 1000u);
}

TEST(KafkaSink, RefusesOffsetsOfAStaleGeneration) {
  for (const GroupProtocol protocol : {GroupProtocol::consumer, GroupProtocol::classic}) {
    Lab lab(protocol);
    const std::string topic = lab.topic("stale", 1);
    const auto source = lab.source(unique_name("group"));
    ResumingListener listener(*source);
    ASSERT_TRUE(source->subscribe({topic}, listener).ok());
    ASSERT_TRUE(join(*source, listener, 1));
    const auto sink = lab.sink(unique_name("sink"));
    const Offsets offsets{{{topic, Partition(0)}, Offset(7)}};
    GroupMetadata stale = source->group_metadata();
    ++stale.generation;
    ASSERT_TRUE(sink->begin().ok());
    ASSERT_TRUE(sink->produce(record_of(topic, "never")).ok());
    EXPECT_FALSE(sink->send_offsets(offsets, stale).ok());
    ASSERT_TRUE(sink->abort().ok());

    ASSERT_TRUE(sink->begin().ok());
    ASSERT_TRUE(sink->produce(record_of(topic, "never")).ok());
    EXPECT_FALSE(sink->send_offsets(offsets, {.group = stale.group}).ok())
        << "the broker would have taken these";
    ASSERT_TRUE(sink->abort().ok());

    ASSERT_TRUE(sink->begin().ok());
    ASSERT_TRUE(sink->produce(record_of(topic, "kept")).ok());
    const auto sent = sink->send_offsets(offsets, source->group_metadata());
    ASSERT_TRUE(sent.ok()) << sent.error().message;
    EXPECT_EQ(sink->commit(), CommitOutcome::committed);
    EXPECT_EQ(values_of(read_topic(topic, 1, Isolation::read_committed)), std::vector<std::string>{"kept"});
    source->close();
  }
}

// Through a proxy that swallows the answer to some EndTxn: librdkafka sends it
// again and says OK, but the first one might as well still be under way. The wrapper starts the proxy and
// names it.
TEST(KafkaSink, DoesNotCallCommittedWhatWasSentTwice) {
  const char* bootstrap = std::getenv("TALLYMILL_TEST_CUT_BOOTSTRAP");
  ASSERT_NE(bootstrap, nullptr) << "TALLYMILL_TEST_CUT_BOOTSTRAP is not set; see tests/integration/README.md";
  Lab lab;
  const std::string topic = lab.topic("cut", 1);
  lab.settings = settings_for(bootstrap);
  const auto sink = lab.sink(unique_name("sink"));
  std::uint64_t unknown = 0;
  for (int i = 0; i < 12; ++i) {
    ASSERT_TRUE(sink->begin().ok());
    ASSERT_TRUE(sink->produce(record_of(topic, "v")).ok());
    const CommitOutcome outcome = sink->commit();
    ASSERT_NE(outcome, CommitOutcome::aborted);
    if (outcome == CommitOutcome::committed) continue;
    ++unknown;
    ASSERT_TRUE(sink->recreate().ok());
  }
  // At least one of three EndTxn was cut off, and each one reached the broker.
  EXPECT_GE(unknown, 4u);
  EXPECT_EQ(sink->statistics().resends_seen, unknown);
  EXPECT_EQ(sink->statistics().recreations, unknown);
  EXPECT_EQ(read_topic(topic, 1, Isolation::read_committed).size(), 12u);
}

TEST(KafkaSink, IsFencedByItsSuccessor) {
  Lab lab;
  const std::string topic = lab.topic("fenced", 1);
  const std::string id = unique_name("sink");
  const auto zombie = lab.sink(id);
  ASSERT_TRUE(zombie->begin().ok());
  ASSERT_TRUE(zombie->produce(record_of(topic, "zombie")).ok());
  const auto successor = lab.sink(id);
  EXPECT_NE(zombie->commit(), CommitOutcome::committed);
  ASSERT_TRUE(successor->begin().ok());
  ASSERT_TRUE(successor->produce(record_of(topic, "successor")).ok());
  ASSERT_EQ(successor->commit(), CommitOutcome::committed);

  ASSERT_TRUE(zombie->recreate().ok());
  ASSERT_TRUE(zombie->begin().ok());
  ASSERT_TRUE(zombie->produce(record_of(topic, "again")).ok());
  ASSERT_EQ(zombie->commit(), CommitOutcome::committed);
  EXPECT_EQ(values_of(read_topic(topic, 1, Isolation::read_committed)),
            (std::vector<std::string>{"successor", "again"}));
}

TEST(KafkaSink, GivesUpWhenItIsFencedAgainAndAgain) {
  Lab lab;
  const std::string topic = lab.topic("twins", 1);
  const std::string id = unique_name("sink");
  const auto sink = lab.sink(id);
  topology::Status status;
  int recreations = 0;
  for (; recreations < 5 && status.ok(); ++recreations) {
    lab.sink(id);
    ASSERT_TRUE(sink->begin().ok());
    static_cast<void>(sink->produce(record_of(topic, "never")));
    EXPECT_NE(sink->commit(), CommitOutcome::committed);
    status = sink->recreate();
  }
  EXPECT_EQ(recreations, 3);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::fenced);
}

// The source.

TEST(KafkaSource, GivesPartitionsPaused) {
  for (const GroupProtocol protocol : {GroupProtocol::consumer, GroupProtocol::classic}) {
    Lab lab(protocol);
    const std::string topic = lab.topic("paused", 2);
    append_plain(topic, 0, numbers(100));
    const auto source = lab.source(unique_name("group"));
    ResumingListener listener(*source);
    listener.leaves_paused = true;
    ASSERT_TRUE(source->subscribe({topic}, listener).ok());
    ASSERT_TRUE(join(*source, listener, 2));
    append_plain(topic, 0, numbers(100));
    for (int i = 0; i < 20; ++i) {
      const auto records = source->poll(100, short_wait);
      ASSERT_TRUE(records.ok());
      EXPECT_TRUE(records->empty());
    }
    ASSERT_TRUE(source->resume({topic, Partition(0)}, Offset(42)).ok());
    ASSERT_TRUE(eventually([&] {
      const auto records = source->poll(100, short_wait);
      if (!records) ADD_FAILURE() << records.error().message;
      if (!records || records->empty()) return !records.ok();
      EXPECT_EQ(records->front().offset, Offset(42));
      EXPECT_EQ(records->front().value, "42");
      return true;
    }));
    source->close();
  }
}

// A partition's records come in order and without a gap from where the last call put it, whatever is fetched,
// queued or half given. The input has no transactions, so every offset is a record.
TEST(KafkaSource, NeitherSkipsNorRepeatsOverPausesAndSeeks) {
  Lab lab;
  const std::string topic = lab.topic("moved", 3);
  for (std::int32_t partition = 0; partition < 3; ++partition) append_plain(topic, partition, numbers(3000));
  const auto source = lab.source(unique_name("group"));
  ResumingListener listener(*source);
  listener.leaves_paused = true;
  ASSERT_TRUE(source->subscribe({topic}, listener).ok());
  ASSERT_TRUE(join(*source, listener, 3));

  std::mt19937 random(20261125);
  const auto below = [&](std::int64_t bound) { return static_cast<std::int64_t>(random() % bound); };
  std::map<TopicPartition, std::optional<std::int64_t>> expected;  // nothing: paused
  for (const TopicPartition& partition : listener.owned) expected[partition] = std::nullopt;
  std::int64_t given = 0;
  for (int step = 0; step < 3000; ++step) {
    auto& [partition, next] = *std::next(expected.begin(), below(3));
    const std::int64_t action = below(8);
    if (action == 0) {
      next.reset();
      ASSERT_TRUE(source->pause(partition).ok());
    } else if (action == 1 && !next) {
      next = below(2500);
      ASSERT_TRUE(source->resume(partition, Offset(*next)).ok());
    } else if (action == 2 && next) {
      next = below(2500);
      const std::pair position(partition, Offset(*next));
      ASSERT_TRUE(source->seek(std::span(&position, 1)).ok());
    }
    const auto records =
        source->poll(static_cast<std::size_t>(1 + below(400)), topology::Duration{below(4000)});
    ASSERT_TRUE(records.ok()) << records.error().message;
    for (const InputRecord& record : *records) {
      auto& position = expected.at(*record.from);
      ASSERT_TRUE(position.has_value()) << "a record of a paused partition, step " << step;
      ASSERT_EQ(record.offset.value, *position) << "step " << step;
      ASSERT_EQ(record.value, std::to_string(*position));
      ++*position;
      ++given;
    }
  }
  EXPECT_GT(given, 10'000);
  EXPECT_EQ(source->repeats_dropped(), 0u);
  source->close();
}

TEST(KafkaSource, NamesTheRangeThatIsGone) {
  Lab lab;
  const std::string topic = lab.topic("trimmed", 1);
  append_plain(topic, 0, numbers(30));
  const TopicPartition partition{topic, Partition(0)};
  ASSERT_TRUE(lab.purge(partition, Offset(10)));
  for (const std::int64_t start : {3, 99}) {
    const auto source = lab.source(unique_name("group"));
    ResumingListener listener(*source);
    listener.leaves_paused = true;
    ASSERT_TRUE(source->subscribe({topic}, listener).ok());
    ASSERT_TRUE(join(*source, listener, 1));
    ASSERT_TRUE(source->resume(partition, Offset(start)).ok());
    std::string message;
    ASSERT_TRUE(eventually([&] {
      const auto records = source->poll(100, short_wait);
      if (records) return false;
      EXPECT_EQ(records.error().code, ErrorCode::offset_out_of_log);
      message = records.error().message;
      return true;
    }));
    const std::string expected = start == 3
                                     ? "offsets 3..9 of " + topic + "/0 are gone"
                                     : "offset 99 of " + topic + "/0 is outside of the log, which ends at 30";
    EXPECT_NE(message.find(expected), std::string::npos) << message;
    source->close();
  }
}

TEST(KafkaSource, WhatAnHeirReadAndDeletedIsNotLost) {
  Lab lab;
  const std::string topic = lab.topic("inherited", 1);
  append_plain(topic, 0, numbers(30));
  const TopicPartition partition{topic, Partition(0)};
  const auto source = lab.source(unique_name("group"));
  ResumingListener listener(*source);
  listener.leaves_paused = true;
  ASSERT_TRUE(source->subscribe({topic}, listener).ok());
  ASSERT_TRUE(join(*source, listener, 1));
  // The group stands behind what this member goes on from, as when it was removed and has not been told.
  const auto sink = lab.sink(unique_name("heir"));
  ASSERT_TRUE(sink->begin().ok());
  ASSERT_TRUE(sink->send_offsets({{partition, Offset(10)}}, source->group_metadata()).ok());
  ASSERT_EQ(sink->commit(), CommitOutcome::committed);
  ASSERT_TRUE(lab.purge(partition, Offset(10)));
  ASSERT_TRUE(source->resume(partition, Offset(3)).ok());
  for (int polls = 0; polls < 20; ++polls) {
    const auto records = source->poll(100, short_wait);
    ASSERT_TRUE(records.ok()) << records.error().message;
    EXPECT_TRUE(records->empty());
  }
  source->close();
}

TEST(KafkaSource, NamesTheTopicThatIsMissing) {
  for (const GroupProtocol protocol : {GroupProtocol::consumer, GroupProtocol::classic}) {
    Lab lab(protocol);
    const std::string topic = unique_name("missing");
    const auto source = lab.source(unique_name("group"));
    ResumingListener listener(*source);
    const auto status = source->subscribe({topic}, listener);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, ErrorCode::topic_missing) << status.error().message;
    EXPECT_NE(status.error().message.find(topic), std::string::npos) << status.error().message;
    source->close();
  }
}

TEST(KafkaSource, WaitsForTheOffsetsOfAnOpenTransaction) {
  Lab lab;
  const std::string topic = lab.topic("unstable", 1);
  const auto source = lab.source(unique_name("group"));
  ResumingListener listener(*source);
  ASSERT_TRUE(source->subscribe({topic}, listener).ok());
  ASSERT_TRUE(join(*source, listener, 1));
  const auto sink = lab.sink(unique_name("sink"));
  ASSERT_TRUE(sink->begin().ok());
  ASSERT_TRUE(sink->produce(record_of(topic, "one")).ok());
  ASSERT_TRUE(sink->send_offsets({{listener.owned.front(), Offset(5)}}, source->group_metadata()).ok());
  auto committed = std::async(std::launch::async, [&] { return source->committed(listener.owned); });
  EXPECT_EQ(committed.wait_for(std::chrono::milliseconds(500)), std::future_status::timeout);
  ASSERT_EQ(sink->commit(), CommitOutcome::committed);
  const auto offsets = committed.get();
  ASSERT_TRUE(offsets.ok());
  EXPECT_EQ(offsets->front(), Offset(5));
  source->close();
}

// A worker that was away for too long still gets the group's offsets, for its decision about the last
// transaction; its next poll tells it what it lost, and it joins again.
TEST(KafkaSource, ReadsOffsetsAndJoinsAgainAfterTheGroupWentOnWithoutIt) {
  for (const GroupProtocol protocol : {GroupProtocol::consumer, GroupProtocol::classic}) {
    Lab lab(protocol);
    lab.settings.kafka["max.poll.interval.ms"] = "6000";
    const std::string topic = lab.topic("away", 1);
    append_plain(topic, 0, numbers(10));
    const std::string group = unique_name("group");
    const auto source = lab.source(group);
    ResumingListener listener(*source);
    ASSERT_TRUE(source->subscribe({topic}, listener).ok());
    ASSERT_TRUE(join(*source, listener, 1));
    const auto sink = lab.sink(unique_name("sink"));
    ASSERT_TRUE(sink->begin().ok());
    ASSERT_TRUE(sink->produce(record_of(topic, "10")).ok());
    ASSERT_TRUE(sink->send_offsets({{{topic, Partition(0)}, Offset(4)}}, source->group_metadata()).ok());
    ASSERT_EQ(sink->commit(), CommitOutcome::committed);
    const auto topics = lab.topics();
    ASSERT_TRUE(eventually([&] { return *topics->group_member_count(group) == 0; }));

    const auto committed = source->committed(listener.owned);
    ASSERT_TRUE(committed.ok()) << committed.error().message;
    EXPECT_EQ(committed->front(), Offset(4));
    ASSERT_EQ(listener.owned.size(), 1u) << "nobody has told it yet";
    ASSERT_TRUE(sink->begin().ok());
    ASSERT_TRUE(sink->produce(record_of(topic, "never")).ok());
    EXPECT_FALSE(sink->send_offsets({{{topic, Partition(0)}, Offset(9)}}, source->group_metadata()).ok());
    ASSERT_TRUE(sink->abort().ok());

    std::optional<Offset> first;
    ASSERT_TRUE(eventually([&] {
      const auto records = source->poll(100, short_wait);
      EXPECT_TRUE(records.ok()) << records.error().message;
      if (records && listener.losses > 0 && !records->empty()) first = records->front().offset;
      return !records || first;
    }));
    EXPECT_EQ(first, Offset(4));
    EXPECT_EQ(listener.losses, 1);
    source->close();
  }
}

}  // namespace
}  // namespace tallymill::integration
