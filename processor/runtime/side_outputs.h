#pragma once

#include <optional>
#include <string_view>

#include "ops/operator_context.h"
#include "processor/runtime/chain_node.h"

namespace tallymill::processor {

/// Adds a dead letter to the task's outgoing records: Kafka's key and value bytes of the record in hand as
/// `payload` allows, and headers tallymill.reason, .message, .step, .topic, .partition, .offset, .timestamp,
/// .plan. `step` is
/// "" for a record that was not decoded. In a flush there is no record, and the letter has headers only.
void write_dead_letter(TaskContext& context, topology::ErrorCode reason, std::string_view message,
                       std::string_view step);
/// The same without any payload, whatever the topology says: for a record that is too big to be written
/// again.
void write_dead_letter_pointer(TaskContext& context, topology::ErrorCode reason, std::string_view message);

/// Adds a late record: a JSON object with pipeline, step, applied ("before", "after", "none"), per half
/// whether it was late, its group, window and columns read, then topic, partition, offset, lsn and watermark.
void write_late(TaskContext& context, const topology::NodePlan& node, const ops::LateChange& change);

}  // namespace tallymill::processor
