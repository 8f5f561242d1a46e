#include "processor/codec/change_reader.h"

#include "processor/codec/json_text.h"

namespace tallymill::processor {

using topology::Arena;
using topology::ChangeOperation;
using topology::Envelope;
using topology::Error;
using topology::ErrorCode;
using topology::Result;
using topology::Status;

namespace {

/// Of `op` and `__op`; nothing for what Debezium does not write.
std::optional<ChangeOperation> operation_of(std::string_view text) {
  if (text.size() != 1) return std::nullopt;
  switch (text.front()) {
    case 'c':
      return ChangeOperation::create;
    case 'u':
      return ChangeOperation::update;
    case 'd':
      return ChangeOperation::remove;
    case 'r':
      return ChangeOperation::read;
    case 't':
      return ChangeOperation::truncate;
    case 'm':
      return ChangeOperation::ignored;
    default:
      return std::nullopt;
  }
}

bool is_null(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return false;
  return text.substr(start, text.find_last_not_of(" \t\r\n") - start + 1) == "null";
}

Envelope tombstone() {
  Envelope envelope;
  envelope.operation = ChangeOperation::tombstone;
  return envelope;
}

Error unknown_operation(std::string_view name) {
  return malformed_record("value", "its operation \"" + std::string(name) + "\" is none of c, u, d, r, t, m");
}

bool carries_row(ChangeOperation operation) {
  return operation == ChangeOperation::create || operation == ChangeOperation::update ||
         operation == ChangeOperation::read;
}

}  // namespace

ChangeReader::ChangeReader(const WireFormat& format)
    : schemas_(format.columns), records_(format.columns, format.row_size) {}

Result<Envelope> ChangeReader::read(std::string_view value, Arena& arena) {
  RecordParts parts;
  if (const std::optional<Unwrapped> known = schemas_.match(value)) {
    if (is_null(known->payload)) return tombstone();
    const Status status =
        read_payload({padded_copy(known->payload, arena), *known->schema, false}, arena, parts);
    if (status.ok()) return std::move(parts.envelope);
    // If the payload is broken the record may have more fields behind it: the whole of it decides.
    if (status.error().code != ErrorCode::malformed_record) return status.error();
  }
  if (is_null(value)) return tombstone();
  const std::string_view whole = padded_copy(value, arena);
  parts = RecordParts{};
  const Status status = read_payload({whole, schemas_.without_schema(), true}, arena, parts);
  if (!status.ok()) return status.error();
  if (parts.evidence.verdict() != RecordShape::wrapped) return std::move(parts.envelope);

  const Result<Unwrapped> unwrapped = schemas_.unwrap(parser_, whole);
  if (!unwrapped.ok()) return unwrapped.error();
  if (is_null(unwrapped->payload)) return tombstone();
  parts = RecordParts{};
  const Status inner =
      read_payload({padded_copy(unwrapped->payload, arena), *unwrapped->schema, false}, arena, parts);
  if (!inner.ok()) return inner.error();
  return std::move(parts.envelope);
}

Status ChangeReader::read_payload(const Payload& payload, Arena& arena, RecordParts& parts) {
  if (const auto error = records_.read(parser_, payload, last_shape_, arena, parts)) {
    return malformed_record("value", simdjson::error_message(error));
  }
  const RecordShape shape = parts.evidence.verdict();
  if (shape == RecordShape::wrapped) return {};
  if (shape == RecordShape::no_row) {
    parts.envelope = Envelope{};
    return {};
  }
  if (shape != last_shape_) {
    last_shape_ = shape;
    parts = RecordParts{};
    if (const auto error = records_.read(parser_, payload, shape, arena, parts)) {
      return malformed_record("value", simdjson::error_message(error));
    }
  }
  return shape == RecordShape::envelope ? finish_envelope(parts) : finish_flattened(parts);
}

Status ChangeReader::finish_envelope(RecordParts& parts) const {
  const std::optional<ChangeOperation> operation = operation_of(parts.operation);
  if (!operation) return unknown_operation(parts.operation);
  parts.envelope.operation = *operation;
  if (carries_row(*operation)) {
    if (!parts.after) return malformed_record("value", "its operation needs an \"after\" and has none");
    if (parts.after->error) return std::move(*parts.after->error);
    if (auto absent = records_.first_absent_after(*parts.after)) return std::move(*absent);
    parts.envelope.after = parts.after->values;
  }
  // A before image is never subtracted: what cannot be read in it is as good as absent. Refusing the record
  // instead would keep the delete or the correction of a bad row from ever being applied.
  const bool has_before = carries_row(*operation) || *operation == ChangeOperation::remove;
  if (has_before && parts.before) parts.envelope.before = parts.before->values;
  return {};
}

Status ChangeReader::finish_flattened(RecordParts& parts) const {
  std::optional<ChangeOperation> operation = ChangeOperation::update;
  if (!parts.operation.empty()) operation = operation_of(parts.operation);
  if (!operation) return unknown_operation(parts.operation);
  if (parts.deleted) operation = ChangeOperation::remove;

  parts.envelope.operation = *operation;
  if (carries_row(*operation)) {
    if (parts.row->error) return std::move(*parts.row->error);
    if (auto absent = records_.first_absent_flattened(*parts.row)) return std::move(*absent);
    parts.envelope.after = parts.row->values;
  } else if (*operation == ChangeOperation::remove) {
    parts.envelope.before = parts.row->values;  // as lenient as with an envelope's before image
  }
  return {};
}

}  // namespace tallymill::processor
