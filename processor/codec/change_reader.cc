#include "processor/codec/change_reader.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "processor/codec/column_errors.h"
#include "processor/codec/foreign_envelope.h"
#include "processor/codec/json_text.h"

namespace tallymill::processor {

using topology::Arena;
using topology::ChangeOperation;
using topology::Envelope;
using topology::Error;
using topology::ErrorCode;
using topology::RecordKey;
using topology::Result;
using topology::Status;

namespace {

/// Of an operation's JSON text; nothing for what Debezium does not write.
std::optional<ChangeOperation> operation_of(std::string_view token) {
  if (token.size() != 3 || token.front() != '"') return std::nullopt;
  switch (token[1]) {
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

Status tombstone(Envelope& envelope) {
  envelope.operation = ChangeOperation::tombstone;
  return {};
}

Error operation_unknown(std::string message, std::string hint) {
  return {ErrorCode::operation_unknown, std::move(message), std::move(hint)};
}

constexpr std::string_view another_text = "a text that is none";

/// The text of a field that says what happened, where it is a word for that; what else stands there nobody declared,
/// and it is not shown.
std::string shown_word(std::string_view token) {
  const bool is_text = token.size() >= 2 && token.front() == '"';
  const bool is_nested = token.front() == '{' || token.front() == '[';
  if (!is_text) return is_nested ? std::string(describe_token(token)) : shown_token(token);
  const std::string word = folded(token.substr(1, token.size() - 2));
  constexpr std::string_view words[] = {"insert", "update", "delete", "deleted", "create", "created", "updated",
                                        "read", "upsert", "remove", "removed", "true", "false", "yes"};
  const bool is_known = word.size() <= 1 || std::find(std::begin(words), std::end(words), word) != std::end(words);
  return is_known ? shown_token(token) : std::string(another_text);
}

Error unknown_operation(const OperationField& field) {
  return operation_unknown('"' + std::string(field.name()) + "\" came as " + shown_word(field.token) +
                               ", and an operation is one of \"c\", \"u\", \"d\", \"r\", \"t\", \"m\"",
                           "Tallymill reads the letters that Debezium writes: check the connector's transforms");
}

Error unknown_deletion(const OperationField& field) {
  return operation_unknown('"' + std::string(field.name()) + "\" came as " + shown_word(field.token) +
                               ", and a mark of deletion is true or false",
                           "check the connector's transforms");
}

/// A field that is called and filled as one that says what happened, and nothing says that it does.
Error ambiguous_operation(const OperationField& field) {
  const std::string name(field.name());
  const std::string column = "declare \"" + name + "\" as a column if it is one";
  const bool is_of_debezium = operation_of(field.token) || is_true(field.token);
  const std::string word = is_true(field.token) ? "deleted" : "operation";
  const std::string said = shown_word(field.token);
  return operation_unknown(
      "the record does not have `__op`, and \"" + name + '"' + (said == another_text ? " has a value" : " is " + said) +
          ": it may say that the row was deleted",
      is_of_debezium ? "write `" + word + ": " + name + "` in the source if it does, or " + column
                     : "Tallymill reads the letters c, u, d and r, and marks of true and false: let the connector add "
                       "them (add.fields=op), or " + column);
}

/// Debezium's MySQL connector wrote the rows of a snapshot as inserts until 1.5, and said so in source.snapshot alone.
ChangeOperation operation_in(ChangeOperation operation, const Envelope& envelope) {
  const bool is_of_snapshot = !envelope.snapshot.empty() && envelope.snapshot != "false";
  return operation == ChangeOperation::create && is_of_snapshot ? ChangeOperation::read : operation;
}

std::unique_ptr<Error> owned(std::optional<Error> error) {
  return error ? std::make_unique<Error>(std::move(*error)) : nullptr;
}

bool carries_row(ChangeOperation operation) {
  return operation == ChangeOperation::create || operation == ChangeOperation::update ||
         operation == ChangeOperation::read;
}

}  // namespace

ChangeReader::ChangeReader(const WireFormat& format)
    : is_table_(format.mode == topology::SourceMode::table),
      needs_operation_(format.needs_operation),
      operation_field_(format.operation_field),
      schemas_(format.columns),
      records_(format) {}

Status ChangeReader::read(std::string_view value, const RecordKey& key, Arena& arena, Envelope& envelope) {
  if (const std::optional<Unwrapped> known = schemas_.match(value)) {
    if (is_null(known->payload)) return tombstone(envelope);
    const Payload payload{padded_copy(known->payload, arena), *known->schema, false};
    if (!read_payload(payload, key, arena, envelope)) return conclude(payload, envelope);
    // If the payload is broken the record may have more fields behind it: the whole of it decides.
    envelope = Envelope{};
  }
  if (is_null(value)) return tombstone(envelope);
  const Payload whole{padded_copy(value, arena), schemas_.without_schema(), true};
  if (const auto error = read_payload(whole, key, arena, envelope)) return no_json_object(value, error);
  if (!records_.parts().is_wrapped) return conclude(whole, envelope);

  const Result<Unwrapped> unwrapped = schemas_.unwrap(parser_, whole.text);
  if (!unwrapped.ok()) return unwrapped.error();
  envelope = Envelope{};
  if (is_null(unwrapped->payload)) return tombstone(envelope);
  const Payload payload{padded_copy(unwrapped->payload, arena), *unwrapped->schema, false};
  if (const auto error = read_payload(payload, key, arena, envelope)) {
    return no_json_object(payload.text, error);
  }
  return conclude(payload, envelope);
}

simdjson::error_code ChangeReader::read_payload(const Payload& payload, const RecordKey& key, Arena& arena,
                                                Envelope& envelope) {
  if (const auto error = records_.read(parser_, payload, last_shape_, arena, &envelope)) return error;
  RecordParts& parts = records_.parts();
  const RecordShape shape = parts.evidence.verdict();
  parts.is_wrapped = shape == RecordShape::wrapped;
  if (parts.is_wrapped) return simdjson::SUCCESS;
  if (shape == RecordShape::no_row) {
    parts.clear();
    envelope = Envelope{};
    return simdjson::SUCCESS;
  }
  if (shape != last_shape_) {
    last_shape_ = shape;
    envelope = Envelope{};
    if (const auto error = records_.read(parser_, payload, shape, arena, &envelope)) return error;
  }
  shape == RecordShape::envelope ? finish_envelope(key, envelope) : finish_flattened(key, envelope);
  return simdjson::SUCCESS;
}

void ChangeReader::finish_envelope(const RecordKey& key, Envelope& envelope) {
  RecordParts& parts = records_.parts();
  const std::optional<ChangeOperation> operation =
      parts.operation ? operation_of(parts.operation->token) : std::nullopt;
  envelope.operation = operation ? operation_in(*operation, envelope) : ChangeOperation::unknown;
  if (!parts.operation) {
    envelope.error = owned(operation_unknown("the record is an envelope without `op`, which says what happened",
                                             "check the connector's transforms"));
  } else if (!operation) {
    envelope.error = owned(unknown_operation(*parts.operation));
  }
  const bool has_after = carries_row(envelope.operation) || !operation;
  if (has_after && parts.after) {
    envelope.after = parts.after->values;
    if (!envelope.error) envelope.error = std::move(parts.after->error);
    if (!envelope.error) envelope.error = owned(records_.absence_in_image(*parts.after, key));
  } else if (carries_row(envelope.operation)) {
    envelope.error = owned(malformed_record("value", "its operation needs an \"after\" and has none"));
  }
  if (!has_after && envelope.operation != ChangeOperation::remove) return;
  if (!parts.before) return;
  envelope.before = parts.before->values;
  envelope.before_error = std::move(parts.before->error);
  // In mode table a before image is compared and used for repair: what it lacks is not looked at.
  if (!is_table_ && !envelope.before_error) {
    envelope.before_error = owned(records_.absence_in_image(*parts.before, key));
  }
}

Result<ChangeOperation> ChangeReader::flattened_operation() const {
  const RecordParts& parts = records_.parts();
  ChangeOperation operation = ChangeOperation::update;
  if (parts.operation) {
    const std::optional<ChangeOperation> known = operation_of(parts.operation->token);
    if (!known) return unknown_operation(*parts.operation);
    operation = *known;
  } else if (!operation_field_.empty() && !parts.deleted) {
    return operation_unknown("the record does not have \"" + operation_field_ + "\", the source's `operation`",
                             "check add.fields of the connector's unwrap transform");
  } else if ((is_table_ || needs_operation_) && parts.operation_like) {
    return ambiguous_operation(*parts.operation_like);
  } else if ((is_table_ || needs_operation_) && parts.deleted_like && !parts.deleted) {
    return ambiguous_operation(*parts.deleted_like);
  } else if (needs_operation_ && (!parts.deleted || !is_true(parts.deleted->token))) {
    return operation_unknown(
        "the record does not say whether the row was inserted, updated or deleted, and `operations` of the source "
        "wants to know",
        "let the connector add it (add.fields=op of the unwrap transform), name the field that says it (`operation: "
        "FIELD`), or delete `operations`");
  }
  if (!parts.deleted) return operation;
  const std::string_view token = parts.deleted->token;
  if (is_true(token)) return ChangeOperation::remove;
  if (token == "false" || token == "\"false\"") return operation;
  return unknown_deletion(*parts.deleted);
}

void ChangeReader::finish_flattened(const RecordKey& key, Envelope& envelope) {
  RecordParts& parts = records_.parts();
  RowBlock& row = *parts.row;
  envelope.flattened = true;
  const Result<ChangeOperation> operation = flattened_operation();
  if (!operation.ok()) {
    envelope.operation = ChangeOperation::unknown;
    envelope.error = owned(operation.error());
    envelope.after = row.values;
    return;
  }
  envelope.operation = operation_in(*operation, envelope);
  envelope.operation_is_assumed = !parts.operation;
  if (carries_row(*operation)) {
    envelope.after = row.values;
    envelope.error = std::move(row.error);
    if (!envelope.error) envelope.error = owned(records_.absence_in_flattened(row, key));
  } else if (*operation == ChangeOperation::remove) {
    envelope.before = row.values;
    envelope.before_error = std::move(row.error);
    if (!is_table_ && !envelope.before_error) {
      envelope.before_error = owned(records_.absence_in_flattened(row, key));
    }
  }
}

Status ChangeReader::conclude(const Payload& payload, Envelope& envelope) {
  const RecordParts& parts = records_.parts();
  // Debezium's own fields leave no doubt, and a row that could be read for the most part has an error of its own.
  const bool is_debezium = envelope.flattened && (parts.operation || parts.deleted);
  const RowBlock* row = envelope.flattened ? &*parts.row : parts.after ? &*parts.after : nullptr;
  const bool is_strange = envelope.error && (envelope.error->code == ErrorCode::operation_unknown || row == nullptr ||
                                             !records_.rows().has_any(*row));
  if (!is_debezium && (is_strange || parts.may_be_foreign)) {
    if (auto foreign = foreign_envelope(suspect_parser_, payload.text)) return std::move(*foreign);
  }
  return {};
}

}  // namespace tallymill::processor
