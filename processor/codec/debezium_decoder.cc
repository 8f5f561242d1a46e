#include "processor/codec/debezium_decoder.h"

#include "processor/codec/change_reader.h"
#include "processor/codec/key_reader.h"

namespace tallymill::processor {

using topology::Arena;
using topology::ChangeOperation;
using topology::Envelope;
using topology::Error;
using topology::RecordKey;
using topology::Result;
using topology::Status;

struct DebeziumDecoder::Implementation {
  explicit Implementation(const WireFormat& format) : changes(format), keys(format) {}

  ChangeReader changes;
  KeyReader keys;
  DecoderStatistics statistics;
};

DebeziumDecoder::DebeziumDecoder(WireFormat format)
    : implementation_(std::make_unique<Implementation>(format)) {}
DebeziumDecoder::~DebeziumDecoder() = default;
DebeziumDecoder::DebeziumDecoder(DebeziumDecoder&&) noexcept = default;
DebeziumDecoder& DebeziumDecoder::operator=(DebeziumDecoder&&) noexcept = default;

Result<Envelope> DebeziumDecoder::decode(std::optional<std::string_view> key,
                                         std::optional<std::string_view> value, Arena& batch) {
  RecordKey row_key;
  std::unique_ptr<Error> key_error;
  if (key) {
    Result<RecordKey> read = implementation_->keys.read(*key, batch);
    row_key.form = RecordKey::Form::opaque;
    if (read.ok()) {
      row_key = *read;
    } else {
      key_error = std::make_unique<Error>(read.error());
    }
  }
  Result<Envelope> change(std::in_place);
  if (!value) {
    change->operation = ChangeOperation::tombstone;
  } else if (Status status = implementation_->changes.read(*value, row_key, batch, *change); !status) {
    if (row_key.form != RecordKey::Form::identity && row_key.form != RecordKey::Form::exceeds) {
      change = status.error();
      return change;
    }
    // The value says nothing, but whose row it is of is known.
    change = Envelope{};
    change->operation = ChangeOperation::unknown;
    change->error = std::make_unique<Error>(status.error());
  }
  if (change->operation == ChangeOperation::ignored) return change;
  change->key = row_key;
  if (!change->error) change->error = std::move(key_error);
  return change;
}

const DecoderStatistics& DebeziumDecoder::statistics() const {
  implementation_->statistics = {implementation_->changes.schemas().hits(),
                                 implementation_->changes.schemas().misses()};
  return implementation_->statistics;
}

}  // namespace tallymill::processor
