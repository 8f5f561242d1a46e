#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "processor/settings/setting_table.h"
#include "tests/unit/settings/settings_sample.h"

// The three places where settings are written, and what is wrong with how they are written there.
namespace tallymill::processor {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string brokers = "kafka: { bootstrap.servers: 'b:1' }\n";

TEST(FileSourceTest, NothingButCommentsIsAFileWithoutSettings) {
  for (const char* text :
       {"", "\n", "# comment\n\n  # another\r\n", "kafka:\n  # all below is a comment\n"}) {
    const std::string refusal = refusal_of(of_file(text));
    EXPECT_THAT(refusal, AllOf(HasSubstr("is not set"), HasSubstr("1 error,"))) << text;
  }
}

TEST(FileSourceTest, LevelsMayBeDottedButAPathStandsOnce) {
  EXPECT_EQ(settings_of(of_file(brokers + "commit.records: 7")).settings.commit_records_max, 7U);
  EXPECT_EQ(
      settings_of(of_file("kafka: { bootstrap: { servers: 'b:1' } }")).settings.kafka.at("bootstrap.servers"),
      "b:1");
  EXPECT_THAT(
      refusal_of(of_file(brokers + "commit: { records: 7 }\ncommit.records: 8")),
      AllOf(HasSubstr("engine.yaml:3:1: error: commit.records stands twice in this file [duplicate_key]"),
            HasSubstr("the first is in line 2")));
  EXPECT_THAT(refusal_of(of_file("workers: 1\nworkers: 2")), HasSubstr("[duplicate_key]"));
}

TEST(FileSourceTest, UnknownNamesAreRefusedAtTheirKey) {
  EXPECT_THAT(refusal_of(of_file(brokers + "worker: 2")),
              AllOf(HasSubstr("engine.yaml:2:1: error: there is no setting \"worker\""),
                    HasSubstr("did you mean \"workers\"?")));
  EXPECT_THAT(refusal_of(of_file("bootstrap.servers: 'b:1'")), HasSubstr("below `kafka:`"));
  EXPECT_THAT(refusal_of(of_file(brokers + "log: { }\nlogs: { level: info }")),
              AllOf(HasSubstr("\"logs\""), HasSubstr("did you mean \"log\"?")));
}

TEST(FileSourceTest, WrongShapesAreRefused) {
  EXPECT_THAT(refusal_of(of_file("- workers")), HasSubstr("an engine file is a mapping of settings"));
  EXPECT_THAT(refusal_of(of_file("just text")), HasSubstr("an engine file is a mapping of settings"));
  EXPECT_THAT(refusal_of(of_file(brokers + "workers: [1, 2]")), HasSubstr("and this is a list"));
  EXPECT_THAT(refusal_of(of_file(brokers + "workers: { a: 1 }")), HasSubstr("and this is a mapping"));
  EXPECT_THAT(refusal_of(of_file(brokers + "workers:")), HasSubstr("and this is nothing"));
  EXPECT_THAT(refusal_of(of_file("kafka: { bootstrap.servers: [[a]] }")), HasSubstr("and this is a list"));
  EXPECT_THAT(refusal_of(of_file("kafka: { bootstrap.servers: }")), HasSubstr("and this is nothing"));
  EXPECT_THAT(refusal_of(of_file(brokers + "? [a]: b")), HasSubstr("engine.yaml:2:"));
  EXPECT_THAT(refusal_of(of_file("workers: &a 1\n")), HasSubstr("[bad_yaml]"));
  EXPECT_THAT(refusal_of(of_file(std::string(2 << 20, 'a'))), HasSubstr("more than 1048576 bytes"));
}

TEST(FileSourceTest, ManyUnknownNamesAreCountedAndNotAllShown) {
  std::string text = brokers;
  for (int i = 0; i < 5000; ++i) text += "unknown_setting_" + std::to_string(i) + ": 1\n";
  EXPECT_THAT(refusal_of(of_file(text)), HasSubstr("5000 errors, 0 warnings; 4900 of them are not shown"));
}

TEST(EnvironmentSourceTest, NamesOfVariablesAndPathsGoBothWays) {
  for (const auto& [path, variable] :
       {std::pair{"workers", "TALLYMILL_WORKERS"},
        {"commit.interval", "TALLYMILL_COMMIT__INTERVAL"},
        {"group_protocol", "TALLYMILL_GROUP_PROTOCOL"},
        {"internal_topics.replication_factor", "TALLYMILL_INTERNAL_TOPICS__REPLICATION_FACTOR"},
        {"internal_topics.config.min.insync.replicas",
         "TALLYMILL_INTERNAL_TOPICS__CONFIG__MIN_INSYNC_REPLICAS"},
        {"kafka.bootstrap.servers", "TALLYMILL_KAFKA__BOOTSTRAP_SERVERS"},
        {"kafka.log_level", "TALLYMILL_KAFKA__LOG__LEVEL"},
        {"kafka.a_b.c_d", "TALLYMILL_KAFKA__A__B_C__D"}}) {
    EXPECT_EQ(variable_of(path), variable);
    EXPECT_EQ(path_of_variable(variable), path);
  }
  for (const SettingSpec& spec : setting_table()) {
    if (spec.type == SettingType::properties) continue;
    EXPECT_EQ(path_of_variable(variable_of(spec.path)), spec.path);
  }
  for (const char* none :
       {"", "TALLYMILL_", "TALLYMILL_KAFKA", "TALLYMILL_KAFKA__", "WORKERS", "TALLYMILL_workers",
        "tallymill_workers", "TALLYMILL__WORKERS", "TALLYMILL_WORKERS=", "TALLYMILL_COMMIT"}) {
    EXPECT_THAT(path_of_variable(none), IsEmpty()) << none;
  }
}

TEST(EnvironmentSourceTest, ListsHaveCommasAndDollarsAreDollars) {
  const EngineSettings settings =
      settings_of(of_environment({{"TALLYMILL_SECRETS__DIRECTORIES", "/a,/b"},
                                  {"TALLYMILL_KAFKA__SASL_PASSWORD", "p$$w${HOME}$"},
                                  {"TALLYMILL_KAFKA__LOG__LEVEL", "7"}}))
          .settings;
  EXPECT_EQ(settings.kafka.at("sasl.password"), "p$$w${HOME}$");
  EXPECT_EQ(settings.kafka.at("log_level"), "7");
}

TEST(EnvironmentSourceTest, ReferencesAreRefusedOutsideOfTheFile) {
  for (const char* text : {"${file:/run/secrets/token}", "x${env:HOME}"}) {
    EXPECT_THAT(
        refusal_of(of_environment({{"TALLYMILL_ADMIN__TOKEN", text}})),
        HasSubstr("environment TALLYMILL_ADMIN__TOKEN: error: ${env:..} and ${file:..} are replaced in the "
                  "engine file only"));
    EXPECT_THAT(refusal_of(of_arguments({std::string("kafka.client.rack=") + text})),
                HasSubstr("--set kafka.client.rack: error: ${env:..} and"));
  }
}

TEST(EnvironmentSourceTest, OtherProgramsVariablesAreLeftAlone) {
  EXPECT_TRUE(read(of_environment({{"TALLYMILL_PORT", "tcp://10.0.0.1:9464"},
                                   {"TALLYMILL_PORT_9464_TCP_ADDR", "10.0.0.1"},
                                   {"TALLYMILL_SERVICE_HOST", "10.0.0.1"},
                                   {"TALLYMILL_TEST_BOOTSTRAP", "localhost:1"},
                                   {"TALLYMILL_BUILD", "build/release"},
                                   {"TALLYMILL_CACHE", "/somewhere"},
                                   {"TALLYMILL_LIBRDKAFKA_TARBALL", "/somewhere"},
                                   {"PATH", "/usr/bin"},
                                   {"", ""}}))
                  .ok());
}

TEST(EnvironmentSourceTest, MisspeltVariablesAreRefused) {
  const auto hint_for = [](const std::string& name) {
    return refusal_of(of_environment({{name, "hunter2"}}));
  };
  EXPECT_THAT(hint_for("TALLYMILL_COMMIT_INTERVAL"),
              AllOf(HasSubstr("environment TALLYMILL_COMMIT_INTERVAL: error: this variable sets nothing"),
                    HasSubstr("did you mean TALLYMILL_COMMIT__INTERVAL?"), Not(HasSubstr("hunter2"))));
  EXPECT_THAT(hint_for("TALLYMILL_KAFKA_BOOTSTRAP_SERVERS"),
              HasSubstr("did you mean TALLYMILL_KAFKA__BOOTSTRAP_SERVERS?"));
  EXPECT_THAT(hint_for("TALLYMILL_WORKER"), HasSubstr("did you mean TALLYMILL_WORKERS?"));
  EXPECT_THAT(hint_for("TALLYMILL_NO__SUCH"), HasSubstr("[unknown_field]"));
  EXPECT_THAT(hint_for("TALLYMILL_KAFKA__"), HasSubstr("this variable sets nothing"));
  EXPECT_THAT(hint_for("TALLYMILL_A__\x1b[2J"), AllOf(HasSubstr("TALLYMILL_.."), Not(HasSubstr("\x1b"))));
}

TEST(ArgumentSourceTest, ValuesMayHoldEqualsSignsAndNothing) {
  EXPECT_EQ(settings_of(of_arguments({"kafka.client.rack=a=b"})).settings.kafka.at("client.rack"), "a=b");
  EXPECT_EQ(settings_of(of_arguments({"kafka.client.rack="})).settings.kafka.at("client.rack"), "");
}

TEST(ArgumentSourceTest, WhatIsNoPathIsNotRepeated) {
  for (const std::string argument : {"hunter2", "", "=hunter2", "kafka.sasl.password hunter2=x",
                                     "sasl.password:hunter2=", "hunter2\x1b[2J=1"}) {
    EXPECT_THAT(
        refusal_of(of_arguments({"workers=1", argument})),
        AllOf(HasSubstr("--set number 2: error: --set takes PATH=VALUE [usage]"), Not(HasSubstr("hunter2"))));
  }
  EXPECT_THAT(refusal_of(of_arguments({"worker=3"})), HasSubstr("--set worker: error: there is no setting"));
  EXPECT_THAT(refusal_of(of_arguments({"kafka=3"})), HasSubstr("there is no setting \"kafka\""));
  EXPECT_THAT(refusal_of(of_arguments({"kafka.=3"})), HasSubstr("there is no setting \"kafka.\""));
}

TEST(SettingTableTest, EveryRowIsWhole) {
  for (const SettingSpec& spec : setting_table()) {
    EXPECT_THAT(spec.doc, Not(IsEmpty())) << spec.path;
    EXPECT_TRUE(spec.doc.ends_with('.')) << spec.path;
    EXPECT_EQ(spec.choices.empty(), spec.type != SettingType::choice) << spec.path;
    EXPECT_EQ(find_setting(spec.path) == &spec, spec.type != SettingType::properties) << spec.path;
    EXPECT_THAT(setting_reference(), HasSubstr(spec.path));
    EXPECT_THAT(setting_reference(), HasSubstr(variable_of(spec.path)));
  }
}

}  // namespace
}  // namespace tallymill::processor
