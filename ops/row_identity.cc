#include "ops/row_identity.h"

#include <algorithm>

#include "ops/replay_rules.h"
#include "ops/row_metadata.h"
#include "topology/data/row_codec.h"

namespace tallymill::ops {

using topology::Arena;
using topology::ChangeOperation;
using topology::Envelope;
using topology::Error;
using topology::ErrorCode;
using topology::RecordKey;
using topology::RecordOrigin;
using topology::Result;
using topology::Status;
using topology::Value;
using topology::ValueKind;

namespace {

bool has_value(const Value& value) {
  return !value.is(ValueKind::unset) && !value.is(ValueKind::unavailable) && !value.is_null();
}

std::string in_quotes(std::string_view text) { return '"' + std::string(text) + '"'; }

/// The remedy of key_not_identity. Without the old values of the key's columns an update that changes one is told as
/// one of a row that nobody knows.
std::string same_columns(const topology::SourcePlan& source) {
  return "make primary_key of source " + in_quotes(source.declaration.name) +
         " and the connector's key (message.key.columns) the same columns, and let the table's replica identity have "
         "them all (ALTER TABLE .. REPLICA IDENTITY FULL, unless they are its primary key)";
}

std::string_view fault_of(RecordKey::Form form) {
  switch (form) {
    case RecordKey::Form::absent:
      return "the Kafka key is null";
    case RecordKey::Form::identity:
      return "the Kafka key writes a number in one of several texts";
    case RecordKey::Form::exceeds:
      return "the Kafka key has columns outside of the primary key";
    case RecordKey::Form::lacks:
      return "the Kafka key lacks a column of the primary key";
    case RecordKey::Form::opaque:
      return "the Kafka key does not name the primary key";
  }
  INVARIANT(false, "a form of a Kafka key outside the enumeration");
}

/// The column of metadata that tells two tables apart.
std::string_view telling_part(const TableName& a, const TableName& b) {
  if (a.schema != b.schema) return "schema";
  if (a.table != b.table) return "table";
  return a.database != b.database ? "database" : "connector";
}

}  // namespace

Error other_table_error(const TableName& table, const TableName& stored) {
  const std::string part(telling_part(table, stored));
  const bool is_named_by_connector = part == "connector";
  const auto name = [&](const TableName& each) {
    return in_quotes(each.text()) + (is_named_by_connector ? " of connector " + in_quotes(each.server) : "");
  };
  return {ErrorCode::other_table,
          "a row of table " + name(table) + " has the primary key of a row of table " + name(stored),
          "let the primary key say which table a row is of, as in `primary_key: [" + part + ", ..]` with `" + part +
              ": { type: string, from: meta." + part +
              " }`; or write `one_table: true` if the tables are partitions of one"};
}

Error other_row_error() {
  return {ErrorCode::key_not_identity,
          "another row with this primary key is there: two rows of the table share it",
          "add the column to primary_key that tells the rows apart; the Kafka key may have it"};
}

bool is_under_other_key(const StoredRow& stored, const Envelope& envelope) {
  return stored.beside_key.contradicts(envelope.key.beside);
}

bool is_of_other_row(const StoredRow& stored, const Envelope& envelope) {
  if (!is_under_other_key(stored, envelope)) return false;
  if (envelope.operation == ChangeOperation::read) {
    return stored.written_by_snapshot && stored.snapshot &&
           snapshot_position(stored, envelope).is_of_same_snapshot(*stored.snapshot);
  }
  if (stored.is_contested) return true;
  if (envelope.operation != ChangeOperation::create && !envelope.operation_is_assumed) return false;
  // A snapshot reads keys of which the stream may only tell later how they came to be.
  if (stored.written_by_snapshot) return order_to_snapshot(stored, envelope) == std::strong_ordering::greater;
  // At one LSN a replay begins with inserts of keys that the row has left since.
  return !envelope.lsn || !stored.fence || *envelope.lsn != stored.fence->lsn;
}

RowIdentity::RowIdentity(const topology::SourcePlan& source) : source_(source) {
  for (const std::size_t column : source.primary_key) {
    const auto found =
        std::find_if(source.metadata.begin(), source.metadata.end(),
                     [&](const topology::MetadataColumn& metadata) { return metadata.column == column; });
    const bool is_metadata = found != source.metadata.end();
    metadata_.push_back(is_metadata ? std::optional(found->field) : std::nullopt);
    has_metadata_ = has_metadata_ || is_metadata;
  }
}

Status RowIdentity::check_place(const RecordKey& key, const RecordOrigin& origin) const {
  if (origin.partitions <= 1 || (key.form == RecordKey::Form::identity && key.canonical)) return {};
  return Error{ErrorCode::key_not_identity,
               std::string(fault_of(key.form)) + ", so changes of one row may stand in several of the " +
                   std::to_string(origin.partitions) + " partitions of topic " + in_quotes(origin.topic),
               same_columns(source_) + "; or give the topic one partition"};
}

Status RowIdentity::check_update(const Envelope& envelope, bool is_known) const {
  if (is_known || envelope.operation != ChangeOperation::update || envelope.operation_is_assumed) return {};
  const RecordKey::Form form = envelope.key.form;
  if (form == RecordKey::Form::identity || form == RecordKey::Form::exceeds) return {};
  return Error{ErrorCode::key_not_identity,
               std::string(fault_of(form)) +
                   ", and the update of a row that is not known does not say what the row was before: it may leave "
                   "another one",
               same_columns(source_)};
}

Error RowIdentity::no_value(const Envelope& envelope, std::size_t column, std::string_view what) const {
  const std::string check = "check primary_key of source " + in_quotes(source_.declaration.name);
  // Without REPLICA IDENTITY FULL the before image of a delete has the table's own key and nothing else.
  const bool is_delete = envelope.operation == ChangeOperation::remove;
  return {ErrorCode::missing_key,
          "primary-key column " + in_quotes(source_.type.columns[column].name) + std::string(what),
          is_delete ? check + "; if it is right, ALTER TABLE .. REPLICA IDENTITY FULL makes a delete state the whole "
                              "row, and message.key.columns puts the column into the Kafka key"
                    : check};
}

Result<std::string_view> RowIdentity::key_of(const Envelope& envelope, const RecordOrigin& origin,
                                             std::span<Value> block, Arena& arena) const {
  const RecordKey& key = envelope.key;
  thread_local std::string bytes;  // its memory is kept from record to record
  thread_local std::string in_row_bytes;
  bytes.clear();
  for (std::size_t i = 0; i < source_.primary_key.size(); ++i) {
    const std::size_t column = source_.primary_key[i];
    if (metadata_[i]) {
      const Value value = metadata_value(*metadata_[i], envelope, origin);
      if (value.is_null()) {
        return no_value(envelope, column, " is taken from meta." + std::string(name_of(*metadata_[i])) +
                                    ", which the record does not state");
      }
      topology::append_key(bytes, {&value, 1});
      continue;
    }
    const bool in_row = !block.empty() && !block[column].is(ValueKind::unset);
    const bool in_key = !key.values.empty() && !key.values[i].is(ValueKind::unset);
    if (!in_key && !in_row) return no_value(envelope, column, " is neither in the Kafka key nor in the row");
    const Value& value = in_key ? key.values[i] : block[column];
    if (!has_value(value)) return no_value(envelope, column, " has no value");
    const std::size_t start = bytes.size();
    topology::append_key(bytes, {&value, 1});
    if (!in_row && !block.empty()) block[column] = value;
    if (!in_row || !in_key) continue;
    in_row_bytes.clear();
    topology::append_key(in_row_bytes, {&block[column], 1});
    if (std::string_view(bytes).substr(start) != in_row_bytes) {
      return Error{ErrorCode::key_mismatch,
                   "the Kafka key and the row differ in primary-key column " +
                       in_quotes(source_.type.columns[column].name),
                   "check message.key.columns of the connector against primary_key of the source"};
    }
  }
  return arena.copy(bytes);
}

std::optional<std::string_view> RowIdentity::left_key(const Envelope& envelope, const RecordOrigin& origin,
                                                      Arena& arena) const {
  if (envelope.operation != ChangeOperation::update || !envelope.before) return std::nullopt;
  thread_local std::string bytes;  // its memory is kept from record to record
  bytes.clear();
  for (std::size_t i = 0; i < source_.primary_key.size(); ++i) {
    const Value value = metadata_[i] ? metadata_value(*metadata_[i], envelope, origin)
                                     : (*envelope.before)[source_.primary_key[i]];
    if (!has_value(value)) return std::nullopt;
    topology::append_key(bytes, {&value, 1});
  }
  return arena.copy(bytes);
}

}  // namespace tallymill::ops
