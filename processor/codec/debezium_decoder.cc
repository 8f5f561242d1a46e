#include "processor/codec/debezium_decoder.h"

#include "processor/codec/change_reader.h"
#include "processor/codec/key_reader.h"

namespace tallymill::processor {

using topology::Arena;
using topology::ChangeOperation;
using topology::Envelope;
using topology::Result;

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
  Envelope tombstone;
  tombstone.operation = ChangeOperation::tombstone;
  Result<Envelope> change =
      value ? implementation_->changes.read(*value, batch) : Result<Envelope>(std::move(tombstone));
  if (!change.ok() || !key || change->operation == ChangeOperation::ignored) return change;
  Result<topology::RecordKey> row_key = implementation_->keys.read(*key, batch);
  if (!row_key.ok()) return row_key.error();
  change->key = *row_key;
  return change;
}

const DecoderStatistics& DebeziumDecoder::statistics() const {
  implementation_->statistics = {implementation_->changes.schemas().hits(),
                                 implementation_->changes.schemas().misses()};
  return implementation_->statistics;
}

}  // namespace tallymill::processor
