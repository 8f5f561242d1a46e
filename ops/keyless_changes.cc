#include "ops/keyless_changes.h"

#include <algorithm>

#include "ops/row_metadata.h"

namespace tallymill::ops {

using topology::Change;
using topology::ChangeOperation;
using topology::Envelope;
using topology::Error;
using topology::ErrorCode;
using topology::Half;
using topology::Result;
using topology::Status;
using topology::Value;
using topology::ValueKind;

namespace {

void refuse(Error error, NormalizedRecord& record) {
  record.fate = RecordFate::dead;
  record.dead = std::move(error);
}

/// A table without a key mostly has null Kafka keys too.
std::string_view delete_key(const topology::RecordOrigin& origin) { return origin.key.value_or("a key that is null"); }

/// Debezium marks the first and the last row of a snapshot, and of each table in it ("first_in_data_collection").
bool is_of_second_snapshot(const Envelope& envelope, const SourceMemory& memory) {
  if (memory.is_streaming) return true;
  if (differ(memory.home(), table_of(envelope))) return false;  // another table has a first and a last row of its own
  if (memory.snapshot == SourceMemory::Snapshot::ended) return true;
  return memory.snapshot == SourceMemory::Snapshot::begun && envelope.snapshot.starts_with("first");
}

void note_snapshot(const Envelope& envelope, SourceMemory& memory) {
  if (differ(memory.home(), table_of(envelope))) return;
  const bool is_last = envelope.snapshot.starts_with("last");
  memory.snapshot = is_last ? SourceMemory::Snapshot::ended : SourceMemory::Snapshot::begun;
}

/// Behind an envelope's delete a null says nothing new; on a flattened topic it may be the only word of a delete.
void tombstone(const topology::RecordOrigin& origin, SourceMemory& memory, NormalizedRecord& record) {
  const bool was_told = memory.last_delete_key == delete_key(origin);
  memory.last_delete_key.clear();
  if (was_told || memory.shape != SourceMemory::Shape::flattened) return;
  refuse({ErrorCode::missing_image, "a tombstone says that a row was deleted, and not which",
          "let the connector write deletes as records with their row (delete.tombstone.handling.mode=rewrite)"},
         record);
}

}  // namespace

Result<Half> KeylessChanges::image_of(const Envelope& envelope, const topology::RecordOrigin& origin,
                                      bool is_before) const {
  const auto& error = is_before ? envelope.before_error : envelope.error;
  if (error) return *error;
  const auto& block = is_before ? envelope.before : envelope.after;
  if (!block) {
    return Error{ErrorCode::missing_image,
                 is_before ? "the record has no before image, which is what it retracts"
                           : "the record has no after image",
                 is_before ? "ALTER TABLE .. REPLICA IDENTITY FULL, or give the source a primary_key"
                           : "check the connector's transforms"};
  }
  if (const auto status = images_.complete(envelope, *block, {}); !status) return status.error();
  fill_metadata(source_, envelope, origin, *block);
  return images_.image(*block);
}

void KeylessChanges::note_stream_time(const Envelope& envelope, const topology::RecordOrigin& origin,
                                      NormalizedRecord& record) const {
  const auto time = images_.stream_time(envelope, origin, *envelope.after);
  if (!time) return;
  record.stream_time = time->time;
  if (time->is_capped) record.observe(Observation::ahead_of_clock);
}

bool KeylessChanges::is_fact(ChangeOperation operation) const {
  const topology::SourceDeclaration& declaration = source_.declaration;
  switch (operation) {
    case ChangeOperation::read:
      return declaration.include_snapshot;
    case ChangeOperation::create:
      return declaration.operations.create;
    case ChangeOperation::update:
      return declaration.operations.update;
    case ChangeOperation::remove:
      return declaration.operations.remove;
    default:
      return true;  // of an unknown operation nobody can say that it is none
  }
}

void KeylessChanges::normalize_event(const Envelope& envelope, const topology::RecordOrigin& origin,
                                     NormalizedRecord& record) const {
  const bool is_snapshot = envelope.operation == ChangeOperation::read;
  if (envelope.operation == ChangeOperation::tombstone || !is_fact(envelope.operation)) return;
  const bool is_delete = envelope.operation == ChangeOperation::remove;
  const auto image = image_of(envelope, origin, is_delete);
  if (!image) return refuse(image.error(), record);
  record.fate = RecordFate::applied;
  record.add_move().change = Change{std::nullopt, *image};
  if (!is_delete && !is_snapshot) note_stream_time(envelope, origin, record);
}

Status KeylessChanges::normalize_change(const Envelope& envelope, const topology::RecordOrigin& origin,
                                        SourceMemory& memory, NormalizedRecord& record) const {
  if (envelope.operation == ChangeOperation::tombstone) {
    tombstone(origin, memory, record);
    return {};
  }
  if (envelope.operation != ChangeOperation::unknown) memory.shape = SourceMemory::shape_of(envelope);
  memory.last_delete_key = envelope.operation == ChangeOperation::remove ? delete_key(origin) : std::string_view();
  memory.note_home(envelope);
  const bool is_snapshot = envelope.operation == ChangeOperation::read;
  if (is_snapshot && is_of_second_snapshot(envelope, memory)) {
    return Error{ErrorCode::second_snapshot,
                 "source " + source_.declaration.name +
                     " got a row of another snapshot, or the row of one again, which would be counted beside the row "
                     "that is there: without a primary key nothing says that the two are one",
                 "start over with the new snapshot under a new name, or give the table a primary key"};
  }
  memory.is_streaming = memory.is_streaming || !is_snapshot;
  if (is_snapshot) note_snapshot(envelope, memory);
  const bool has_before = envelope.operation == ChangeOperation::update ||
                          envelope.operation == ChangeOperation::remove;
  Change change;
  // First the before image: if it cannot be had, nothing of the record may be applied.
  if (has_before) {
    const auto before = image_of(envelope, origin, true);
    if (!before) {
      refuse(before.error(), record);
      return {};
    }
    const bool is_whole = std::none_of(before->row.begin(), before->row.end(), [](const Value& value) {
      return value.is(ValueKind::unavailable);
    });
    if (!is_whole) {
      refuse({ErrorCode::unavailable_value, "the before image lacks the value of an unchanged column",
              "ALTER TABLE .. REPLICA IDENTITY FULL makes PostgreSQL log such values"},
             record);
      return {};
    }
    change.before = *before;
  }
  record.fate = RecordFate::applied;
  if (envelope.operation != ChangeOperation::remove) {
    const auto after = image_of(envelope, origin, false);
    if (after) {
      change.after = *after;
      if (!is_snapshot) note_stream_time(envelope, origin, record);
    } else {
      refuse(after.error(), record);
    }
  }
  if (change.before && change.after && images_.equal_in_content(change.before->row, change.after->row)) {
    record.fate = RecordFate::unchanged;
  } else if (change.before || change.after) {
    record.add_move().change = change;
  }
  return {};
}

}  // namespace tallymill::ops
