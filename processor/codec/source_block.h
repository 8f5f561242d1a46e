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
enum class SourceField : std::uint8_t { lsn, source_time_ms, transaction_id, snapshot, table };

/// Stores one such field in `envelope`. Numbers may come as numbers or as text, null is absent. False if the
/// JSON is broken, or lsn or ts_ms cannot be read: without them a duplicate would be taken for news. What
/// else cannot be read counts as absent.
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
