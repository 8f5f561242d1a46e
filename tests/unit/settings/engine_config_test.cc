#include "processor/settings/engine_config.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "processor/settings/setting_table.h"

namespace tallymill::processor {
namespace {

constexpr std::string_view canary = "correct-horse-battery";

topology::Status check_property(const std::string& name, const std::string& value) {
  if (name != "refused") return {};
  return topology::Error{topology::ErrorCode::client_property, "refused has the value " + value, "remove it"};
}

class EngineConfigTest : public testing::Test {
 protected:
  EngineConfigTest() {
    source_.environment["TALLYMILL_KAFKA__BOOTSTRAP_SERVERS"] = "broker:9092";
    source_.file_name = "engine.yaml";
    std::filesystem::create_directories(folder_ + "/secrets");
    std::ofstream(folder_ + "/secrets/password") << canary << "\n";
    std::ofstream(folder_ + "/outside") << canary;
    std::filesystem::create_symlink(folder_ + "/outside", folder_ + "/secrets/link");
  }
  ~EngineConfigTest() override { std::filesystem::remove_all(folder_); }

  topology::Result<EngineConfig> read() { return read_engine_config(source_, check_property); }
  EngineConfig config() {
    auto read_config = read();
    EXPECT_TRUE(read_config) << read_config.error().message;
    return read_config ? std::move(*read_config) : EngineConfig();
  }
  /// All errors as text; none may hold a secret.
  std::string errors() {
    const auto read_config = read();
    EXPECT_FALSE(read_config);
    const std::string text = read_config ? "" : read_config.error().message;
    EXPECT_EQ(text.find(canary), std::string::npos) << text;
    return text;
  }

  const std::string folder_ = testing::TempDir() + "engine-config-" + std::to_string(::getpid());
  EngineConfigSource source_;
};

TEST_F(EngineConfigTest, EveryDefaultOfTheTableCanBeReadAndHasAPlace) {
  const EngineConfig defaults = config();
  EXPECT_EQ(defaults.settings.commit_interval.microseconds, 100'000);
  EXPECT_EQ(defaults.settings.http.port, 9464);
  EXPECT_EQ(defaults.settings.admin.host, "127.0.0.1");
  EXPECT_EQ(defaults.settings.kafka.at("bootstrap.servers"), "broker:9092");
  for (const SettingSpec& spec : setting_table()) EXPECT_FALSE(spec.doc.empty()) << spec.path;
}

TEST_F(EngineConfigTest, LaterSourcesWin) {
  source_.file_text =
      "workers: 2\ncommit: { interval: 1s, records: 7 }\nkafka: { bootstrap.servers: file:1 }\n";
  source_.environment["TALLYMILL_WORKERS"] = "3";
  source_.arguments = {"workers=4"};
  const EngineConfig read = config();
  EXPECT_EQ(read.settings.workers, 4U);
  EXPECT_EQ(read.settings.commit_interval.microseconds, 1'000'000);
  EXPECT_EQ(read.settings.commit_records_max, 7U);
  EXPECT_EQ(read.settings.kafka.at("bootstrap.servers"), "broker:9092")
      << "the environment is behind the file";
}

TEST_F(EngineConfigTest, ReferencesAreReplacedWithinOneValue) {
  source_.environment["PORT"] = "1234";
  source_.file_text = "secrets: { directories: [\"" + folder_ +
                      "/secrets\"] }\n"
                      "http: { address: \"${env:HOST:-0.0.0.0}:${env:PORT}\" }\n"
                      "state: { directory: a$$b }\n"
                      "kafka:\n  sasl.password: \"${file:" +
                      folder_ + "/secrets/password}\"\n  client.rack: x\n";
  const EngineConfig read = config();
  EXPECT_EQ(read.settings.http.host, "0.0.0.0");
  EXPECT_EQ(read.settings.http.port, 1234);
  EXPECT_EQ(read.settings.state_directory, "a$b");
  EXPECT_EQ(read.settings.kafka.at("sasl.password"), canary) << "less the newline at its end";
  EXPECT_EQ(read.scrubbed.at("kafka.sasl.password"), "(secret)");
  EXPECT_EQ(read.scrubbed.at("kafka.client.rack"), "x");
}

TEST_F(EngineConfigTest, FilesAreReadBelowTheNamedFoldersOnly) {
  for (const std::string& path :
       {folder_ + "/outside", folder_ + "/secrets/link", folder_ + "/secrets/../outside",
        folder_ + "/secrets", folder_ + "/none", std::string("relative")}) {
    source_.file_text = "secrets: { directories: [\"" + folder_ +
                        "/secrets\"] }\nadmin: { token: \"${file:" + path + "}\" }\n";
    EXPECT_NE(errors().find("engine.yaml:2:"), std::string::npos) << path;
  }
  source_.file_text.reset();
  source_.environment["TALLYMILL_ADMIN__TOKEN"] = "${file:" + folder_ + "/secrets/password}";
  EXPECT_NE(errors().find("allowed in the engine file only"), std::string::npos);
}

TEST_F(EngineConfigTest, SecretsAreRefusedOnTheCommandLineAndNeverShown) {
  source_.arguments = {"kafka.sasl.password=" + std::string(canary), "admin.token=" + std::string(canary)};
  const std::string text = errors();
  EXPECT_NE(text.find("TALLYMILL_KAFKA__SASL_PASSWORD"), std::string::npos) << text;
  EXPECT_NE(text.find("TALLYMILL_ADMIN__TOKEN"), std::string::npos) << text;
  source_.arguments.clear();
  source_.file_text =
      "secrets: { directories: [\"" + folder_ + "/secrets\"] }\nworkers: \"${file:" + folder_ +
      "/secrets/password}\"\nkafka: { refused: \"${file:" + folder_ + "/secrets/password}\" }\n";
  EXPECT_NE(errors().find("workers cannot be what was given"), std::string::npos);
}

TEST_F(EngineConfigTest, AllErrorsComeAtOnceWithTheirPlaces) {
  source_.file_text =
      "workers: 65\ncommit: { interval: 1ms }\nhttp: { address: nowhere }\ngroup_protocol: raft\nnonsense: "
      "1\n"
      "workers2: { a: [1] }\npoll: { records: [1, 2] }\nlog: { level: }\nstate: { directory: \"$x\" }\n"
      "kafka: { refused: 1 }\n";
  source_.environment["TALLYMILL_COMMIT__BYTES"] = "many";
  source_.environment["TALLYMILL_COMMIT__BITES"] = "1";
  source_.environment["TALLYMILL_CACHE"] = "/somewhere";
  source_.arguments = {"poll.records", "internal_topics.create=yes", "admin.address=[::1]:70000"};
  const std::string text = errors();
  for (const std::string_view part :
       {"engine.yaml:1:10: error: workers cannot be \"65\"", "engine.yaml:2:21: error: commit.interval",
        "engine.yaml:3:18: error: http.address", "engine.yaml:4:17: error: group_protocol cannot be \"raft\"",
        "engine.yaml:5:11: error: there is no setting \"nonsense\"", "there is no setting \"workers2.a\"",
        "poll.records takes one value", "log.level has no value", "a single $ stands in a value",
        "engine.yaml:10:19: error: refused has the value 1",
        "environment TALLYMILL_COMMIT__BYTES: error: commit.bytes",
        "environment TALLYMILL_COMMIT__BITES: error: there is no setting",
        "--set poll.records: error: --set takes", "--set internal_topics.create: error",
        "--set admin.address: error"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\nin\n" << text;
  }
  EXPECT_EQ(text.find("TALLYMILL_CACHE"), std::string::npos) << text;
}

TEST_F(EngineConfigTest, WithoutBrokersNothingStarts) {
  source_.environment.clear();
  EXPECT_NE(errors().find("kafka.bootstrap.servers is not set"), std::string::npos);
}

TEST_F(EngineConfigTest, BrokenYamlIsRefusedWithoutShowingTheLine) {
  source_.file_text = "kafka: { sasl.password: " + std::string(canary) + ", x: !tag y }\n";
  EXPECT_NE(errors().find("engine.yaml:1:"), std::string::npos);
  source_.file_text = "kafka: {\n  sasl.password: \"" + std::string(canary) + "\n";
  (void)errors();
}

}  // namespace
}  // namespace tallymill::processor
