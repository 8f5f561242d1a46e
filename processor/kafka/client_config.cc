#include "processor/kafka/client_config.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

namespace tallymill::processor::kafka {

using topology::Error;
using topology::ErrorCode;
using topology::Result;
using topology::Status;

namespace {

struct Note {
  std::string_view name;
  std::string_view text;
};

constexpr std::string_view offsets_are_transactional =
    "offsets are committed with the transaction, by Tallymill";
constexpr std::string_view from_transaction_timeout = "it is derived from transaction_timeout";
constexpr std::string_view internal = "librdkafka is driven through it inside the process";

constexpr std::array owned_properties{
    Note{"acks", "a transaction needs all replicas in sync"},
    Note{"allow.auto.create.topics", "a misspelt topic must not come into being"},
    Note{"auto.commit.interval.ms", offsets_are_transactional},
    Note{"auto.offset.reset", "start offsets are Tallymill's; a lost range must stop it"},
    Note{"client.id", "it names the group, the process and the worker"},
    Note{"consume_cb", internal},
    Note{"default_topic_conf", internal},
    Note{"delivery.timeout.ms", from_transaction_timeout},
    Note{"dr_cb", internal},
    Note{"dr_msg_cb", internal},
    Note{"enable.auto.commit", offsets_are_transactional},
    Note{"enable.auto.offset.store", offsets_are_transactional},
    Note{"enable.gapless.guarantee", "transactions have it"},
    Note{"enable.idempotence", "transactions need it"},
    Note{"enable.partition.eof", "ends are found by offsets, which open transactions cannot hide"},
    Note{"enabled_events", internal},
    Note{"error_cb", internal},
    Note{"group.id", "it is the topology's name"},
    Note{"group.instance.id", "write instance_id in the engine's settings"},
    Note{"group.protocol", "write group_protocol in the engine's settings"},
    Note{"group.protocol.type", "it is the protocol of consumers"},
    Note{"group.remote.assignor", "any assignment is right, and none better"},
    Note{"interceptors", internal},
    Note{"internal.termination.signal", internal},
    Note{"isolation.level", "records of aborted transactions must not be read"},
    Note{"log.queue", internal},
    Note{"log_cb", internal},
    Note{"max.in.flight", "more than five reorders what is sent again"},
    Note{"max.in.flight.requests.per.connection", "more than five reorders what is sent again"},
    Note{"message.copy.max.bytes", "memory of an aborted transaction is used again at once"},
    Note{"message.send.max.retries", "transactions retry until their time is over"},
    Note{"message.timeout.ms", from_transaction_timeout},
    Note{"offset.store.method", offsets_are_transactional},
    Note{"offset_commit_cb", internal},
    Note{"opaque", internal},
    Note{"partition.assignment.strategy", "it is cooperative-sticky where the protocol is classic"},
    Note{"partitioner", "partitions are computed as Kafka's Java client does, by Tallymill"},
    Note{"plugin.libr"
         "ary.paths",
         "no foreign code is loaded"},
    Note{"rebalance_cb", internal},
    Note{"request.required.acks", "a transaction needs all replicas in sync"},
    Note{"retries", "transactions retry until their time is over"},
    Note{"socket.timeout.ms", from_transaction_timeout},
    Note{"statistics.interval.ms", "the engine reads them for its own metrics"},
    Note{"transaction.timeout.ms", "write transaction_timeout in the engine's settings"},
    Note{"transactional.id", "it names the group, the process and the worker"},
};

constexpr std::array java_properties{
    Note{"buffer.memory", "queue.buffering.max.kbytes"},
    Note{"client.dns.lookup", "nothing: librdkafka tries every address of a name"},
    Note{"default.api.timeout.ms", "nothing: calls are repeated until brokers answer"},
    Note{"fetch.max.wait.ms", "fetch.wait.max.ms"},
    Note{"key.deserializer", "nothing: the topology's source says the format"},
    Note{"key.serializer", "nothing: the topology's sink says the format"},
    Note{"max.poll.records", "poll.records in the engine's settings"},
    Note{"max.request.size", "message.max.bytes"},
    Note{"receive.buffer.bytes", "socket.receive.buffer.bytes"},
    Note{"request.timeout.ms", "transaction_timeout in the engine's settings"},
    Note{"sasl.jaas.config", "sasl.username and sasl.password"},
    Note{"sasl.login.callback.handler.class", "sasl.oauthbearer.method"},
    Note{"send.buffer.bytes", "socket.send.buffer.bytes"},
    Note{"ssl.keystore.type", "ssl.keystore.location for PKCS#12, ssl.certificate.location for PEM"},
    Note{"ssl.truststore.location", "ssl.ca.location"},
    Note{"ssl.truststore.password", "nothing: ssl.ca.location is a PEM file without a password"},
    Note{"ssl.truststore.type", "nothing: ssl.ca.location is a PEM file"},
    Note{"value.deserializer", "nothing: the topology's source says the format"},
    Note{"value.serializer", "nothing: the topology's sink says the format"},
};

template <std::size_t Count>
std::optional<std::string_view> text_of(const std::array<Note, Count>& notes, std::string_view name) {
  const auto found =
      std::find_if(notes.begin(), notes.end(), [&](const Note& note) { return note.name == name; });
  if (found == notes.end()) return std::nullopt;
  return found->text;
}

bool is_secret(std::string_view name) {
  static constexpr std::array<std::string_view, 8> marks{"password", "sasl", "key",   "pem",
                                                         "secret",   "jaas", "token", "passphrase"};
  return std::any_of(marks.begin(), marks.end(),
                     [&](std::string_view mark) { return name.find(mark) != std::string_view::npos; });
}

Status set(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
  std::array<char, 512> reason{};
  const rd_kafka_conf_res_t result =
      rd_kafka_conf_set(conf, name.c_str(), value.c_str(), reason.data(), reason.size());
  if (result == RD_KAFKA_CONF_OK) return {};
  if (result == RD_KAFKA_CONF_UNKNOWN) {
    return Error{ErrorCode::client_property, "librdkafka has no property '" + name + "'",
                 "see librdkafka's CONFIGURATION.md for what it has"};
  }
  // librdkafka's own sentence repeats the value.
  return Error{ErrorCode::client_property,
               is_secret(name) ? "the value of the Kafka property '" + name + "' is refused"
                               : "the Kafka property '" + name + "' is refused: " + reason.data(),
               "see librdkafka's CONFIGURATION.md for the values it takes"};
}

using Properties = std::initializer_list<std::pair<std::string_view, std::string>>;

Status set_all(rd_kafka_conf_t* conf, const Properties& properties) {
  for (const auto& [name, value] : properties) {
    if (const Status status = set(conf, std::string(name), value); !status) return status;
  }
  return {};
}

// librdkafka refuses to start with these under KIP-848, where the broker decides them.
constexpr std::string_view classic_only[] = {"session.timeout.ms", "heartbeat.interval.ms"};

// `defaults`, which were measured to be good, give way to the user's properties, and those to what is `ours`.
Result<ClientConf> build(const EngineSettings& settings, const Properties& defaults, const Properties& ours,
                         bool is_classic_member = false) {
  ClientConf conf(rd_kafka_conf_new());
  // topic.metadata.refresh.interval.ms: requests that go to a leader which the client has cached find the new one
  // within seconds of its move, also where librdkafka does not look by itself, and a coordinator that is gone is
  // noticed.
  const Properties of_every_client{{"topic.metadata.refresh.interval.ms", "5000"},
                                   {"reconnect.backoff.ms", "50"},
                                   {"reconnect.backoff.max.ms", "1000"},
                                   {"retry.backoff.ms", "5"},
                                   {"retry.backoff.max.ms", "200"},
                                   {"log.connection.close", "false"}};
  if (const Status status = set_all(conf.get(), of_every_client); !status) return status.error();
  if (const Status status = set_all(conf.get(), defaults); !status) return status.error();
  for (const auto& [name, value] : settings.kafka) {
    if (!is_classic_member && std::ranges::count(classic_only, name) > 0) continue;
    if (const Status status = set(conf.get(), name, value); !status) return status.error();
  }
  if (const Status status = set_all(conf.get(), {{"allow.auto.create.topics", "false"}}); !status) {
    return status.error();
  }
  if (const Status status = set_all(conf.get(), ours); !status) return status.error();
  return conf;
}

std::int64_t transaction_timeout_ms(const EngineSettings& settings) {
  return settings.transaction_timeout.microseconds / 1000;
}

}  // namespace

std::optional<std::string_view> why_owned(std::string_view name) { return text_of(owned_properties, name); }

std::optional<std::string_view> instead_of_java_property(std::string_view name) {
  return text_of(java_properties, name);
}

Status check_property(const std::string& name, const std::string& value) {
  if (const auto reason = why_owned(name)) {
    return Error{ErrorCode::client_property,
                 "the Kafka property '" + name + "' cannot be set: " + std::string(*reason), "remove it"};
  }
  if (const auto instead = instead_of_java_property(name)) {
    return Error{ErrorCode::client_property, "'" + name + "' is a property of Kafka's Java clients alone",
                 "write instead: " + std::string(*instead)};
  }
  const ClientConf scratch(rd_kafka_conf_new());
  return set(scratch.get(), name, value);
}

// fetch.queue.backoff.ms: with librdkafka's second, a worker slower than the fetcher reads at 40 % of its
// speed. fetch.wait.max.ms: a rewind waits for a fetch that is under way. queued.*: larger queues were not
// faster.
Result<ClientConf> group_consumer_conf(const EngineSettings& settings, const ClientNames& names,
                                       GroupProtocol protocol) {
  const Properties defaults{{"fetch.queue.backoff.ms", "10"},
                            {"fetch.wait.max.ms", "100"},
                            {"queued.min.messages", "20000"},
                            {"queued.max.messages.kbytes", "32768"},
                            {"check.crcs", "true"}};
  const bool classic = protocol == GroupProtocol::classic;
  Result<ClientConf> conf = build(settings, defaults,
                                  {{"client.id", names.client_id},
                                   {"group.id", names.group},
                                   {"group.protocol", classic ? "classic" : "consumer"},
                                   {"enable.auto.commit", "false"},
                                   {"enable.auto.offset.store", "false"},
                                   {"enable.partition.eof", "false"},
                                   {"statistics.interval.ms", "1000"},
                                   {"isolation.level", "read_committed"},
                                   {"auto.offset.reset", "error"}},
                                  classic);
  if (!conf || !classic) return conf;
  Status status = set(conf->get(), "partition.assignment.strategy", "cooperative-sticky");
  if (status.ok() && !settings.kafka.contains("session.timeout.ms")) {
    status = set_all(conf->get(), {{"session.timeout.ms", "10000"}});
  }
  if (status.ok() && !settings.kafka.contains("heartbeat.interval.ms")) {
    status = set_all(conf->get(), {{"heartbeat.interval.ms", "1000"}});
  }
  // Static members that were killed are refused under KIP-848 until their session ends, hence classic alone.
  if (status.ok() && !settings.instance_id.empty()) {
    status = set(conf->get(), "group.instance.id", settings.instance_id);
  }
  if (!status) return status.error();
  return conf;
}

Result<ClientConf> changelog_reader_conf(const EngineSettings& settings, const ClientNames& names) {
  return build(settings,
               {{"fetch.queue.backoff.ms", "10"},
                {"fetch.wait.max.ms", "100"},
                {"queued.max.messages.kbytes", "16384"},
                {"check.crcs", "true"}},
               {{"client.id", names.client_id},
                {"enable.auto.commit", "false"},
                {"enable.auto.offset.store", "false"},
                {"enable.partition.eof", "false"},
                {"isolation.level", "read_committed"},
                {"auto.offset.reset", "error"}});
}

// message.copy.max.bytes: larger payloads would be sent from the caller's memory, also after an abort has
// purged them. socket.timeout.ms: must not exceed the transaction's time-out by more than 100 ms, and a
// commit must end below it.
Result<ClientConf> producer_conf(const EngineSettings& settings, const ClientNames& names) {
  const std::int64_t timeout_ms = transaction_timeout_ms(settings);
  return build(settings,
               {{"linger.ms", "10"},
                {"compression.type", "lz4"},
                {"queue.buffering.max.messages", "500000"},
                {"queue.buffering.max.kbytes", "262144"}},
               {{"client.id", names.client_id},
                {"transactional.id", names.transactional_id},
                {"transaction.timeout.ms", std::to_string(timeout_ms)},
                {"socket.timeout.ms", std::to_string(timeout_ms - 100)},
                {"message.timeout.ms", std::to_string(timeout_ms)},
                {"message.copy.max.bytes", "1000000000"}});
}

Result<ClientConf> admin_conf(const EngineSettings& settings, const ClientNames& names) {
  return build(settings, {}, {{"client.id", names.client_id}});
}

int transaction_call_timeout_ms(const EngineSettings& settings) {
  return static_cast<int>(std::min<std::int64_t>(5000, transaction_timeout_ms(settings) / 2));
}

Result<Client> make_client(rd_kafka_type_t type, ClientConf conf) {
  std::array<char, 512> reason{};
  Client client(rd_kafka_new(type, conf.get(), reason.data(), reason.size()));
  if (client == nullptr) {
    // The reason speaks of properties by name, of values never: those were checked one by one.
    return Error{ErrorCode::client_property,
                 std::string("librdkafka refuses its properties: ") + reason.data(),
                 "check the properties under kafka: in the engine's settings"};
  }
  conf.release();  // NOLINT(bugprone-unused-return-value): the client owns it
  return client;
}

}  // namespace tallymill::processor::kafka
