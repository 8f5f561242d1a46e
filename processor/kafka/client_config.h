#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "processor/engine_settings.h"
#include "processor/kafka/rdkafka_handles.h"
#include "topology/base/result.h"

// The only file that knows librdkafka's properties: what Tallymill sets and why, what it leaves to the user.
namespace tallymill::processor::kafka {

/// Why a librdkafka property is Tallymill's own and cannot be set by the user; nothing if it can.
std::optional<std::string_view> why_owned(std::string_view name);
/// For a property that only Kafka's Java clients have: what to write instead. Nothing for any other name.
std::optional<std::string_view> instead_of_java_property(std::string_view name);
/// Whether a property may stand under `kafka:` and librdkafka takes its value. The error names the property,
/// and its value only if it is no secret.
topology::Status check_property(const std::string& name, const std::string& value);

/// One client's names. Empty where the client has none.
struct ClientNames {
  std::string client_id;
  std::string group;
  std::string transactional_id;
};

/// A member of the consumer group; `protocol` is consumer or classic.
topology::Result<ClientConf> group_consumer_conf(const EngineSettings& settings, const ClientNames& names,
                                                 GroupProtocol protocol);
/// Reads partitions that it names itself, outside of any group.
topology::Result<ClientConf> changelog_reader_conf(const EngineSettings& settings, const ClientNames& names);
topology::Result<ClientConf> producer_conf(const EngineSettings& settings, const ClientNames& names);
topology::Result<ClientConf> admin_conf(const EngineSettings& settings, const ClientNames& names);

/// How long one call about a transaction may block, in milliseconds: below the producer's socket.timeout.ms,
/// so that librdkafka does not send a commit twice within the call.
int transaction_call_timeout_ms(const EngineSettings& settings);

/// A client of this conf; it owns the conf then.
topology::Result<Client> make_client(rd_kafka_type_t type, ClientConf conf);

}  // namespace tallymill::processor::kafka
