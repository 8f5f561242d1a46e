#include "processor/settings/engine_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/settings/settings_sample.h"

namespace tallymill::processor {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;
using testing::UnorderedElementsAre;

TEST(EngineConfigTest, ReadsEverySettingFromTheFile) {
  const EngineSettings settings = settings_of(of_file(R"(# all of them
kafka:
  bootstrap.servers: [one:9092, two:9092]
  security.protocol: SASL_SSL
group_protocol: classic
instance_id: machine-7
transaction_timeout: 30s
internal_topics:
  create: false
  prefix: spend
  replication_factor: 3
  config: { min.insync.replicas: 2 }
workers: 1
state: { directory: /var/lib/tallymill }
commit: { interval: 250ms, records: 1000, bytes: 1048576 }
poll: { records: 500 }
http: { address: "127.0.0.1:0" }
admin: { address: "[::1]:8080", peers: ["a.example:9465", "[::2]:9465"], token: a-token }
log: { level: warning, format: json }
secrets: { directories: [/run/secrets, /etc/tallymill/secrets] }
)"))
                                      .settings;
  EXPECT_THAT(settings.kafka, UnorderedElementsAre(Pair("bootstrap.servers", "one:9092,two:9092"),
                                                   Pair("security.protocol", "SASL_SSL")));
  EXPECT_EQ(settings.group_protocol, GroupProtocol::classic);
  EXPECT_EQ(settings.instance_id, "machine-7");
  EXPECT_EQ(settings.transaction_timeout.microseconds, 30'000'000);
  EXPECT_FALSE(settings.internal_topics.create);
  EXPECT_EQ(settings.internal_topics.prefix, "spend");
  EXPECT_EQ(settings.internal_topics.replication_factor, 3);
  EXPECT_THAT(settings.internal_topics.config, ElementsAre(Pair("min.insync.replicas", "2")));
  EXPECT_EQ(settings.workers, 1U);
  EXPECT_EQ(settings.state_directory, "/var/lib/tallymill");
  EXPECT_EQ(settings.commit_interval.microseconds, 250'000);
  EXPECT_EQ(settings.commit_records_max, 1000U);
  EXPECT_EQ(settings.commit_bytes_max, 1'048'576U);
  EXPECT_EQ(settings.poll_records_max, 500U);
  EXPECT_EQ(settings.http.host, "127.0.0.1");
  EXPECT_EQ(settings.http.port, 0);
  EXPECT_EQ(settings.admin.host, "::1");
  EXPECT_EQ(settings.admin.port, 8080);
  ASSERT_EQ(settings.admin_peers.size(), 2U);
  EXPECT_EQ(address_text(settings.admin_peers[0]), "a.example:9465");
  EXPECT_EQ(address_text(settings.admin_peers[1]), "[::2]:9465");
  EXPECT_EQ(settings.admin_token, "a-token");
  EXPECT_EQ(settings.log.level, LogSettings::Level::warning);
  EXPECT_EQ(settings.log.format, LogSettings::Format::json);
}

TEST(EngineConfigTest, DefaultsAreThoseOfEngineSettings) {
  const EngineSettings read = settings_of(of_arguments({})).settings;
  const EngineSettings made;
  EXPECT_EQ(read.group_protocol, made.group_protocol);
  EXPECT_EQ(read.instance_id, made.instance_id);
  EXPECT_EQ(read.transaction_timeout, made.transaction_timeout);
  EXPECT_EQ(read.internal_topics.create, made.internal_topics.create);
  EXPECT_EQ(read.internal_topics.prefix, made.internal_topics.prefix);
  EXPECT_EQ(read.internal_topics.replication_factor, made.internal_topics.replication_factor);
  EXPECT_EQ(read.internal_topics.config, made.internal_topics.config);
  EXPECT_EQ(read.workers, made.workers);
  EXPECT_EQ(read.state_directory, made.state_directory);
  EXPECT_EQ(read.commit_interval, made.commit_interval);
  EXPECT_EQ(read.commit_records_max, made.commit_records_max);
  EXPECT_EQ(read.commit_bytes_max, made.commit_bytes_max);
  EXPECT_EQ(read.poll_records_max, made.poll_records_max);
  EXPECT_EQ(read.http.host, made.http.host);
  EXPECT_EQ(read.http.port, made.http.port);
  EXPECT_EQ(read.admin.host, made.admin.host);
  EXPECT_EQ(read.admin.port, made.admin.port);
  EXPECT_EQ(read.admin_token, made.admin_token);
  EXPECT_EQ(read.dead_letter_hash_key, made.dead_letter_hash_key);
  EXPECT_EQ(read.log.level, made.log.level);
  EXPECT_EQ(read.log.format, made.log.format);
}

TEST(EngineConfigTest, EveryChoiceReachesItsEnumerator) {
  const auto log_level = [](const std::string& name) {
    return settings_of(of_arguments({"log.level=" + name})).settings.log.level;
  };
  EXPECT_EQ(log_level("debug"), LogSettings::Level::debug);
  EXPECT_EQ(log_level("info"), LogSettings::Level::info);
  EXPECT_EQ(log_level("warning"), LogSettings::Level::warning);
  EXPECT_EQ(log_level("error"), LogSettings::Level::error);
  const auto protocol = [](const std::string& name) {
    return settings_of(of_arguments({"group_protocol=" + name})).settings.group_protocol;
  };
  EXPECT_EQ(protocol("automatic"), GroupProtocol::automatic);
  EXPECT_EQ(protocol("consumer"), GroupProtocol::consumer);
  EXPECT_EQ(protocol("classic"), GroupProtocol::classic);
  EXPECT_EQ(settings_of(of_arguments({"log.format=text"})).settings.log.format, LogSettings::Format::text);
}

TEST(EngineConfigTest, LaterSourcesWin) {
  EngineConfigSource source =
      of_file("kafka: { bootstrap.servers: 'file:1' }\nworkers: 2\ncommit: { records: 5 }");
  EXPECT_EQ(settings_of(source).settings.workers, 2U);
  source.environment = {{"TALLYMILL_WORKERS", "3"}, {"TALLYMILL_KAFKA__BOOTSTRAP_SERVERS", "environment:1"}};
  EXPECT_EQ(settings_of(source).settings.workers, 3U);
  source.arguments = {"workers=4", "workers=5"};
  const EngineSettings settings = settings_of(source).settings;
  EXPECT_EQ(settings.workers, 5U);
  EXPECT_EQ(settings.kafka.at("bootstrap.servers"), "environment:1");
  EXPECT_EQ(settings.commit_records_max, 5U);
}

TEST(EngineConfigTest, BrokersAreRequiredAndTheErrorSaysTheWays) {
  EXPECT_THAT(refusal_of({}), AllOf(HasSubstr("kafka.bootstrap.servers is not set"),
                                    HasSubstr("[missing_field]"), HasSubstr("`bootstrap.servers: HOST:PORT`"),
                                    HasSubstr("TALLYMILL_KAFKA__BOOTSTRAP_SERVERS"),
                                    HasSubstr("--set kafka.bootstrap.servers=HOST:PORT")));
  EXPECT_THAT(refusal_of(of_file("kafka: { bootstrap.servers: '' }")), HasSubstr("is not set"));
  EXPECT_THAT(refusal_of(of_file("kafka: { bootstrap.servers: '${env:NOT_THERE}' }")),
              AllOf(HasSubstr("no variable NOT_THERE"), Not(HasSubstr("is not set"))));
}

TEST(EngineConfigTest, AllErrorsComeAtOnceWithTheirPlaces) {
  EngineConfigSource source = of_file("workers: many\nlog:\n  level: loud\n  form: json\ncommit: 5s\n");
  source.environment = {{"TALLYMILL_POLL__RECORDS", "0"}};
  source.arguments = {"http.address=nowhere"};
  const std::string refusal = refusal_of(source);
  EXPECT_THAT(refusal,
              AllOf(HasSubstr("engine.yaml:1:10: error: workers takes a whole number"),
                    HasSubstr("engine.yaml:3:10: error: log.level takes one of: debug, info"),
                    HasSubstr("engine.yaml:4:3: error: there is no setting \"log.form\" [unknown_field]"),
                    HasSubstr("did you mean \"log.format\"?"),
                    HasSubstr("engine.yaml:5:9: error: commit takes a mapping of settings")));
  EXPECT_THAT(refusal,
              AllOf(HasSubstr("environment TALLYMILL_POLL__RECORDS: error: poll.records is \"0\", and must "
                              "be from 1 to 100000 [invalid_value]"),
                    HasSubstr("--set http.address: error: http.address takes HOST:PORT"),
                    HasSubstr("kafka.bootstrap.servers is not set"), HasSubstr("7 errors")));
}

TEST(EngineConfigTest, BoundsHoldAtBothEnds) {
  for (const char* taken : {"workers=1", "workers=256", "poll.records=100000", "commit.interval=1ms",
                            "transaction_timeout=15m", "internal_topics.replication_factor=32767"}) {
    EXPECT_TRUE(read(of_arguments({taken})).ok()) << taken;
  }
  for (const char* refused :
       {"workers=0", "workers=257", "workers=-1", "workers=1.5", "workers=", "workers=99999999999999999999",
        "poll.records=100001", "commit.interval=999us", "commit.interval=6m", "commit.interval=5",
        "transaction_timeout=901s", "internal_topics.replication_factor=32768", "commit.bytes=1023",
        "internal_topics.create=yes", "log.level=INFO"}) {
    EXPECT_THAT(refusal_of(of_arguments({refused})), HasSubstr("[invalid_value]")) << refused;
  }
}

TEST(EngineConfigTest, AddressesAreHostAndPort) {
  EXPECT_EQ(settings_of(of_arguments({"http.address=localhost:0"})).settings.http.host, "localhost");
  EXPECT_EQ(settings_of(of_arguments({"http.address=localhost:65535"})).settings.http.port, 65535);
  for (const char* refused :
       {"localhost", ":9464", "localhost:", "localhost:65536", "localhost:-1", "::1:9464", "[]:9464", "[::1]",
        "a b:1", "localhost:9464 ", "http://localhost:1"}) {
    EXPECT_THAT(refusal_of(of_arguments({std::string("http.address=") + refused})),
                HasSubstr("takes HOST:PORT"))
        << refused;
  }
}

TEST(EngineConfigTest, PeersAreAListOfAddresses) {
  const EngineConfig config = settings_of(of_arguments({"admin.peers=127.0.0.1:1,127.0.0.1:2"}));
  ASSERT_EQ(config.settings.admin_peers.size(), 2U);
  EXPECT_EQ(config.settings.admin_peers[1].port, 2);
  EXPECT_EQ(config.scrubbed.at("admin.peers"), "127.0.0.1:1,127.0.0.1:2");
  EXPECT_THAT(refusal_of(of_arguments({"admin.peers=127.0.0.1:1,nowhere"})),
              HasSubstr("admin.peers takes a list of HOST:PORT, and this is \"nowhere\""));
  EXPECT_THAT(refusal_of(of_arguments({"admin.peers="})), HasSubstr("admin.peers takes a list of HOST:PORT"));
}

TEST(EngineConfigTest, SettingsMustFitTogether) {
  EXPECT_THAT(
      refusal_of(of_arguments({"commit.interval=6s"})),
      HasSubstr("--set commit.interval: error: commit.interval is more than half of transaction_timeout"));
  EXPECT_THAT(refusal_of(of_file("kafka: { bootstrap.servers: 'b:1' }\ncommit: { interval: 2s }\n"
                                 "transaction_timeout: 3s")),
              HasSubstr("engine.yaml:2:21: error: commit.interval"));
  EXPECT_THAT(refusal_of(of_arguments({"instance_id=a", "workers=2"})), HasSubstr("set workers to 1"));
  EXPECT_THAT(refusal_of(of_arguments({"instance_id=a", "group_protocol=consumer"})),
              HasSubstr("needs the classic group protocol"));
  EXPECT_TRUE(read(of_arguments({"instance_id=a"})).ok());
}

TEST(EngineConfigTest, KafkaPropertiesAreRefusedWithTheRulesOwnReason) {
  EXPECT_THAT(refusal_of(of_arguments({"kafka.enable.auto.commit=true"})),
              HasSubstr("--set kafka.enable.auto.commit: error: kafka.enable.auto.commit is Tallymill's"));
  EXPECT_THAT(refusal_of(of_file("kafka: { bootstrap.servers: 'b:1', sasl.jaas.config: x }")),
              HasSubstr("write sasl.username and sasl.password"));
  EXPECT_THAT(refusal_of(of_arguments({"kafka.linger.ms=bad"})), HasSubstr("librdkafka refuses bad"));
}

TEST(EngineConfigTest, ConfigurationOfInternalTopicsLeavesTheirPurposeAlone) {
  for (const char* owned : {"cleanup.policy", "retention.ms", "retention.bytes"}) {
    EXPECT_THAT(refusal_of(of_arguments({"internal_topics.config." + std::string(owned) + "=1"})),
                HasSubstr("is Tallymill's"));
  }
  EXPECT_THAT(refusal_of(of_arguments({"internal_topics.prefix=a/b"})),
              HasSubstr("no beginning of a topic's name"));
}

TEST(EngineConfigTest, ScrubbedHasEveryValueByItsPath) {
  const auto scrubbed = settings_of(of_arguments({"workers=2", "kafka.linger.ms=5"})).scrubbed;
  EXPECT_EQ(scrubbed.at("workers"), "2");
  EXPECT_EQ(scrubbed.at("commit.interval"), "100ms");
  EXPECT_EQ(scrubbed.at("kafka.linger.ms"), "5");
  EXPECT_EQ(scrubbed.at("kafka.bootstrap.servers"), "broker:9092");
  EXPECT_FALSE(scrubbed.contains("admin.token"));
}

}  // namespace
}  // namespace tallymill::processor
