#pragma once

#include <string_view>

#include "ops/operator_context.h"
#include "processor/runtime/chain_node.h"

namespace tallymill::processor {

// Dead letters are added to the task's outgoing records. All have the headers tallymill.reason, .message,
// .step
// ("PIPELINE.STEP", empty for a record that no step has seen) and .plan, then what is there of
//   .pipeline .column .expression         the step's, what it could not compute or read, and as what
//   .topic .partition .offset .timestamp  the record's
//   .group .window                        of a row without a record: what identifies it at an aggregate, as
//   JSON
// Headers hold no value of a sensitive column: in .group its keyed hash stands for it.

/// Of the record in hand, which could not be decoded or applied. Key and value as `dead_letter.payload`
/// allows.
void write_dead_letter(TaskContext& context, topology::ErrorCode reason, std::string_view message,
                       std::string_view step);
/// Of an image that a step of `node` refused: with the record in hand, or where there is none with the row.
void write_dead_letter(TaskContext& context, const topology::NodePlan& node, const ops::DeadLetter& letter);
/// Of the record in hand without any payload, whatever the topology says: it is too big to be written again.
void write_dead_letter_pointer(TaskContext& context, topology::ErrorCode reason, std::string_view message);

/// Adds a late record: a JSON object with pipeline, step, applied ("before", "after", "none"), per image
/// whether it was late, its group, window and columns read, then topic, partition, offset, lsn and watermark.
void write_late(TaskContext& context, const topology::NodePlan& node, const ops::LateChange& change);

}  // namespace tallymill::processor
