#include <gtest/gtest.h>

#include <cstdlib>
#include <future>
#include <string>

#include "processor/kafka/kafka_connector.h"
#include "tests/integration/kafka_lab.h"

// Changelogs, topics and connecting, against a real broker.
namespace tallymill::integration {
namespace {

using processor::CommitOutcome;
using processor::GroupProtocol;
using processor::LogPlace;
using processor::TopicPartition;
using processor::kafka::KafkaConnector;
using topology::ErrorCode;
using topology::Offset;
using topology::Partition;

constexpr topology::Duration short_wait{50'000};

std::vector<std::string> numbers(int count) {
  std::vector<std::string> values;
  for (int i = 0; i < count; ++i) values.push_back(std::to_string(i));
  return values;
}

void produce(processor::TransactionalSink& sink, const std::string& topic, std::string_view value,
             int count) {
  ASSERT_TRUE(sink.begin().ok());
  for (int i = 0; i < count; ++i) {
    ASSERT_TRUE(sink.produce({.topic = topic, .partition = Partition(0), .value = value}).ok());
  }
}

/// Polls once and adds what came.
void read_on(processor::ChangelogReader& reader, std::vector<std::string>& values) {
  const auto records = reader.poll(7, short_wait);
  ASSERT_TRUE(records.ok()) << records.error().message;
  for (const auto& record : *records) values.emplace_back(*record.value);
}

TEST(KafkaChangelogs, AreReadToTheirEndPastAbortedAndOpenTransactions) {
  Lab lab;
  const std::string topic = lab.topic("changelog", 1);
  const TopicPartition partition{topic, Partition(0)};
  const auto first = lab.sink(unique_name("first"));
  produce(*first, topic, "kept", 10);
  ASSERT_EQ(first->commit(), CommitOutcome::committed);
  const auto open = lab.sink(unique_name("open"));
  produce(*open, topic, "open", 3);
  ASSERT_TRUE(eventually([&] { return read_topic(topic, 1, Isolation::read_uncommitted).size() == 13; }));
  produce(*first, topic, "kept", 4);
  ASSERT_EQ(first->commit(), CommitOutcome::committed);

  const auto reader = lab.reader();
  ASSERT_TRUE(reader->start(std::span(&partition, 1)).ok());
  std::vector<std::string> values;
  for (int i = 0; i < 20; ++i) read_on(*reader, values);
  EXPECT_EQ(values.size(), 10u);
  EXPECT_FALSE(reader->progress(partition).done()) << "the open transaction may still be committed";
  EXPECT_EQ(reader->progress(partition).begin, Offset(0));
  EXPECT_GE(reader->progress(partition).end.value, 18);
  static_cast<void>(open->abort());
  ASSERT_TRUE(eventually([&] {
    read_on(*reader, values);
    return reader->progress(partition).done();
  }));
  EXPECT_EQ(values, std::vector<std::string>(14, "kept"));
  reader->stop(partition);
  EXPECT_TRUE(reader->poll(10, {}).ok());
}

TEST(KafkaChangelogs, BeginWhereTheLogBegins) {
  Lab lab;
  const std::string topic = lab.topic("changelog", 3);
  append_plain(topic, 0, numbers(50));
  append_plain(topic, 2, numbers(20));
  ASSERT_TRUE(lab.purge({topic, Partition(0)}, Offset(30)));
  const auto reader = lab.reader();
  std::vector<TopicPartition> all;
  for (std::int32_t i = 0; i < 3; ++i) all.push_back({topic, Partition(i)});
  ASSERT_TRUE(reader->start(all).ok());
  EXPECT_TRUE(reader->progress({topic, Partition(1)}).done()) << "an empty partition is read";
  EXPECT_EQ(reader->progress({topic, Partition(0)}).begin, Offset(30));
  std::vector<std::string> values;
  ASSERT_TRUE(eventually([&] {
    read_on(*reader, values);
    return reader->progress({topic, Partition(0)}).done() && reader->progress({topic, Partition(2)}).done();
  }));
  EXPECT_EQ(values.size(), 40u);
  const TopicPartition absent{topic, Partition(9)};
  const auto missing = reader->start(std::span(&absent, 1));
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().code, ErrorCode::topic_missing) << missing.error().message;
}

TEST(KafkaTopics, AreCountedAndCreated) {
  Lab lab;
  const auto topics = lab.topics();
  const std::string name = unique_name("created");
  for (int i = 0; i < 2; ++i) {
    const auto absent = topics->partition_count(name);
    ASSERT_TRUE(absent.ok()) << absent.error().message;
    EXPECT_EQ(*absent, std::nullopt) << "asking must not create it";
  }
  ASSERT_TRUE(topics->create(name, 3, std::int16_t{1}, {{"cleanup.policy", "compact"}}).ok());
  EXPECT_EQ(*topics->partition_count(name), 3);
  EXPECT_TRUE(topics->create(name, 3, std::nullopt, {}).ok());
  const auto other = topics->create(name, 5, std::nullopt, {});
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().code, ErrorCode::partition_count_changed);
  EXPECT_NE(other.error().message.find("with 3 partitions and must have 5"), std::string::npos);
  const auto refused = topics->create(unique_name("refused"), 1, std::nullopt, {{"no.such.setting", "1"}});
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("no.such.setting"), std::string::npos) << refused.error().message;
}

TEST(KafkaTopics, KnowThePlacesOfALog) {
  Lab lab;
  const auto topics = lab.topics();
  const std::string topic = lab.topic("places", 2);
  append_plain(topic, 0, numbers(20));
  ASSERT_TRUE(lab.purge({topic, Partition(0)}, Offset(5)));
  const auto sink = lab.sink(unique_name("open"));
  produce(*sink, topic, "committed", 1);
  ASSERT_EQ(sink->commit(), CommitOutcome::committed);
  const std::vector<TopicPartition> partitions{{topic, Partition(1)}, {topic, Partition(0)}};
  const auto offsets_of = [&](LogPlace place) {
    const auto offsets = topics->offsets(partitions, place);
    EXPECT_TRUE(offsets.ok()) << offsets.error().message;
    return offsets ? *offsets : std::vector<Offset>{};
  };
  using Kind = LogPlace::Kind;
  // The record, and the marker of its commit, which is written behind the broker's answer.
  EXPECT_TRUE(eventually([&] { return offsets_of({Kind::end, 0})[1] == Offset(22); }));
  EXPECT_EQ(offsets_of({Kind::begin, 0}), (std::vector{Offset(0), Offset(5)}));
  EXPECT_EQ(offsets_of({Kind::end, 0}), (std::vector{Offset(0), Offset(22)}));
  EXPECT_EQ(offsets_of({Kind::time, 0}), (std::vector{Offset(0), Offset(5)}));
  const std::int64_t far = 32'503'680'000'000;
  EXPECT_EQ(offsets_of({Kind::time, far}), (std::vector{Offset(0), Offset(22)}));
}

TEST(KafkaTopics, CountTheMembersOfAGroup) {
  for (const GroupProtocol protocol : {GroupProtocol::consumer, GroupProtocol::classic}) {
    Lab lab(protocol);
    const auto topics = lab.topics();
    const std::string topic = lab.topic("members", 2);
    const std::string group = unique_name("members");
    const auto none = topics->group_member_count(group);
    ASSERT_TRUE(none.ok()) << none.error().message;
    EXPECT_EQ(*none, 0u);
    const auto source = lab.source(group);
    ResumingListener listener(*source);
    ASSERT_TRUE(source->subscribe({topic}, listener).ok());
    ASSERT_TRUE(eventually([&] { return !source->poll(10, short_wait).ok() || listener.owned.size() == 2; }));
    EXPECT_EQ(*topics->group_member_count(group), 1u);
    source->close();
    EXPECT_TRUE(listener.owned.empty()) << "close() revokes";
    EXPECT_TRUE(eventually([&] { return *topics->group_member_count(group) == 0; }));
  }
}

TEST(KafkaConnector, MakesAllThatAWorkerNeeds) {
  Lab lab;
  KafkaConnector connector(lab.settings, unique_name("spend"), "process", lab.log, lab.stop);
  const auto connections = connector.connect_worker(0, lab.pulse);
  ASSERT_TRUE(connections.ok()) << connections.error().message;
  EXPECT_TRUE(connections->source && connections->sink && connections->changelogs && connections->topics);
  EXPECT_TRUE(connector.connect_topics().ok());
}

TEST(KafkaConnector, CanBeStoppedWhileNoBrokerAnswers) {
  const std::pair<std::string, std::string> cases[] = {{"localhost:1", "it refuses the connection"},
                                                       {"no-such-host.invalid:9092", "cannot be resolved"}};
  for (const auto& [bootstrap, cause] : cases) {
    KeptLog log;
    std::atomic<bool> stop = false;
    processor::Pulse pulse;
    KafkaConnector connector(settings_for(bootstrap), "spend", "process", log, stop);
    auto connecting = std::async(std::launch::async, [&] { return connector.connect_worker(0, pulse).error(); });
    EXPECT_TRUE(eventually([&] { return log.has(cause); })) << cause;
    EXPECT_EQ(connecting.wait_for(std::chrono::seconds(2)), std::future_status::timeout);
    stop = true;
    ASSERT_EQ(connecting.wait_for(std::chrono::seconds(10)), std::future_status::ready);
    EXPECT_EQ(connecting.get().code, ErrorCode::broker_unreachable);
    EXPECT_TRUE(log.has(bootstrap)) << "the line names the broker";
    EXPECT_EQ(log.count(cause), 1u) << "one cause is told once";
  }
}

TEST(KafkaConnector, RefusesPropertiesThatAreNotTheUsers) {
  using processor::kafka::check_property;
  EXPECT_TRUE(check_property("security.protocol", "SASL_SSL").ok());
  EXPECT_TRUE(check_property("linger.ms", "50").ok());
  const auto owned = check_property("isolation.level", "read_uncommitted");
  EXPECT_NE(owned.error().message.find("aborted transactions"), std::string::npos);
  const auto java = check_property("ssl.truststore.location", "/etc/trust.jks");
  EXPECT_NE(java.error().hint.find("ssl.ca.location"), std::string::npos);
  const auto secret = check_property("sasl.oauthbearer.method", "hidden");
  ASSERT_FALSE(secret.ok());
  EXPECT_EQ(secret.error().message.find("hidden"), std::string::npos);
  const auto wrong = check_property("linger.ms", "soon");
  EXPECT_EQ(wrong.error().code, ErrorCode::client_property);
  EXPECT_NE(wrong.error().message.find("linger.ms"), std::string::npos);
}

// A listener that asks for a login; its one user, `stranger`, has no rights at all. The wrapper makes it.
processor::EngineSettings settings_of_stranger(const std::string& password) {
  const char* bootstrap = std::getenv("TALLYMILL_TEST_SECURED_BOOTSTRAP");
  EXPECT_NE(bootstrap, nullptr)
      << "TALLYMILL_TEST_SECURED_BOOTSTRAP is not set; see tests/integration/README.md";
  processor::EngineSettings settings = settings_for(bootstrap == nullptr ? "localhost:1" : bootstrap);
  settings.kafka["security.protocol"] = "SASL_PLAINTEXT";
  settings.kafka["sasl.mechanism"] = "PLAIN";
  settings.kafka["sasl.username"] = "stranger";
  settings.kafka["sasl.password"] = password;
  return settings;
}

TEST(KafkaConnector, NamesTheRightThatIsMissing) {
  Lab lab;
  lab.settings = settings_of_stranger("stranger-secret");
  KafkaConnector connector(lab.settings, "spend", "process", lab.log, lab.stop);
  const auto connections = connector.connect_worker(0, lab.pulse);
  ASSERT_FALSE(connections.ok());
  EXPECT_EQ(connections.error().code, ErrorCode::not_authorized);
  EXPECT_NE(connections.error().message.find("transactional id spend-process-0"), std::string::npos)
      << connections.error().message;
  EXPECT_NE(connections.error().hint.find("Write and Describe on the transactional id"), std::string::npos)
      << connections.error().hint;

  const auto source = lab.source("spend");
  ResumingListener listener(*source);
  const auto status = source->subscribe({"orders"}, listener);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::not_authorized) << status.error().message;
  EXPECT_NE(status.error().message.find("topic orders"), std::string::npos) << status.error().message;
  const auto members = lab.topics()->group_member_count("spend");
  ASSERT_FALSE(members.ok());
  EXPECT_EQ(members.error().code, ErrorCode::not_authorized) << members.error().message;
  EXPECT_NE(members.error().message.find("consumer group spend"), std::string::npos)
      << members.error().message;
}

TEST(KafkaConnector, SaysThatALoginIsRefusedAndTriesOn) {
  KeptLog log;
  std::atomic<bool> stop = false;
  processor::Pulse pulse;
  KafkaConnector connector(settings_of_stranger("wrong-secret"), "spend", "process", log, stop);
  auto connecting = std::async(std::launch::async, [&] { return connector.connect_worker(0, pulse).error(); });
  EXPECT_TRUE(eventually([&] { return log.has("the login was refused"); }));
  stop = true;
  ASSERT_EQ(connecting.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  EXPECT_EQ(connecting.get().code, ErrorCode::broker_unreachable);
  EXPECT_FALSE(log.has("wrong-secret"));
}

// A listener that the broker advertises at an address where nobody listens, as behind a wrong port mapping.
TEST(KafkaConnector, NamesTheAddressThatIsAdvertisedAndCannotBeReached) {
  const char* bootstrap = std::getenv("TALLYMILL_TEST_MISADVERTISED_BOOTSTRAP");
  ASSERT_NE(bootstrap, nullptr)
      << "TALLYMILL_TEST_MISADVERTISED_BOOTSTRAP is not set; see tests/integration/README.md";
  KeptLog log;
  std::atomic<bool> stop = false;
  processor::Pulse pulse;
  KafkaConnector connector(settings_for(bootstrap), "spend", "process", log, stop);
  auto connecting = std::async(std::launch::async, [&] { return connector.connect_worker(0, pulse).error(); });
  EXPECT_TRUE(
      eventually([&] { return log.has("the brokers advertise 127.0.0.1:1, which cannot be reached"); }));
  EXPECT_TRUE(log.has("check advertised.listeners"));
  stop = true;
  ASSERT_EQ(connecting.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  EXPECT_EQ(connecting.get().code, ErrorCode::broker_unreachable);
}

// A broker that does not offer KIP-848; the wrapper starts one and names it.
TEST(KafkaConnector, FallsBackToTheClassicProtocol) {
  const char* bootstrap = std::getenv("TALLYMILL_TEST_CLASSIC_BOOTSTRAP");
  ASSERT_NE(bootstrap, nullptr) << "TALLYMILL_TEST_CLASSIC_BOOTSTRAP is not set; see tests/README.md";
  Lab lab;
  lab.settings = settings_for(bootstrap);
  const std::string topic = lab.topic("classic", 2);
  const auto source = lab.source(unique_name("group"));
  ResumingListener listener(*source);
  ASSERT_TRUE(source->subscribe({topic}, listener).ok());
  ASSERT_TRUE(eventually([&] {
    const auto records = source->poll(10, short_wait);
    if (!records) ADD_FAILURE() << records.error().message;
    return !records || listener.owned.size() == 2;
  }));
  EXPECT_EQ(source->protocol(), GroupProtocol::classic);
  source->close();

  lab.settings.group_protocol = GroupProtocol::consumer;
  const auto refused = lab.source(unique_name("group"));
  ResumingListener ignored(*refused);
  ASSERT_TRUE(refused->subscribe({topic}, ignored).ok());
  EXPECT_TRUE(eventually([&] { return !refused->poll(10, short_wait).ok(); }));
}

}  // namespace
}  // namespace tallymill::integration
