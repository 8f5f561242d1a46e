#pragma once

#include <simdjson.h>

#include <string>
#include <string_view>

#include "processor/codec/debezium_decoder.h"
#include "processor/codec/record_reader.h"
#include "processor/codec/schema_prefix_cache.h"
#include "topology/base/result.h"
#include "topology/data/envelope.h"

namespace tallymill::processor {

/// Reads changes from record values in all their shapes. The envelopes it makes have no key.
class ChangeReader {
 public:
  explicit ChangeReader(const WireFormat& format);

  /// Reads into `envelope`, which is a fresh one. `key` is the record's Kafka key, which may have columns that the
  /// row lacks. What DebeziumDecoder::decode says of errors holds here, too: an Error is malformed_record or
  /// foreign_envelope, and the envelope is good for nothing then.
  topology::Status read(std::string_view value, const topology::RecordKey& key, topology::Arena& arena,
                        topology::Envelope& envelope);

  const SchemaPrefixCache& schemas() const { return schemas_; }

 private:
  /// Reads the parts and makes `envelope` of them. A payload that is wrapped is left at that. An error only if the
  /// JSON is broken or no object.
  simdjson::error_code read_payload(const Payload& payload, const topology::RecordKey& key,
                                    topology::Arena& arena, topology::Envelope& envelope);
  void finish_envelope(const topology::RecordKey& key, topology::Envelope& envelope);
  void finish_flattened(const topology::RecordKey& key, topology::Envelope& envelope);
  /// What a flattened record says of its operation; `update` if it says nothing.
  topology::Result<topology::ChangeOperation> flattened_operation() const;
  /// The last look at an envelope that was read: the payload may be that of another tool.
  topology::Status conclude(const Payload& payload, topology::Envelope& envelope);

  bool is_table_;
  bool needs_operation_;
  std::string operation_field_;
  SchemaPrefixCache schemas_;
  RecordReader records_;
  simdjson::ondemand::parser parser_;
  simdjson::dom::parser suspect_parser_;  ///< of payloads that may be another tool's
  RecordShape last_shape_ = RecordShape::envelope;  ///< most topics have records of one shape
};

}  // namespace tallymill::processor
