#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "topology/base/result.h"
#include "topology/plan/plan.h"

namespace tallymill::topology {

inline constexpr std::size_t topic_name_bytes_max = 249;  ///< Kafka's own limit

/// Whether a topic's name is kept for topics that the application with this prefix makes itself.
bool is_internal_topic(std::string_view topic, std::string_view prefix);

/// The topics that the application makes itself, by the names that its prefix gives them.
std::vector<std::string> internal_topics(const Plan& plan);

/// A name with its dots as underscores: topics for which it is the same have one name in Kafka's metrics, and
/// Kafka refuses to create the second.
std::string name_in_metrics(std::string_view topic);

/// Checks the internal topics' names against Kafka's limit and against all topics that the topology reads and
/// writes, for a prefix that lint did not know. Errors: invalid_value, duplicate_name.
Status check_internal_topics(const Plan& plan);

}  // namespace tallymill::topology
