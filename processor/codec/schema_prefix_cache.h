#pragma once

#include <simdjson.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "processor/codec/schema_description.h"
#include "topology/base/result.h"
#include "topology/data/arena.h"

namespace tallymill::processor {

/// A record without its wrapper.
struct Unwrapped {
  std::string_view payload;         ///< JSON text
  const SchemaDescription* schema;  ///< never null; lives until the next call of the cache
};

/// Takes {"schema":..,"payload":..} apart. The schema is most of such a record and always the same bytes, so
/// the last few prefixes up to and with `,"payload":` are remembered with what they say: a record that begins
/// with one of them costs a memcmp, and only its payload is parsed. Identical bytes were validated once.
class SchemaPrefixCache {
 public:
  explicit SchemaPrefixCache(std::vector<WireColumn> columns);

  /// The parts of a record that begins with a remembered prefix and ends with '}'. The caller must parse the
  /// payload to its very end: if something follows it, the record was not wrapped after all.
  std::optional<Unwrapped> match(std::string_view record);

  /// The parts of any record of shape `wrapped`. `record` is a padded_copy; the payload views into it.
  /// Remembers the prefix if the record is compact, as JsonConverter writes it.
  topology::Result<Unwrapped> unwrap(simdjson::ondemand::parser& parser, std::string_view record);

  const SchemaDescription& without_schema() const { return without_schema_; }
  std::uint64_t hits() const { return hits_; }
  std::uint64_t misses() const { return misses_; }

 private:
  struct Remembered {
    std::string prefix;
    SchemaDescription schema;
  };

  void remember(std::string_view prefix, SchemaDescription schema);

  std::vector<WireColumn> columns_;
  SchemaDescription without_schema_;
  std::vector<std::unique_ptr<Remembered>> recent_;  ///< newest use first
  SchemaDescription uncached_;                       ///< of a record whose prefix cannot be remembered
  simdjson::dom::parser schema_parser_;
  std::uint64_t hits_ = 0;
  std::uint64_t misses_ = 0;
};

}  // namespace tallymill::processor
