#include "processor/kafka/topic_admin.h"

#include <array>
#include <chrono>
#include <thread>
#include <utility>

#include "processor/kafka/admin_requests.h"
#include "processor/kafka/broker_lifeline.h"
#include "processor/kafka/client_failure.h"
#include "topology/base/invariant.h"

namespace tallymill::processor::kafka {

using topology::Error;
using topology::ErrorCode;
using topology::Offset;
using topology::Result;
using topology::Status;

namespace {

using Clock = std::chrono::steady_clock;

constexpr int change_timeout_ms = 10'000;
constexpr std::chrono::seconds propagation_budget{30};

Error other_partition_count(const std::string& topic, std::int32_t has, std::int32_t needs) {
  return {ErrorCode::partition_count_changed,
          "topic " + topic + " exists with " + std::to_string(has) + " partitions and must have " +
              std::to_string(needs),
          "delete the topic if nothing of it is needed, or choose another prefix for internal topics"};
}

}  // namespace

Result<std::unique_ptr<TopicAdmin>> TopicAdmin::make(const EngineSettings& settings, const ClientNames& names,
                                                     EventLog& log, Pulse& pulse) {
  std::unique_ptr<TopicAdmin> admin(new TopicAdmin(names, log, pulse));
  Result<ClientConf> conf = admin_conf(settings, names);
  if (!conf) return conf.error();
  admin->contact_.attach(conf->get(), nullptr);
  Result<Client> client = make_client(RD_KAFKA_PRODUCER, std::move(*conf));
  if (!client) return client.error();
  admin->client_ = std::move(*client);
  return admin;
}

// Those that log what is in the way.
void TopicAdmin::serve_callbacks() { rd_kafka_poll(client_.get(), 0); }

Status TopicAdmin::wait_for_brokers(const std::atomic<bool>& stop) {
  while (!stop.load()) {
    const rd_kafka_metadata_t* metadata = nullptr;
    const rd_kafka_resp_err_t code = rd_kafka_metadata(client_.get(), 0, nullptr, &metadata, 500);
    const ClusterMetadata owned(metadata);
    serve_callbacks();
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
      contact_.answered();
      return {};
    }
    if (!passes(code)) {
      return error_of(code, "connecting", {Resource::Kind::cluster, {}}, rd_kafka_err2str(code));
    }
    contact_.pulse().beat();
    bootstrap_again(client_.get());
    // The wait between attempts to connect is librdkafka's (reconnect.backoff.ms); this is one between
    // questions.
    rd_kafka_poll(client_.get(), 100);
  }
  const std::string failure = contact_.last_failure();
  return Error{ErrorCode::broker_unreachable,
               "stopped before a broker answered" + (failure.empty() ? std::string() : "; " + failure),
               "check that the brokers run and can be reached from here"};
}

Result<std::optional<std::int32_t>> TopicAdmin::partition_count(const std::string& topic) {
  serve_callbacks();
  return count_partitions(client_.get(), topic);
}

Status TopicAdmin::create(const std::string& topic, std::int32_t partitions,
                          std::optional<std::int16_t> replication_factor, const TopicConfig& config) {
  serve_callbacks();
  std::array<char, 512> reason{};
  const std::string action = "creating topic " + topic;
  const Resource resource{Resource::Kind::topic, topic};
  const NewTopic request(rd_kafka_NewTopic_new(topic.c_str(), partitions, replication_factor.value_or(-1),
                                               reason.data(), reason.size()));
  if (request == nullptr) return Error{ErrorCode::invalid_value, action + " failed: " + reason.data(), ""};
  for (const auto& [name, value] : config) {
    rd_kafka_NewTopic_set_config(request.get(), name.c_str(), value.c_str());
  }
  rd_kafka_NewTopic_t* requests = request.get();
  std::string failure;
  const rd_kafka_resp_err_t code = repeat_while_passing(client_.get(), [&] {
    const AdminAnswer answer =
        ask_admin(client_.get(), RD_KAFKA_ADMIN_OP_CREATETOPICS, change_timeout_ms,
                  [&](const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
                    rd_kafka_CreateTopics(client_.get(), &requests, 1, options, queue);
                  });
    failure = answer.reason;
    if (answer.code != RD_KAFKA_RESP_ERR_NO_ERROR) return answer.code;
    std::size_t count = 0;
    const auto** topics =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(answer.event.get()), &count);
    INVARIANT(count == 1, "one resource was asked for");
    const char* text = rd_kafka_topic_result_error_string(topics[0]);
    failure = text == nullptr ? "" : text;
    return rd_kafka_topic_result_error(topics[0]);
  });
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
    return error_of(code, action, resource, failure);
  }
  return wait_for_topic(topic, partitions);
}

// A broker that is asked right after the creation may not know of the topic yet.
Status TopicAdmin::wait_for_topic(const std::string& topic, std::int32_t partitions) {
  const Clock::time_point deadline = Clock::now() + propagation_budget;
  while (true) {
    const Result<std::optional<std::int32_t>> count = partition_count(topic);
    if (!count) return count.error();
    if (*count == partitions) return {};
    if (count->has_value()) return other_partition_count(topic, **count, partitions);
    if (Clock::now() >= deadline) {
      return Error{ErrorCode::topic_missing,
                   "topic " + topic + " was created and cannot be seen on the brokers", "start again"};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

void TopicAdmin::purge(const Offsets& offsets) {
  serve_callbacks();
  purge_.start(client_.get(), offsets);
}

Result<std::vector<Offset>> TopicAdmin::offsets(std::span<const TopicPartition> partitions, LogPlace place) {
  serve_callbacks();
  return list_offsets(client_.get(), partitions, place);
}

Result<std::size_t> TopicAdmin::group_member_count(const std::string& group) {
  serve_callbacks();
  const char* name = group.c_str();
  const std::string action = "counting the members of group " + group;
  std::size_t members = 0;
  std::string failure;
  const rd_kafka_resp_err_t code = repeat_while_passing(client_.get(), [&] {
    const AdminAnswer answer =
        ask_admin(client_.get(), RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS, 0,
                  [&](const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
                    rd_kafka_DescribeConsumerGroups(client_.get(), &name, 1, options, queue);
                  });
    failure = answer.reason;
    if (answer.code != RD_KAFKA_RESP_ERR_NO_ERROR) return answer.code;
    std::size_t count = 0;
    const auto** groups = rd_kafka_DescribeConsumerGroups_result_groups(
        rd_kafka_event_DescribeConsumerGroups_result(answer.event.get()), &count);
    INVARIANT(count == 1, "one resource was asked for");
    const rd_kafka_error_t* error = rd_kafka_ConsumerGroupDescription_error(groups[0]);
    members = rd_kafka_ConsumerGroupDescription_member_count(groups[0]);
    if (error == nullptr) return RD_KAFKA_RESP_ERR_NO_ERROR;
    failure = rd_kafka_error_string(error);
    return rd_kafka_error_code(error);
  });
  // A group that nobody ever joined does not exist.
  if (code == RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND) return std::size_t{0};
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return error_of(code, action, {Resource::Kind::group, group}, failure);
  }
  return members;
}

}  // namespace tallymill::processor::kafka
