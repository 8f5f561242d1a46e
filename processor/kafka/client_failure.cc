#include "processor/kafka/client_failure.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace tallymill::processor::kafka {

using topology::Error;
using topology::ErrorCode;

std::string describe(const Resource& resource) {
  switch (resource.kind) {
    case Resource::Kind::topic:
      return "topic " + resource.name;
    case Resource::Kind::group:
      return "consumer group " + resource.name;
    case Resource::Kind::transactional_id:
      return "transactional id " + resource.name;
    case Resource::Kind::cluster:
      return "the cluster";
  }
  return resource.name;
}

namespace {

// The operations of Kafka's authorizer;
// https://kafka.apache.org/documentation/#operations_resources_and_protocols.
std::string_view missing_right(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
      return "Read, Write and Describe on the topic";
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
      return "Read and Describe on the consumer group";
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
      return "Write and Describe on the transactional id";
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
      return "IdempotentWrite on the cluster (for creating topics: Create on the cluster or the topic)";
    default:
      return {};
  }
}

}  // namespace

Error error_of(rd_kafka_resp_err_t code, std::string_view action, const Resource& resource,
               std::string_view reason) {
  const std::string text = std::string(action) + " failed: ";
  if (const std::string_view right = missing_right(code); !right.empty()) {
    return {ErrorCode::not_authorized, text + "the brokers refuse access to " + describe(resource),
            "grant this process's principal " + std::string(right) +
                ", such as with kafka-acls.sh, and start again"};
  }
  switch (code) {
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_ID:
      return {ErrorCode::topic_missing,
              text + "there is no " + describe(resource) + ", or no such partition of it",
              "create the topic, or correct its name in the topology"};
    case RD_KAFKA_RESP_ERR__FENCED:
    case RD_KAFKA_RESP_ERR_PRODUCER_FENCED:
    case RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH:
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
    case RD_KAFKA_RESP_ERR_UNRELEASED_INSTANCE_ID:
      return {ErrorCode::fenced, text + "another process uses the same " + describe(resource),
              "let only one process run with this state directory and instance id"};
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
      return {ErrorCode::unproducible, text + std::string(reason),
              "raise the topic's max.message.bytes, and message.max.bytes under kafka:"};
    default:
      break;
  }
  if (passes(code)) {
    return {ErrorCode::broker_unreachable, text + std::string(reason),
            "check that the brokers run and can be reached from here"};
  }
  return {ErrorCode::kafka_client_failed, text + std::string(reason) + " (" + rd_kafka_err2name(code) + ")",
          ""};
}

bool passes(rd_kafka_resp_err_t code) {
  static constexpr std::array transient{
      RD_KAFKA_RESP_ERR__TRANSPORT,
      RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN,
      RD_KAFKA_RESP_ERR__TIMED_OUT,
      RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE,
      RD_KAFKA_RESP_ERR__RESOLVE,
      RD_KAFKA_RESP_ERR__DESTROY_BROKER,  // of a connection that librdkafka gives up for another one
      RD_KAFKA_RESP_ERR_REBOOTSTRAP_REQUIRED,
      RD_KAFKA_RESP_ERR__WAIT_COORD,
      RD_KAFKA_RESP_ERR__IN_PROGRESS,
      RD_KAFKA_RESP_ERR__PREV_IN_PROGRESS,
      RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED,
      RD_KAFKA_RESP_ERR__AUTHENTICATION,
      RD_KAFKA_RESP_ERR__SSL,
      RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
      RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
      RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
      RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE,
      RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE,
      RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION,
      RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
      RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
      RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
      RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
      RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND,
      RD_KAFKA_RESP_ERR_NOT_CONTROLLER,
      RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS,
      RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS,
      RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT,
      RD_KAFKA_RESP_ERR_STALE_MEMBER_EPOCH,
      RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE,
      RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH,
      RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH,
      RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR,
      RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED,
  };
  return std::find(transient.begin(), transient.end(), code) != transient.end();
}

namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// librdkafka adds "(after 3ms in state CONNECT, 4 identical error(s) suppressed)": it differs each time and
// says nothing to whoever operates the engine.
std::string_view without_timing(std::string_view reason) { return reason.substr(0, reason.find(" (after ")); }

std::pair<std::string, std::string> cause_and_hint(rd_kafka_resp_err_t code, std::string_view reason) {
  if (code == RD_KAFKA_RESP_ERR__RESOLVE || contains(reason, "Failed to resolve")) {
    return {"its name cannot be resolved", "check the name in bootstrap.servers and this machine's DNS"};
  }
  if (code == RD_KAFKA_RESP_ERR__AUTHENTICATION || contains(reason, "SASL")) {
    return {"the login was refused: " + std::string(without_timing(reason)),
            "check sasl.mechanism, sasl.username and sasl.password, and that the listener speaks SASL"};
  }
  if (code == RD_KAFKA_RESP_ERR__SSL || contains(reason, "SSL")) {
    return {"TLS failed: " + std::string(without_timing(reason)),
            "check ssl.ca.location, the client's certificate, and that the listener speaks TLS"};
  }
  if (contains(reason, "Connection refused")) {
    return {"it refuses the connection", "check that the broker runs and that the port is its listener's"};
  }
  return {std::string(without_timing(reason)),
          "check security.protocol, firewalls, and that the broker runs"};
}

}  // namespace

ContactFailure explain_contact_failure(rd_kafka_resp_err_t code, std::string_view reason) {
  if (const std::size_t scheme = reason.find("://");
      scheme != std::string_view::npos && scheme < reason.find(' ')) {
    reason.remove_prefix(scheme + 3);
  }
  ContactFailure failure;
  bool advertised = false;
  const std::size_t slash = reason.find('/');
  const std::size_t colon = reason.find(": ");
  if (slash != std::string_view::npos && colon != std::string_view::npos && slash < colon) {
    failure.broker = reason.substr(0, slash);
    const std::string_view id = reason.substr(slash + 1, colon - slash - 1);
    advertised =
        !id.empty() && std::all_of(id.begin(), id.end(), [](unsigned char c) { return std::isdigit(c); });
    reason.remove_prefix(colon + 2);
  }
  std::tie(failure.cause, failure.hint) = cause_and_hint(code, reason);
  if (advertised) {
    failure.cause = "the brokers advertise " + failure.broker + ", which cannot be reached: " + failure.cause;
    failure.hint =
        "if the broker runs, check advertised.listeners: it must be an address that this machine reaches";
  }
  return failure;
}

}  // namespace tallymill::processor::kafka
