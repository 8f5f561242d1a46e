#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "processor/settings/secret_file.h"
#include "processor/settings/setting_table.h"
#include "tests/unit/settings/settings_sample.h"

// What is a secret, where it may come from, and that it is nowhere to be read.
namespace tallymill::processor {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string file_with(const std::string& folder, const std::string& rest) {
  return "kafka: { bootstrap.servers: 'b:1' }\nsecrets: { directories: [" + folder + "] }\n" + rest;
}

bool leaks(const std::string& text) { return text.find(canary_mark) != std::string::npos; }

TEST(InterpolationTest, ReplacesEveryForm) {
  const auto value_of = [](const std::string& written) {
    EngineConfigSource source = of_file("kafka:\n  bootstrap.servers: b:1\n  client.rack: '" + written + "'");
    source.environment = {{"ZONE", "a"}, {"EMPTY", ""}, {"MONEY", "$$ ${env:ZONE}"}};
    return settings_of(source).settings.kafka["client.rack"];
  };
  EXPECT_EQ(value_of("plain"), "plain");
  EXPECT_EQ(value_of("${env:ZONE}"), "a");
  EXPECT_EQ(value_of("x-${env:ZONE}-${env:ZONE}y"), "x-a-ay");
  EXPECT_EQ(value_of("${env:NONE:-default}"), "default");
  EXPECT_EQ(value_of("${env:NONE:-}"), "");
  EXPECT_EQ(value_of("${env:NONE:-a:-b}"), "a:-b");
  EXPECT_EQ(value_of("${env:EMPTY}"), "");
  EXPECT_EQ(value_of("${env:EMPTY:-default}"), "default");
  EXPECT_EQ(value_of("${env:ZONE:-default}"), "a");
  EXPECT_EQ(value_of("$$"), "$");
  EXPECT_EQ(value_of("a$$$$b"), "a$$b");
  EXPECT_EQ(value_of("$${env:ZONE}"), "${env:ZONE}");
  EXPECT_EQ(value_of("${env:MONEY}"), "$$ ${env:ZONE}") << "what was put in is not looked at again";
}

TEST(InterpolationTest, WorksInItemsOfListsAndInTypedSettings) {
  EngineConfigSource source =
      of_file("kafka: { bootstrap.servers: ['${env:ONE}:1', 'two:1'] }\nworkers: ${env:N}");
  source.environment = {{"ONE", "one"}, {"N", "7"}};
  const EngineSettings settings = settings_of(source).settings;
  EXPECT_EQ(settings.kafka.at("bootstrap.servers"), "one:1,two:1");
  EXPECT_EQ(settings.workers, 7U);
  source.environment["N"] = "none";
  EXPECT_THAT(refusal_of(source), HasSubstr("engine.yaml:2:10: error: workers takes a whole number"));
}

TEST(InterpolationTest, RefusesUnknownFormsAtTheirColumn) {
  const auto refusal = [](const std::string& written) {
    return refusal_of(of_file("instance_id: '" + written + "'"));
  };
  EXPECT_THAT(refusal("ab$c"), HasSubstr("engine.yaml:1:17: error: a single $"));
  EXPECT_THAT(refusal("a$"), HasSubstr("engine.yaml:1:16: error: a single $"));
  EXPECT_THAT(refusal("a${env:X"), HasSubstr("engine.yaml:1:16: error: this ${ has no }"));
  EXPECT_THAT(refusal("${X}"), HasSubstr("of no form that Tallymill knows"));
  EXPECT_THAT(refusal("${}"), HasSubstr("of no form"));
  EXPECT_THAT(refusal("${ENV:X}"), HasSubstr("of no form"));
  EXPECT_THAT(refusal("${env:}"), HasSubstr("takes the name of a variable"));
  EXPECT_THAT(refusal("${env:1X}"), HasSubstr("takes the name of a variable"));
  EXPECT_THAT(refusal("${env:X-y}"), HasSubstr("takes the name of a variable"));
  EXPECT_THAT(refusal("${env:NONE}"), HasSubstr("no variable NONE"));
  EXPECT_THAT(refusal("${env:A} ${env:B} $"), AllOf(HasSubstr("no variable A"), HasSubstr("no variable B"),
                                                    HasSubstr("engine.yaml:1:33: error: a single $")));
}

TEST(SecretFileTest, ReadsBelowItsFoldersAndDropsOneLineEnd) {
  const TemporaryFolder folder;
  const std::vector<std::string> folders{"/nowhere", folder.path().string()};
  const auto content_of = [&](const std::string& content) {
    const auto read = read_secret_file(folder.write("deep/er/secret", content), folders);
    return read ? *read : read.error().message;
  };
  EXPECT_EQ(content_of("a"), "a");
  EXPECT_EQ(content_of("a\n"), "a");
  EXPECT_EQ(content_of("a\r\n"), "a");
  EXPECT_EQ(content_of("a\n\n"), "a\n");
  EXPECT_EQ(content_of(" a b "), " a b ");
  EXPECT_THAT(content_of(""), HasSubstr("it is empty"));
  EXPECT_THAT(content_of("\n"), HasSubstr("it is empty"));
  EXPECT_EQ(content_of(std::string(secret_file_bytes_max, 'x')).size(), secret_file_bytes_max);
  EXPECT_THAT(content_of(std::string(secret_file_bytes_max + 1, 'x')), HasSubstr("more than 65536 bytes"));
}

TEST(SecretFileTest, RefusesWhatLiesElsewhere) {
  const TemporaryFolder folder;
  const TemporaryFolder other;
  const std::string outside = other.write("secret", canary);
  folder.write("inside", "in");
  std::filesystem::create_symlink(outside, folder.path() / "file_out");
  std::filesystem::create_directory_symlink(other.path(), folder.path() / "folder_out");
  std::filesystem::create_symlink(folder.path() / "inside", folder.path() / "within");
  std::filesystem::create_symlink("loop", folder.path() / "loop");
  ASSERT_EQ(::mkfifo((folder.path() / "pipe").c_str(), 0600), 0);
  const std::string base = folder.path().string();
  const auto refusal = [&](const std::string& path) {
    const auto read = read_secret_file(path, {base});
    return read ? "read: " + *read : read.error().message;
  };
  EXPECT_EQ(refusal(base + "/within"), "read: in")
      << "a link that stays within the folder is how mounts work";
  EXPECT_EQ(refusal(base + "/./inside"), "read: in");
  EXPECT_THAT(refusal(outside), HasSubstr("below no folder"));
  EXPECT_THAT(refusal(base + "/file_out"), HasSubstr("below no folder"));
  EXPECT_THAT(refusal(base + "/folder_out/secret"), HasSubstr("below no folder"));
  EXPECT_THAT(refusal(base + "/../" + other.path().filename().string() + "/secret"),
              HasSubstr("without `..`"));
  EXPECT_THAT(refusal("inside"), HasSubstr("takes an absolute path"));
  EXPECT_THAT(refusal(""), HasSubstr("takes an absolute path"));
  EXPECT_THAT(refusal(base + "/inside" + std::string("\0x", 2)), HasSubstr("takes an absolute path"));
  EXPECT_THAT(refusal(base + "/not_there"), HasSubstr("cannot be read"));
  EXPECT_THAT(refusal(base + "/loop"), HasSubstr("cannot be read"));
  EXPECT_THAT(refusal(base + "/pipe"), HasSubstr("no regular file"));
  EXPECT_THAT(refusal(base), HasSubstr("below no folder"));
  EXPECT_THAT(read_secret_file(base + "/inside", {}).error().message,
              HasSubstr("secrets.directories is not set"));
  const TemporaryFolder twin;  // whose name begins with the folder's
  std::filesystem::create_directory(base + "_twin");
  std::filesystem::copy_file(outside, base + "_twin/secret");
  EXPECT_THAT(refusal(base + "_twin/secret"), HasSubstr("below no folder"));
  std::filesystem::remove_all(base + "_twin");
}

TEST(SecretFileTest, FoldersAreNamedFromTheRootAndAreNotTheRoot) {
  for (const char* refused : {"secrets", "./secrets", "/", "//"}) {
    EXPECT_THAT(refusal_of(of_file(file_with(refused, ""))),
                HasSubstr("secrets.directories takes absolute paths"));
  }
  const TemporaryFolder folder;
  const std::string file = folder.write("folders", folder.path().string());
  EXPECT_THAT(refusal_of(of_file(file_with("'${file:" + file + "}'", ""))), HasSubstr("is not set"));
  EngineConfigSource source =
      of_file(file_with("'${env:FOLDER}'", "admin: { token: '${file:" + file + "}' }"));
  source.environment = {{"FOLDER", folder.path().string()}};
  EXPECT_EQ(settings_of(source).settings.admin_token, folder.path().string());
}

TEST(SecretsTest, KnowsKafkasSecretsByName) {
  for (const char* secret :
       {"sasl.password", "ssl.key.password", "ssl.keystore.password", "ssl.key.pem", "ssl_key",
        "sasl.oauthbearer.client.secret", "sasl.oauthbearer.config", "sasl.jaas.config", "ssl.keystore.key",
        "sasl.oauthbearer.assertion.private.key.passphrase", "sasl.oauthbearer.assertion.private.key.pem"}) {
    EXPECT_TRUE(is_secret_kafka_property(secret)) << secret;
    EXPECT_TRUE(is_secret_setting("kafka." + std::string(secret))) << secret;
  }
  for (const char* open : {"bootstrap.servers", "ssl.key.location", "ssl.ca.location", "ssl.ca.pem",
                           "sasl.username", "ssl.certificate.pem", "sasl.oauthbearer.token.endpoint.url",
                           "sasl.mechanism", "sasl.oauthbearer.assertion.private.key.file"}) {
    EXPECT_FALSE(is_secret_kafka_property(open)) << open;
  }
}

TEST(SecretsTest, AreRefusedOnTheCommandLine) {
  for (const std::string path :
       {"kafka.sasl.password", "admin.token", "dead_letter.hash_key", "kafka.ssl.key.pem"}) {
    const std::string refusal = refusal_of(of_arguments({path + "=" + canary}));
    EXPECT_THAT(refusal,
                AllOf(HasSubstr("--set " + path + ": error: " + path + " is a secret"), HasSubstr("[usage]"),
                      HasSubstr("set the variable " + variable_of(path)), HasSubstr("${file:/path}")));
    EXPECT_FALSE(leaks(refusal)) << refusal;
  }
}

TEST(SecretsTest, ReachTheSettingsAndAreScrubbed) {
  const TemporaryFolder folder;
  const std::string secret = folder.write("secret", canary + "\n");
  EngineConfigSource source = of_file(file_with(
      folder.path().string(),
      "kafka.sasl.password: '${file:" + secret +
          "}'\nadmin: { token: '${env:TOKEN}' }\ndead_letter.hash_key: '${env:TOKEN}'\n" +
          "kafka.ssl.key.password: '" + canary_in_file + "'\ninstance_id: 'x-${file:" + secret + "}'"));
  source.environment = {{"TOKEN", canary}, {"TALLYMILL_KAFKA__SSL_KEY_PEM", canary}};
  const EngineConfig config = settings_of(source);
  EXPECT_EQ(config.settings.kafka.at("sasl.password"), canary);
  EXPECT_EQ(config.settings.kafka.at("ssl.key.password"), canary);
  EXPECT_EQ(config.settings.kafka.at("ssl.key.pem"), canary);
  EXPECT_EQ(config.settings.admin_token, canary);
  EXPECT_EQ(config.settings.dead_letter_hash_key, canary);
  EXPECT_EQ(config.settings.instance_id, "x-" + canary);
  for (const auto& [path, text] : config.scrubbed) EXPECT_FALSE(leaks(text)) << path;
  for (const char* path : {"kafka.sasl.password", "kafka.ssl.key.password", "kafka.ssl.key.pem",
                           "admin.token", "dead_letter.hash_key", "instance_id"}) {
    EXPECT_EQ(config.scrubbed.at(path), "(secret)") << path;
  }
}

TEST(SecretsTest, AreInNoErrorWhateverIsWrong) {
  const TemporaryFolder folder;
  const std::string from_file = "'${file:" + folder.write("secret", canary + " bad\n") + "}'";
  const std::string lines = folder.write("lines", canary + "\n" + canary + "\n");
  const std::string zero = folder.write("zero", canary + std::string("\0", 1) + "x");
  const std::string c = canary_in_file;
  const std::vector<std::string> files_that_are_wrong{
      "workers: " + from_file,
      "commit: { interval: " + from_file + " }",
      "log: { level: " + from_file + " }",
      "internal_topics: { create: " + from_file + " }",
      "http: { address: " + from_file + " }",
      "internal_topics: { prefix: " + from_file + " }",
      "instance_id: '${file:" + lines + "}'",
      "kafka.linger.ms: " + from_file,
      "kafka.sasl.password: " + from_file,
      "kafka.unknown: " + from_file,
      "kafka.enable.auto.commit: " + from_file,
      "kafka.sasl.password: '${file:" + zero + "}'",
      "kafka.sasl.password: '" + c + " bad'",
      "kafka.sasl.jaas.config: '" + c + "'",
      "kafka.sasl.unknown.password: '" + c + "'",
      "kafka.sasl.password: '" + c + "${hunter2}'",
      "kafka.sasl.password: '" + c + "$hunter2'",
      "kafka.sasl.password: '" + c + "${hunter2'",
      "kafka.sasl.password: '${env:NONE} " + c + "'",
      "kafka.sasl.password: '${file:hunter2}'",
      "kafka.sasl.password: '${env:hunter2!}'",
      "kafka.sasl.password: [[ '" + c + "' ]]",
      "kafka.sasl.password: " + c + ": x",
      "kafka.sasl.password: !" + c,
      "kafka.sasl.password: &" + c + " x",
      "kafka.sasl.password: *" + c,
      "kafka.sasl.password: \"" + c + "\\q\"",
      "kafka.sasl.password: '" + c,
      "kafka.sasl.password: [" + c,
      "kafka.sasl.password: |" + c,
      "kafka.sasl.password: @" + c,
      "\tkafka.sasl.password: " + c,
      "kafka.sasl.password=" + c + ":",
      "kafka.sasl.password " + c + ": x",
      "sasl.password: '" + c + "'",
      "kafka.sasl.passwrd: '" + c + "'\nworkers: x",
      "admin: { token: [" + c + "] }",
      "admin: { token: \"" + c + "\\n\" }",
      "admin: { token: { a: b, " + c + " } }",
      "secrets.directories: " + c,
      "admin.token: x\nadmin: { token: '" + c + "' }",
      "kafka.sasl.password: " + c + "\nkafka.sasl.password: " + c,
  };
  for (const std::string& rest : files_that_are_wrong) {
    const auto config = read(of_file(file_with(folder.path().string(), rest)));
    ASSERT_FALSE(config.ok()) << rest;
    EXPECT_FALSE(leaks(config.error().message)) << rest << "\n" << config.error().message;
    EXPECT_FALSE(leaks(config.error().hint)) << rest;
  }
}

TEST(SecretsTest, OfTheEnvironmentAreInNoError) {
  for (const char* variable : {"TALLYMILL_KAFKA__SASL_JAAS_CONFIG", "TALLYMILL_KAFKA__UNKNOWN_PASSWORD",
                               "TALLYMILL_KAFKA__SASL_PASSWORD", "TALLYMILL_KAFKA_SASL_PASSWORD",
                               "TALLYMILL_SASL__PASSWORD", "TALLYMILL_ADMIN__TOKEN"}) {
    const std::string refusal = refusal_of(of_environment({{variable, canary + "\nbad"}}));
    EXPECT_FALSE(leaks(refusal)) << refusal;
    EXPECT_THAT(refusal, HasSubstr(variable));
  }
}

}  // namespace
}  // namespace tallymill::processor
