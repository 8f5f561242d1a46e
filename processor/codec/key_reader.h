#pragma once

#include <simdjson.h>

#include <optional>
#include <string_view>
#include <vector>

#include "processor/codec/debezium_decoder.h"
#include "processor/codec/record_reader.h"
#include "processor/codec/schema_prefix_cache.h"
#include "topology/base/result.h"

namespace tallymill::processor {

/// Reads the primary key from Kafka keys: objects with and without a schema, and of a one-column primary key also
/// scalars, as ExtractField$Key leaves them ("7", JSON or plain text). StringConverter's "Struct{id=7}" is read
/// where it has one reading.
class KeyReader {
 public:
  explicit KeyReader(const WireFormat& format);

  /// What a key that is not null says of the row. Errors: malformed_record of what begins as an object and is
  /// broken, wrong_type and its kin of a column in an object.
  topology::Result<topology::RecordKey> read(std::string_view key, topology::Arena& arena);

 private:
  topology::Result<topology::RecordKey> read_object(std::string_view key, topology::Arena& arena);
  topology::RecordKey read_scalar(std::string_view key, topology::Arena& arena);
  /// Of a scalar's JSON text; nothing if it is no such value.
  std::optional<topology::Value> read_json_scalar(std::string_view text, const WireEncoding& encoding,
                                                  topology::Arena& arena);
  std::optional<topology::Value> read_text(std::size_t column, std::string_view text, topology::Arena& arena) const;
  topology::RecordKey read_struct(std::string_view key, topology::Arena& arena) const;
  /// Of the object read last.
  topology::Result<topology::RecordKey> finish(const SchemaDescription& schema, topology::Arena& arena);
  topology::RecordKey scalar_key(const topology::Value& value, const WireEncoding& encoding,
                                 topology::Arena& arena) const;
  /// The key of the values, in `arena`, of the format's columns; `others` says whether there was more.
  topology::RecordKey key_of(std::span<topology::Value> values, bool others,
                             std::span<const WireEncoding> encodings, topology::Arena& arena) const;

  WireFormat format_;  ///< of the primary key's columns, without those from metadata
  std::vector<std::size_t> positions_;  ///< of each among the values of a RecordKey
  std::size_t key_size_;
  SchemaPrefixCache schemas_;
  RecordReader records_;
  WireValueReader values_;
  simdjson::ondemand::parser parser_;
};

}  // namespace tallymill::processor
