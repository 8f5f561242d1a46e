#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "processor/runtime/task_state.h"
#include "topology/base/result.h"

namespace tallymill::processor {

/// A task's progress as bytes: the metadata record that every commit of the task writes into its changelog.
///
///   u8 format = 2 | varint commit number | varint next offset | i64 stream time |
///   varint lanes, then per upstream lane: varint sub-topology, input, hop | i64 watermark | varint received
///   | varint hops, then per hop: varint partitions, then per partition: varint sent | i64 announced |
///   what a source's task remembers (ops::SourceMemory): u8 shape | u8 streaming | server, database, schema,
///   table and last deleted key as byte strings | varint read | each record fate | each observation | varint
///   pipelines, then per pipeline: its name | counts | varint steps, then per step: its pipeline's name, its
///   own | counts
///
/// Counts are varint received | each image's fate. Lists of fates carry their length, so that one that a
/// later version adds is zero where it was not known. Places are written by name, since their positions
/// shift, and only where an image came.
std::string write_task_metadata(const TaskProgress& progress, const CountedPlaces& places);

/// Error: changelog_damaged, of another format too.
topology::Result<TaskProgress> read_task_metadata(std::string_view bytes, const CountedPlaces& places);

}  // namespace tallymill::processor
