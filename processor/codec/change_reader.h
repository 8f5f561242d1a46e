#pragma once

#include <simdjson.h>

#include <optional>
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

  /// Errors: malformed_record, missing_column (of `after` and of flattened rows), and those of columns.
  topology::Result<topology::Envelope> read(std::string_view value, topology::Arena& arena);

  const SchemaPrefixCache& schemas() const { return schemas_; }

 private:
  /// Reads the parts and makes parts.envelope of them. A payload that is wrapped is left at that.
  topology::Status read_payload(const Payload& payload, topology::Arena& arena, RecordParts& parts);
  topology::Status finish_envelope(RecordParts& parts) const;
  topology::Status finish_flattened(RecordParts& parts) const;

  SchemaPrefixCache schemas_;
  RecordReader records_;
  simdjson::ondemand::parser parser_;
  RecordShape last_shape_ = RecordShape::envelope;  ///< most topics have records of one shape
};

}  // namespace tallymill::processor
