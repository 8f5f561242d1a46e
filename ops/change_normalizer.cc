#include "ops/change_normalizer.h"

#include <algorithm>

#include "ops/deletion_markers.h"
#include "ops/row_metadata.h"
#include "topology/data/row_codec.h"

namespace tallymill::ops {

using topology::Change;
using topology::ChangeOperation;
using topology::Envelope;
using topology::Error;
using topology::ErrorCode;
using topology::RecordKey;
using topology::Result;
using topology::SourceMode;
using topology::Status;
using topology::Value;

namespace {

std::string in_quotes(std::string_view text) { return '"' + std::string(text) + '"'; }

Error no_after_image() {
  return {ErrorCode::missing_image, "the record has no after image", "check the connector's transforms"};
}

}  // namespace

/// One record while it is decided about.
struct ChangeNormalizer::Context {
  const Envelope& envelope;
  const topology::RecordOrigin& origin;
  SourceMemory& memory;
  StateStore& rows;
  topology::Arena& arena;
};

/// One row that the record is about, as it is stored.
struct ChangeNormalizer::Subject {
  std::string_view key;
  StoredRow stored;
};

/// The rows that a record is about.
struct ChangeNormalizer::Rows {
  Subject subject;
  std::optional<Subject> left;  ///< the row that an update with another primary key leaves
  Subject* foreign = nullptr;   ///< the one of the two that is a row of another table
};

ChangeNormalizer::ChangeNormalizer(const topology::SourcePlan& source)
    : source_(source), identity_(source), images_(source), keyless_(source) {}

Result<NormalizedRecord> ChangeNormalizer::normalize(const Envelope& envelope,
                                                     const topology::RecordOrigin& origin,
                                                     SourceMemory& memory, StateStore& rows,
                                                     topology::Arena& arena) const {
  Result<NormalizedRecord> record(std::in_place);
  if (envelope.lsn_unreadable) record->observe(Observation::lsn_unreadable);
  Context context{envelope, origin, memory, rows, arena};
  if (const Status status = decide(context, *record); !status) record = status.error();
  return record;
}

Status ChangeNormalizer::decide(Context& context, NormalizedRecord& record) const {
  if (context.envelope.operation == ChangeOperation::ignored) return {};
  if (context.envelope.operation == ChangeOperation::truncate) {
    if (source_.declaration.on_truncate == topology::TruncateReaction::ignore) return {};
    const std::string table = table_of(context.envelope).text();
    return Error{ErrorCode::truncate_refused,
                 (table.empty() ? "the table" : "table " + in_quotes(table)) + " behind source " +
                     in_quotes(source_.declaration.name) + " was truncated",
                 "its rows are still counted: start over with a new snapshot; on_truncate: ignore goes on, and the "
                 "totals keep them"};
  }
  switch (source_.declaration.mode) {
    case SourceMode::events:
      keyless_.normalize_event(context.envelope, context.origin, record);
      return {};
    case SourceMode::changelog:
      return keyless_.normalize_change(context.envelope, context.origin, context.memory, record);
    case SourceMode::table:
      break;
  }
  return normalize_row(context, record);
}

// --- Rows of a table -----------------------------------------------------------------------------------------

Status ChangeNormalizer::normalize_row(Context& context, NormalizedRecord& record) const {
  const Envelope& envelope = context.envelope;
  if (envelope.operation == ChangeOperation::tombstone) {
    tombstone(context, record);
    return {};
  }
  if (envelope.operation != ChangeOperation::unknown) {
    context.memory.shape = SourceMemory::shape_of(envelope);
  }
  if (identity_.has_metadata()) remember_delete(context);
  Rows rows;
  if (const Status found = find(context, rows); !found) {
    refuse(context, found.error(), record);
    if (rows.foreign != nullptr) note_delete(context, *rows.foreign, record);
    return {};
  }
  context.memory.note_home(envelope);
  if (envelope.operation != ChangeOperation::read) {
    return change(context, rows.left ? &*rows.left : nullptr, rows.subject, record);
  }
  snapshot_row(context, rows.subject, record);
  return {};
}

/// Errors are the record's: it is a dead letter.
Status ChangeNormalizer::find(Context& context, Rows& rows) const {
  const Envelope& envelope = context.envelope;
  if (const Status status = identity_.check_place(envelope.key, context.origin); !status) return status;
  const auto& block = envelope.after ? envelope.after : envelope.before;
  const auto key = identity_.key_of(envelope, context.origin, block.value_or(std::span<Value>()), context.arena);
  if (!key) return key.error();
  rows.subject.key = *key;
  if (const Status status = find_own(context, rows.subject, rows); !status) return status;
  const auto left_key = identity_.left_key(envelope, context.origin, context.arena);
  if (!left_key) return identity_.check_update(envelope, !rows.subject.stored.empty());
  if (*left_key == rows.subject.key) return {};
  rows.left.emplace();
  rows.left->key = *left_key;
  if (const Status status = find_own(context, *rows.left, rows); !status) return status;
  if (context.origin.partitions <= 1 || rows.left->stored.row) return {};
  return Error{ErrorCode::key_not_identity,
               "the update changes the primary key, and the row that it leaves may stand in another partition of "
               "topic " + in_quotes(context.origin.topic),
               "let the connector use its own Kafka keys, so that it writes a delete and an insert; or give the topic "
               "one partition"};
}

/// Loads what is stored of a row, unless it is the row of another table. Positions in two databases' logs are never
/// compared.
Status ChangeNormalizer::find_own(Context& context, Subject& subject, Rows& rows) const {
  load(context, subject);
  const TableName table = table_of(context.envelope);
  if (source_.declaration.one_table || !differ(subject.stored.table, table)) {
    if (!differ_in_database(subject.stored.table, table)) return {};
    subject.stored.fence.reset();
    subject.stored.snapshot.reset();
    subject.stored.previous_epoch_time_ms.reset();
    return {};
  }
  rows.foreign = &subject;
  return other_table_error(table, subject.stored.table);
}

void ChangeNormalizer::refuse(const Context& context, Error error, NormalizedRecord& record) {
  record.fate = RecordFate::dead;
  if (error.code == ErrorCode::missing_key) record.observe(Observation::identity_unknown);
  // What is wrong with the record itself explains more than that it names no row.
  const bool is_unreadable = context.envelope.error != nullptr;
  record.dead = is_unreadable ? *context.envelope.error : std::move(error);
}

void ChangeNormalizer::load(Context& context, Subject& subject) const {
  const auto bytes = context.rows.get(subject.key);
  if (!bytes) return;
  auto stored = read_stored_row(*bytes, context.memory.home(), source_.type.size(), context.arena);
  INVARIANT(stored.ok(), "the row store holds an entry that it did not write");
  subject.stored = *stored;
  const TableName table = table_of(context.envelope);
  if (!subject.stored.row && !source_.declaration.one_table && differ(subject.stored.table, table)) {
    subject.stored = StoredRow{};  // the marker of another table's row says nothing of this one
  }
}

/// Behind a primary key from metadata a null is known by the `d` before it alone.
void ChangeNormalizer::remember_delete(Context& context) {
  std::string& last = context.memory.last_delete_key;
  if (context.envelope.operation == ChangeOperation::remove) {
    last = context.origin.key.value_or("");
  } else if (!last.empty() && last == context.origin.key) {
    last.clear();
  }
}

void ChangeNormalizer::tombstone(Context& context, NormalizedRecord& record) const {
  const RecordKey& record_key = context.envelope.key;
  const bool names_row = record_key.form == RecordKey::Form::identity ||
                         (record_key.form == RecordKey::Form::exceeds && context.origin.partitions <= 1);
  if (!names_row || identity_.has_metadata()) return nameless_tombstone(context, record);
  const auto key = identity_.key_of(context.envelope, context.origin, {}, context.arena);
  if (!key) return refuse(context, key.error(), record);
  Subject subject;
  subject.key = *key;
  load(context, subject);
  if (subject.stored.is_contested && is_under_other_key(subject.stored, context.envelope)) return;
  if (subject.stored.last_was_delete) {
    // The tombstone that Debezium sends behind every delete.
    StoredRow next = subject.stored;
    next.last_was_delete = false;
    return keep(context, subject, next, record, std::nullopt);
  }
  record.fate = RecordFate::unmatched;
  std::optional<Change> change;
  if (subject.stored.row) {
    record.fate = RecordFate::applied;
    change = Change{images_.image(*subject.stored.row), std::nullopt};
  }
  keep(context, subject, StoredRow{}, record, change);
}

/// A null of which the Kafka key does not tell the row.
void ChangeNormalizer::nameless_tombstone(Context& context, NormalizedRecord& record) const {
  if (identity_.has_metadata()) {
    const std::string& last = context.memory.last_delete_key;
    if (!last.empty() && last == context.origin.key) {
      context.memory.last_delete_key.clear();
      return;
    }
  } else if (context.memory.shape != SourceMemory::Shape::flattened) {
    // The envelope of the delete said it.
    record.observe(Observation::key_without_primary_key);
    return;
  }
  refuse(context,
         {ErrorCode::key_not_identity, "a tombstone deletes a row, and its Kafka key does not name the primary key",
          identity_.has_metadata()
              ? "let the connector write deletes as records of their own, which state the table"
              : "let the Kafka key hold the primary key, or let the connector write deletes as records of their own "
                "(delete.tombstone.handling.mode=rewrite)"},
         record);
}

// --- What becomes of one row ---------------------------------------------------------------------------------

/// A `c`, `u`, `d` or an unreadable record of `subject`. `left`: the row that an update with another primary key
/// leaves, which is deleted; each of the two is judged by its own fence.
Status ChangeNormalizer::change(Context& context, Subject* left, Subject& subject,
                                NormalizedRecord& record) const {
  const Envelope& envelope = context.envelope;
  if (left != nullptr) {
    const auto is_left_now = is_news(context, *left, {.is_delete = true}, record);
    if (!is_left_now) return is_left_now.error();
    if (*is_left_now) remove(context, *left, record);
  }
  const RecordFate fate_of_left = record.fate;
  const bool is_delete = envelope.operation == ChangeOperation::remove;
  const auto is_new = is_news(context, subject,
                              {.is_delete = is_delete,
                               .is_readable = envelope.error == nullptr,
                               .row = envelope.after ? &*envelope.after : nullptr},
                              record);
  if (!is_new) return is_new.error();
  if (*is_new && is_of_other_row(subject.stored, context.envelope)) {
    refuse_other_row(context, subject, record);
  } else if (*is_new && is_delete) {
    remove(context, subject, record);
  } else if (*is_new) {
    upsert(context, left, subject, record);
  }
  const bool says_less = record.fate == RecordFate::duplicate || record.fate == RecordFate::unchanged;
  if (left != nullptr && says_less && fate_of_left == RecordFate::applied) record.fate = fate_of_left;
  return {};
}

Result<bool> ChangeNormalizer::is_news(Context& context, Subject& subject, const ChangeFacts& facts,
                                       NormalizedRecord& record) const {
  StoredRow& stored = subject.stored;
  switch (judge_change(source_, stored, context.envelope, facts)) {
    case Standing::news:
      return true;
    case Standing::duplicate:
      record.fate = RecordFate::duplicate;
      note_delete(context, subject, record);
      return false;
    case Standing::log_went_back:
      break;
  }
  if (source_.declaration.on_lsn_regression == topology::RegressionReaction::fail) {
    return Error{ErrorCode::lsn_regression,
                 "a row of source " + in_quotes(source_.declaration.name) + " was last changed at lsn " +
                     std::to_string(stored.fence->lsn.value) + " and is changed by a later transaction at lsn " +
                     std::to_string(context.envelope.lsn->value) +
                     ", which is not behind it: the database's log went back",
                 "after a failover, restore or upgrade let the new database's clock pass the last applied time "
                 "(source.ts_ms " + std::to_string(stored.fence->source_time_ms) +
                     "), since older changes are taken for repeated ones, and set on_lsn_regression: new_epoch; "
                     "or start over"};
  }
  begin_epoch(stored);
  record.observe(Observation::lsn_regression);
  return true;
}

void ChangeNormalizer::refuse_other_row(Context& context, const Subject& subject, NormalizedRecord& record) const {
  refuse(context, other_row_error(), record);
  if (subject.stored.is_contested) return;
  StoredRow next = subject.stored;
  next.is_contested = true;
  keep(context, subject, next, record, std::nullopt);
}

/// Of a record that changes nothing else: whether a null behind it says something new.
void ChangeNormalizer::note_delete(const Context& context, const Subject& subject, NormalizedRecord& record) const {
  const bool is_delete = context.envelope.operation == ChangeOperation::remove;
  if (subject.stored.last_was_delete == is_delete) return;
  StoredRow next = subject.stored;
  next.last_was_delete = is_delete;
  keep(context, subject, next, record, std::nullopt);
}

void ChangeNormalizer::upsert(Context& context, const Subject* left, Subject& subject,
                              NormalizedRecord& record) const {
  const Envelope& envelope = context.envelope;
  const StoredRow& stored = subject.stored;
  if (envelope.error) return retract(context, subject, *envelope.error, record);
  if (!envelope.after) return retract(context, subject, no_after_image(), record);
  const std::span<Value> row = *envelope.after;
  const KnownRow known = known_row(envelope, left != nullptr ? &left->stored : nullptr, stored);
  if (const Status status = images_.complete(envelope, row, known); !status) {
    return retract(context, subject, status.error(), record);
  }
  fill_metadata(source_, envelope, context.origin, row);
  StoredRow next = stored;
  next.last_was_delete = false;
  next.written_by_snapshot = false;
  next.fence = moved_fence(stored, envelope, false);
  next.beside_key = envelope.key.beside;
  next.row = row;
  // A flattened record is taken for an update if it does not say what it is.
  const bool is_update = envelope.operation == ChangeOperation::update && !envelope.flattened;
  if (is_update && left == nullptr && stored.empty()) record.observe(Observation::update_of_unknown_row);
  record.fate = RecordFate::unchanged;
  std::optional<Change> change;
  if (!stored.row || !identical(*stored.row, row)) {
    record.fate = RecordFate::applied;
    change = Change{std::nullopt, images_.image(row)};
    if (stored.row) change->before = images_.image(*stored.row);
  }
  compare_before(envelope, left != nullptr ? *left : subject, record);
  keep(context, subject, next, record, change);
  // Also of an unchanged row: whether the row was seen before says nothing about the time.
  if (const auto time = images_.stream_time(envelope, context.origin, row)) {
    record.stream_time = time->time;
    if (time->is_capped) record.observe(Observation::ahead_of_clock);
  }
}

/// What is wrong with the row of an `r`; nothing if it is complete now.
std::optional<Error> ChangeNormalizer::fault_of_snapshot_row(const Envelope& envelope, const StoredRow& stored) const {
  if (envelope.error) return *envelope.error;
  if (!envelope.after) return no_after_image();
  // A snapshot says all of a row: what it lacks the table does not have.
  const Status status = images_.complete(envelope, *envelope.after, {.unchanged = stored.row, .says_all = true});
  if (!status) return status.error();
  return std::nullopt;
}

void ChangeNormalizer::snapshot_row(Context& context, Subject& subject, NormalizedRecord& record) const {
  const Envelope& envelope = context.envelope;
  const StoredRow& stored = subject.stored;
  std::optional<Error> fault = fault_of_snapshot_row(envelope, stored);
  if (is_of_other_row(stored, envelope) || contradicts_snapshot(source_, stored, envelope, !fault)) {
    return refuse_other_row(context, subject, record);
  }
  StoredRow next = stored;
  next.snapshot = snapshot_position(stored, envelope);
  next.last_was_delete = false;
  if (judge_snapshot(stored, *next.snapshot) == Standing::duplicate) {
    record.fate = RecordFate::duplicate;
    if (stored.last_was_delete) {
      next.snapshot = stored.snapshot;
      keep(context, subject, next, record, std::nullopt);
    }
    return;
  }
  if (fault) return retract(context, subject, std::move(*fault), record);
  const std::span<Value> row = *envelope.after;
  next.written_by_snapshot = true;
  next.beside_key = envelope.key.beside;
  next.is_contested = stored.is_contested && !is_under_other_key(stored, envelope);
  if (stored.row && images_.equal_in_content(row, *stored.row)) {
    // The row keeps the metadata that it was added with: a snapshot moves no money to another window.
    record.fate = RecordFate::unchanged;
    return keep(context, subject, next, record, std::nullopt);
  }
  fill_metadata(source_, envelope, context.origin, row);
  record.fate = RecordFate::applied;
  Change change{std::nullopt, images_.image(row)};
  if (stored.row) change.before = images_.image(*stored.row);
  next.row = row;
  keep(context, subject, next, record, change);
}

void ChangeNormalizer::remove(Context& context, Subject& subject, NormalizedRecord& record) const {
  const StoredRow& stored = subject.stored;
  const Envelope& envelope = context.envelope;
  record.fate = RecordFate::unmatched;
  std::optional<Change> change;
  if (stored.row) {
    record.fate = RecordFate::applied;
    change = Change{images_.image(*stored.row), std::nullopt};
  }
  const bool is_delete = envelope.operation == ChangeOperation::remove;
  if (is_delete) compare_before(envelope, subject, record);
  StoredRow next = stored;
  next.forget_row();
  next.last_was_delete = is_delete;  // no null comes behind an update that leaves the row
  next.fence = moved_fence(stored, envelope, true);
  next.deleted_at_ms = envelope.source_time_ms;
  if (!next.deleted_at_ms && context.origin.timestamp_ms >= 0) next.deleted_at_ms = context.origin.timestamp_ms;
  keep(context, subject, next, record, change);
}

/// The record is a dead letter, and so is the row that it leaves behind: the one it replaces is taken out, and the
/// position moves, so that a repeat is a duplicate and the next good record inserts. The table has the row all the
/// same: what tells it from another row of its primary key stays.
void ChangeNormalizer::retract(Context& context, Subject& subject, Error error,
                               NormalizedRecord& record) const {
  const StoredRow& stored = subject.stored;
  record.fate = RecordFate::dead;
  record.dead = std::move(error);
  StoredRow next = stored;
  next.row.reset();
  next.beside_key = context.envelope.key.beside;
  next.last_was_delete = false;
  next.written_by_snapshot = context.envelope.operation == ChangeOperation::read;
  if (next.written_by_snapshot) {
    next.snapshot = snapshot_position(stored, context.envelope);
    next.is_contested = stored.is_contested && !is_under_other_key(stored, context.envelope);
  } else {
    next.fence = moved_fence(stored, context.envelope, false);
  }
  std::optional<Change> change;
  if (stored.row) change = Change{images_.image(*stored.row), std::nullopt};
  keep(context, subject, next, record, change);
}

void ChangeNormalizer::keep(const Context& context, const Subject& subject, const StoredRow& next,
                            NormalizedRecord& record, std::optional<Change> change) const {
  RowMove& move = record.add_move();
  move.change = change;
  move.key = subject.key;
  if (next.empty()) {
    move.entry = RowMove::Entry::erase;
    return;
  }
  StoredRow entry = next;
  if (entry.row) entry.deleted_at_ms.reset();
  const TableName table = table_of(context.envelope);
  if (!table.empty() && (change || entry.table.empty())) entry.table = table;
  move.entry = RowMove::Entry::put;
  if (!entry.row && entry.deleted_at_ms != subject.stored.deleted_at_ms) {
    move.deleted_at_ms = entry.deleted_at_ms;
  }
  thread_local std::string bytes;  // its memory is kept from record to record
  bytes.clear();
  append_stored_row(bytes, entry, context.memory.home());
  move.bytes = context.arena.copy(bytes);
}

/// The before image is only compared, never subtracted.
void ChangeNormalizer::compare_before(const Envelope& envelope, const Subject& subject,
                                      NormalizedRecord& record) const {
  if (!envelope.before || !subject.stored.row) return;
  if (images_.differs(*envelope.before, *subject.stored.row)) record.observe(Observation::before_mismatch);
}

void ChangeNormalizer::remember(const RowMove& move, const SourceMemory& memory, StateStore& rows,
                                StateStore& tombs) const {
  switch (move.entry) {
    case RowMove::Entry::untouched:
      return;
    case RowMove::Entry::erase:
      rows.erase(move.key);
      return;
    case RowMove::Entry::put:
      rows.put(move.key, move.bytes);
      break;
  }
  if (!move.deleted_at_ms) return;
  const DeletionMarkers markers(memory.home(), source_.type.size(), rows, tombs);
  markers.add(move.key, *move.deleted_at_ms);
  markers.expire(*move.deleted_at_ms);
}

}  // namespace tallymill::ops
