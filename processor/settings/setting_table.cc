#include "processor/settings/setting_table.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tallymill::processor {

namespace {

using topology::Choice;
using topology::Duration;

constexpr std::int64_t millisecond = 1'000;
constexpr std::int64_t second = 1'000 * millisecond;
constexpr std::int64_t minute = 60 * second;

constexpr std::int64_t mebibyte = 1 << 20;

constexpr Choice protocol_choices[] = {
    {"automatic", "KIP-848 where the brokers have it, else classic."},
    {"consumer", "KIP-848, or the start fails."},
    {"classic", "The protocol of older brokers, with cooperative-sticky assignment."},
};
constexpr Choice level_choices[] = {
    {"debug", "What only a developer needs as well."},
    {"info", "What the engine does."},
    {"warning", "What somebody should look at."},
    {"error", "Only what went wrong."},
};
constexpr Choice format_choices[] = {
    {"text", "Lines for people."},
    {"json", "One JSON object a line."},
};

/// The position of a choice's name; the enumerations of EngineSettings have the same order.
template <class Enumeration, std::size_t Count>
Enumeration choice_of(const Choice (&choices)[Count], const SettingValue& value) {
  const auto& name = std::get<std::string>(value);
  const auto found = std::ranges::find(choices, std::string_view(name), &Choice::name);
  return static_cast<Enumeration>(found - choices);
}

template <class Integer>
Integer count_of(const SettingValue& value) {
  return static_cast<Integer>(std::get<std::int64_t>(value));
}

constexpr SettingSpec settings_of_kafka[] = {
    {.path = "kafka",
     .type = SettingType::properties,
     .doc = "Properties of the Kafka clients by librdkafka's names; bootstrap.servers is required."},
    {.path = "group_protocol",
     .type = SettingType::choice,
     .default_text = "automatic",
     .choices = protocol_choices,
     .doc = "How the consumer group shares out partitions.",
     .assign =
         [](const SettingValue& value, EngineSettings& settings) {
           settings.group_protocol = choice_of<GroupProtocol>(protocol_choices, value);
         }},
    {.path = "instance_id",
     .type = SettingType::text,
     .doc =
         "Makes this instance a static member of the group, under the classic protocol and with one worker; "
         "without it members are dynamic.",
     .assign = [](const SettingValue& value,
                  EngineSettings& settings) { settings.instance_id = std::get<std::string>(value); }},
    {.path = "transaction_timeout",
     .type = SettingType::duration,
     .default_text = "10s",
     .bounds = {second, 15 * minute},
     .doc = "How long after an instance died its open transaction may hold up readers; at least twice "
            "commit.interval.",
     .assign = [](const SettingValue& value,
                  EngineSettings& settings) { settings.transaction_timeout = std::get<Duration>(value); }},
    {.path = "internal_topics.create",
     .type = SettingType::boolean,
     .default_text = "true",
     .doc = "Whether missing topics are created; otherwise they are named and nothing starts.",
     .assign = [](const SettingValue& value,
                  EngineSettings& settings) { settings.internal_topics.create = std::get<bool>(value); }},
    {.path = "internal_topics.prefix",
     .type = SettingType::text,
     .doc = "Begins the names of repartition topics, changelogs and the plan; without it the topology's name "
            "does.",
     .assign =
         [](const SettingValue& value, EngineSettings& settings) {
           settings.internal_topics.prefix = std::get<std::string>(value);
         }},
    {.path = "internal_topics.replication_factor",
     .type = SettingType::integer,
     .bounds = {1, std::numeric_limits<std::int16_t>::max()},
     .doc = "Replicas of the topics that are created; without it the brokers' default.",
     .assign =
         [](const SettingValue& value, EngineSettings& settings) {
           settings.internal_topics.replication_factor = count_of<std::int16_t>(value);
         }},
    {.path = "internal_topics.config",
     .type = SettingType::properties,
     .doc = "Configuration of internal topics by Kafka's names, such as min.insync.replicas."},
};

constexpr SettingSpec settings_of_process[] = {
    {.path = "workers",
     .type = SettingType::integer,
     .default_text = "1",
     .bounds = {1, 256},
     .doc = "Threads of this instance, each a member of the group with its own consumer and producer.",
     .assign = [](const SettingValue& value,
                  EngineSettings& settings) { settings.workers = count_of<std::uint32_t>(value); }},
    {.path = "state.directory",
     .type = SettingType::text,
     .default_text = "tallymill-state",
     .doc = "Folder of this instance's identity and state; no other instance may use it.",
     .assign = [](const SettingValue& value,
                  EngineSettings& settings) { settings.state_directory = std::get<std::string>(value); }},
    {.path = "commit.interval",
     .type = SettingType::duration,
     .default_text = "100ms",
     .bounds = {millisecond, 5 * minute},
     .doc = "A commit is due this long after the first record of its transaction.",
     .assign = [](const SettingValue& value,
                  EngineSettings& settings) { settings.commit_interval = std::get<Duration>(value); }},
    {.path = "commit.records",
     .type = SettingType::integer,
     .default_text = "50000",
     .bounds = {1, 10'000'000},
     .doc = "A worker commits at the latest after this many records.",
     .assign = [](const SettingValue& value,
                  EngineSettings& settings) { settings.commit_records_max = count_of<std::size_t>(value); }},
    {.path = "commit.bytes",
     .type = SettingType::integer,
     .default_text = "67108864",
     .bounds = {mebibyte, 65'536 * mebibyte},
     .doc = "A worker commits at the latest when its uncommitted state has this many bytes.",
     .assign = [](const SettingValue& value,
                  EngineSettings& settings) { settings.commit_bytes_max = count_of<std::size_t>(value); }},
    {.path = "poll.records",
     .type = SettingType::integer,
     .default_text = "1000",
     .bounds = {1, 100'000},
     .doc = "How many records a worker takes at a time.",
     .assign = [](const SettingValue& value,
                  EngineSettings& settings) { settings.poll_records_max = count_of<std::size_t>(value); }},
};

constexpr SettingSpec settings_of_operations[] = {
    {.path = "http.address",
     .type = SettingType::address,
     .default_text = "0.0.0.0:9464",
     .doc =
         "Where /metrics, /livez, /readyz and /version are served; port 0 is a free one, named in the log.",
     .assign = [](const SettingValue& value,
                  EngineSettings& settings) { settings.http = std::get<ListenerSettings>(value); }},
    {.path = "admin.address",
     .type = SettingType::address,
     .default_text = "127.0.0.1:9465",
     .doc = "Where /topology, /tasks, /config and the console are served; port 0 is a free one, named in the "
            "log.",
     .assign = [](const SettingValue& value,
                  EngineSettings& settings) { settings.admin = std::get<ListenerSettings>(value); }},
    {.path = "admin.peers",
     .type = SettingType::addresses,
     .doc = "The admin.address of the group's other instances, as a browser reaches them: the console shows "
            "them "
            "too, and theirs may show this one.",
     .assign =
         [](const SettingValue& value, EngineSettings& settings) {
           settings.admin_peers = std::get<std::vector<ListenerSettings>>(value);
         }},
    {.path = "admin.token",
     .type = SettingType::text,
     .is_secret = true,
     .doc = "Bearer token of requests that change something; without it none can.",
     .assign = [](const SettingValue& value,
                  EngineSettings& settings) { settings.admin_token = std::get<std::string>(value); }},
    {.path = "dead_letter.hash_key",
     .type = SettingType::text,
     .is_secret = true,
     .doc = "Key of the keyed hash (HMAC-SHA256) that stands for a sensitive primary key in dead letters; "
            "without "
            "it the "
            "topology's name, and the hash is a pseudonym only.",
     .assign =
         [](const SettingValue& value, EngineSettings& settings) {
           settings.dead_letter_hash_key = std::get<std::string>(value);
         }},
    {.path = "log.level",
     .type = SettingType::choice,
     .default_text = "info",
     .choices = level_choices,
     .doc = "The least severe events that are logged; read again at SIGHUP.",
     .assign =
         [](const SettingValue& value, EngineSettings& settings) {
           settings.log.level = choice_of<LogSettings::Level>(level_choices, value);
         }},
    {.path = "log.format",
     .type = SettingType::choice,
     .default_text = "text",
     .choices = format_choices,
     .doc = "The form of the log, which goes to standard error.",
     .assign =
         [](const SettingValue& value, EngineSettings& settings) {
           settings.log.format = choice_of<LogSettings::Format>(format_choices, value);
         }},
    {.path = "secrets.directories",
     .type = SettingType::folders,
     .doc = "Folders below which ${file:/path} may read; without it no file can be read."},
};

/// The parts in the order of the reference.
constexpr auto table = [] {
  std::array<SettingSpec, std::size(settings_of_kafka) + std::size(settings_of_process) +
                              std::size(settings_of_operations)>
      all{};
  auto end = std::ranges::copy(settings_of_kafka, all.begin()).out;
  end = std::ranges::copy(settings_of_process, end).out;
  std::ranges::copy(settings_of_operations, end);
  return all;
}();

}  // namespace

std::span<const SettingSpec> setting_table() { return table; }

const SettingSpec* find_setting(std::string_view path) {
  const auto found = std::ranges::find_if(table, [&](const SettingSpec& spec) {
    if (spec.type != SettingType::properties) return spec.path == path;
    return path.size() > spec.path.size() + 1 && path.starts_with(spec.path) && path[spec.path.size()] == '.';
  });
  return found == table.end() ? nullptr : &*found;
}

bool is_secret_kafka_property(std::string_view name) {
  // The locations of keys are no secrets, nor is what identifies a user; `oauthbearer.config` holds free
  // text.
  if (name.ends_with(".location") || name.ends_with(".file") || name.ends_with(".url")) return false;
  static constexpr std::string_view marks[] = {"password", "passphrase",        "passwd",  "secret",
                                               "jaas",     "credential",        "key.pem", "private.key",
                                               "token",    "oauthbearer.config"};
  return name.ends_with(".key") || name.ends_with("_key") ||
         std::ranges::any_of(
             marks, [&](std::string_view mark) { return name.find(mark) != std::string_view::npos; });
}

bool is_secret_setting(std::string_view path) {
  const SettingSpec* spec = find_setting(path);
  if (spec == nullptr) return is_secret_kafka_property(path);
  return spec->is_secret || (spec->type == SettingType::properties &&
                             is_secret_kafka_property(path.substr(spec->path.size() + 1)));
}

}  // namespace tallymill::processor
