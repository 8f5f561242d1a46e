#pragma once

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "processor/codec/field_order.h"
#include "topology/data/arena.h"
#include "topology/data/envelope.h"

namespace tallymill::processor {

/// What a change record says about where it comes from; the members of Envelope of the same names.
enum class SourceField : std::uint8_t {
  lsn,
  source_time_ms,
  transaction_id,
  snapshot,
  server,
  database,
  schema,
  table,
};

/// Stores one such field in `envelope`; null is absent. Numbers may come as numbers, as text and as Avro's JSON
/// has them ({"long":5}), an lsn also as PostgreSQL prints it ("0/16B374D8"), ts_ms also as an RFC 3339 time. What
/// cannot be read counts as absent: a row is worth more than its fence, and lsn_unreadable tells. False if the
/// JSON is broken.
bool read_source_field(SourceField field, std::string_view token, simdjson::ondemand::value& value,
                       topology::Arena& arena, topology::Envelope& envelope);

/// Reads the envelope's `source` object.
class SourceBlockReader {
 public:
  SourceBlockReader();
  /// False if the JSON is broken.
  bool read(simdjson::ondemand::object& object, topology::Arena& arena, topology::Envelope& envelope);

 private:
  FieldOrder order_;
};

}  // namespace tallymill::processor
