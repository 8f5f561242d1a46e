#pragma once

#include <librdkafka/rdkafka.h>

#include <string>
#include <string_view>

#include "topology/base/error.h"

// From librdkafka's error codes to sentences that name the resource, the right that is missing and the
// remedy.
namespace tallymill::processor::kafka {

/// What an operation was about, for the sentence of its failure.
struct Resource {
  enum class Kind { topic, group, transactional_id, cluster } kind;
  std::string name;  ///< of a cluster: empty
};

/// "topic orders", "consumer group spend".
std::string describe(const Resource& resource);

/// `action` is a clause such as "reading topic orders". `reason` is librdkafka's own text; it holds no
/// secret.
topology::Error error_of(rd_kafka_resp_err_t code, std::string_view action, const Resource& resource,
                         std::string_view reason);

/// Whether the same call may succeed later without anybody doing anything: brokers that are down, leaders
/// that move, coordinators that load.
bool passes(rd_kafka_resp_err_t code);

/// Why a broker cannot be reached, as one clause, and what to do about it.
struct ContactFailure {
  std::string broker;  ///< HOST:PORT; empty if the reason does not name one
  std::string cause;
  std::string hint;
};
/// Takes librdkafka's `HOST:PORT/ID: REASON` apart. An ID that is a number is an address the brokers
/// advertised, `bootstrap` one that was configured.
ContactFailure explain_contact_failure(rd_kafka_resp_err_t code, std::string_view reason);

}  // namespace tallymill::processor::kafka
