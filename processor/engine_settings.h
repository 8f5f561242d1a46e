#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "topology/base/time.h"

namespace tallymill::processor {

/// KIP-848 (`consumer`) where the broker has it, else classic with cooperative-sticky; or one of them by
/// name.
enum class GroupProtocol : std::uint8_t { automatic, consumer, classic };

struct InternalTopicSettings {
  bool create = true;  ///< otherwise topics that are missing stop the start, with the command that makes them
  std::string prefix;  ///< of repartition topics, changelogs and the plan; empty: the topology's name
  std::optional<std::int16_t> replication_factor;           ///< nothing: the broker's default
  std::vector<std::pair<std::string, std::string>> config;  ///< added to what the topics need
};

struct ListenerSettings {
  std::string host;
  std::uint16_t port = 0;  ///< 0: a free one, which the log names
};

/// HOST:PORT, of IPv6 [HOST]:PORT.
std::string address_text(const ListenerSettings& listener);

struct LogSettings {
  enum class Level : std::uint8_t { debug, info, warning, error } level = Level::info;
  enum class Format : std::uint8_t { text, json } format = Format::text;
};

/// How the engine runs: all that is not in the topology. Read by processor/settings; what each means, its
/// bounds and its default stand in setting_table. The defaults here are the same; a test compares them.
struct EngineSettings {
  /// librdkafka properties of all clients, checked: none that Tallymill owns. May hold secrets.
  std::map<std::string, std::string> kafka;
  GroupProtocol group_protocol = GroupProtocol::automatic;
  std::string instance_id;  ///< static membership under the classic protocol; empty: dynamic
  topology::Duration transaction_timeout{10'000'000};
  InternalTopicSettings internal_topics;

  std::uint32_t workers = 1;
  std::string state_directory = "tallymill-state";
  topology::Duration commit_interval{100'000};
  std::size_t commit_records_max = 50'000;
  std::size_t commit_bytes_max = 64 << 20;
  std::size_t poll_records_max = 1000;

  ListenerSettings http{"0.0.0.0", 9464};
  ListenerSettings admin{"127.0.0.1", 9465};
  std::vector<ListenerSettings>
      admin_peers;                   ///< operators' listeners of other instances, which the console asks
  std::string admin_token;           ///< secret; empty: nothing can be changed over HTTP
  std::string dead_letter_hash_key;  ///< secret; empty: the topology's name
  LogSettings log;
};

}  // namespace tallymill::processor
