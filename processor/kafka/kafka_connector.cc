#include "processor/kafka/kafka_connector.h"

#include <utility>

#include "processor/kafka/changelog_reader.h"
#include "processor/kafka/consumer.h"
#include "processor/kafka/topic_admin.h"
#include "processor/kafka/transactional_producer.h"

namespace tallymill::processor::kafka {

using topology::Error;
using topology::ErrorCode;
using topology::Result;
using topology::Status;

KafkaConnector::KafkaConnector(EngineSettings settings, std::string group, std::string process_id,
                               EventLog& log, const std::atomic<bool>& stop)
    : settings_(std::move(settings)),
      group_(std::move(group)),
      process_id_(std::move(process_id)),
      log_(log),
      stop_(stop) {}

Status KafkaConnector::check_settings() const {
  if (!settings_.kafka.contains("bootstrap.servers") && !settings_.kafka.contains("metadata.broker.list")) {
    return Error{ErrorCode::client_property, "no Kafka brokers are named",
                 "set bootstrap.servers under kafka:"};
  }
  for (const auto& [name, value] : settings_.kafka) {
    if (const Status status = check_property(name, value); !status) return status;
  }
  if (settings_.group_protocol == GroupProtocol::consumer && !settings_.instance_id.empty()) {
    return Error{ErrorCode::client_property, "instance_id needs the group protocol classic",
                 "remove instance_id, or set group_protocol to classic"};
  }
  return {};
}

Result<std::unique_ptr<Topics>> KafkaConnector::connect_topics(const std::string& client_id, Pulse& pulse) {
  if (const Status status = check_settings(); !status) return status.error();
  Result<std::unique_ptr<TopicAdmin>> admin = TopicAdmin::make(settings_, {.client_id = client_id}, log_, pulse);
  if (!admin) return admin.error();
  if (const Status status = (*admin)->wait_for_brokers(stop_); !status) return status.error();
  return std::unique_ptr<Topics>(std::move(*admin));
}

Result<std::unique_ptr<Topics>> KafkaConnector::connect_topics() {
  return connect_topics(group_ + "-" + process_id_, pulse_);
}

Result<std::unique_ptr<ChangelogReader>> KafkaConnector::connect_changelogs() {
  if (const Status status = check_settings(); !status) return status.error();
  const ClientNames names{.client_id = group_ + "-" + process_id_};
  return std::unique_ptr<ChangelogReader>(std::make_unique<PartitionReader>(settings_, names, log_, pulse_));
}

Result<WorkerConnections> KafkaConnector::connect_worker(std::uint32_t worker, Pulse& pulse) {
  const std::string id = group_ + "-" + process_id_ + "-" + std::to_string(worker);
  WorkerConnections connections;
  Result<std::unique_ptr<Topics>> topics = connect_topics(id, pulse);
  if (!topics) return topics.error();
  connections.topics = std::move(*topics);

  const ClientNames names{.client_id = id, .group = group_, .transactional_id = id};
  auto sink = std::make_unique<TransactionalProducer>(settings_, names, log_, pulse, stop_);
  if (const Status status = sink->connect(); !status) return status.error();
  connections.sink = std::move(sink);
  connections.source = std::make_unique<GroupConsumer>(settings_, names, log_, pulse);
  connections.changelogs = std::make_unique<PartitionReader>(settings_, names, log_, pulse);
  return connections;
}

}  // namespace tallymill::processor::kafka
