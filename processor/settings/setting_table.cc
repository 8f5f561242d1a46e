#include "processor/settings/setting_table.h"

#include <algorithm>
#include <array>

namespace tallymill::processor {

namespace {

constexpr std::int64_t day_ms = 86'400'000;

constexpr auto settings = std::to_array<SettingSpec>({
    {"kafka", SettingKind::properties, "", 0, 0, "", false,
     "Properties of the Kafka clients by librdkafka's names, bootstrap.servers first of all."},
    {"group_protocol", SettingKind::choice, "automatic", 0, 0, "automatic consumer classic", false,
     "How the group shares partitions out: KIP-848 (consumer) where the brokers have it, else classic."},
    {"instance_id", SettingKind::text, "", 0, 0, "", false,
     "Makes the instance a static member, under the classic protocol; empty: a dynamic one."},
    {"transaction_timeout", SettingKind::duration, "10s", 1'000, 900'000, "", false,
     "After it the broker aborts what a dead instance left open; readers wait that long."},
    {"internal_topics.create", SettingKind::boolean, "true", 0, 0, "", false,
     "Whether topics that do not exist yet are created; otherwise they are named and nothing starts."},
    {"internal_topics.prefix", SettingKind::text, "", 0, 0, "", false,
     "Of repartition topics, changelogs and the plan; empty: the topology's name."},
    {"internal_topics.replication_factor", SettingKind::integer, "", 1, 32'767, "", false,
     "Of all topics that are created; none: the brokers' default."},
    {"internal_topics.config", SettingKind::properties, "", 0, 0, "", false,
     "Configuration of internal topics by Kafka's names, such as min.insync.replicas."},
    {"workers", SettingKind::integer, "1", 1, 64, "", false,
     "Threads of this instance, each a member of the group with a consumer and a producer of its own."},
    {"state.directory", SettingKind::text, "tallymill-state", 0, 0, "", false,
     "Where the instance keeps its id, in a folder per topology; not shared with another instance."},
    {"commit.interval", SettingKind::duration, "100ms", 10, day_ms, "", false,
     "At the latest so long after a record was read its results are committed."},
    {"commit.records", SettingKind::integer, "50000", 1, 100'000'000, "", false,
     "After so many records a worker commits at once."},
    {"commit.bytes", SettingKind::integer, "67108864", 1'048'576, std::int64_t{1} << 40, "", false,
     "After so many bytes of changes a worker commits at once."},
    {"poll.records", SettingKind::integer, "1000", 1, 100'000, "", false,
     "How many records a worker takes at a time."},
    {"http.address", SettingKind::address, "0.0.0.0:9464", 0, 0, "", false,
     "Where /metrics, /livez, /readyz and /version are served; port 0: a free one, named in the log."},
    {"admin.address", SettingKind::address, "127.0.0.1:9465", 0, 0, "", false,
     "Where /topology, /tasks and /config are served; port 0: a free one, named in the log."},
    {"admin.token", SettingKind::text, "", 0, 0, "", true,
     "Bearer token for requests that change something; empty: none can."},
    {"log.level", SettingKind::choice, "info", 0, 0, "debug info warning error", false,
     "The least that is logged; read again at SIGHUP."},
    {"log.format", SettingKind::choice, "text", 0, 0, "text json", false, "Lines of text, or JSON objects."},
    {"secrets.directories", SettingKind::text_list, "", 0, 0, "", false,
     "Folders below which ${file:/path} may read."},
});

bool ends_with_any(std::string_view text, std::initializer_list<std::string_view> ends) {
  return std::any_of(ends.begin(), ends.end(), [&](std::string_view end) { return text.ends_with(end); });
}

}  // namespace

std::span<const SettingSpec> setting_table() { return settings; }

bool is_secret_setting(std::string_view path) {
  const auto known =
      std::find_if(settings.begin(), settings.end(), [&](const auto& spec) { return spec.path == path; });
  if (known != settings.end()) return known->is_secret;
  return path.starts_with("kafka.") && ends_with_any(path, {"password", "secret", ".key", ".pem", "token",
                                                            "jaas.config", "oauthbearer.config"});
}

std::string setting_reference() {
  std::string text;
  for (const SettingSpec& spec : settings) {
    text += std::string(spec.path) + (spec.kind == SettingKind::properties ? ".PROPERTY" : "");
    if (!spec.default_text.empty()) text += " = " + std::string(spec.default_text);
    if (!spec.choices.empty()) text += "   (" + std::string(spec.choices) + ")";
    if (spec.is_secret) text += "   (secret)";
    text += "\n    " + std::string(spec.doc) + "\n";
  }
  return text;
}

}  // namespace tallymill::processor
