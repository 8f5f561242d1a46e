#pragma once

#include <simdjson.h>

#include <optional>
#include <span>
#include <string_view>

#include "processor/codec/debezium_decoder.h"
#include "processor/codec/record_reader.h"
#include "processor/codec/schema_prefix_cache.h"
#include "topology/base/result.h"

namespace tallymill::processor {

/// Reads the primary key from Kafka keys, with and without a schema.
class KeyReader {
 public:
  explicit KeyReader(const WireFormat& format);

  /// What a key that is not null says of the row. Errors: malformed_record, wrong_type and its kin.
  topology::Result<topology::RecordKey> read(std::string_view key, topology::Arena& arena);

 private:
  topology::Result<topology::RecordKey> finish(RecordParts& parts);

  std::size_t columns_;
  SchemaPrefixCache schemas_;
  RecordReader records_;
  simdjson::ondemand::parser parser_;
};

}  // namespace tallymill::processor
