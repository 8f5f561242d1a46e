#pragma once

#include <cstdint>
#include <optional>

#include "topology/spec/document.h"

namespace tallymill::processor {

/// What a record's schema, or without one the column's declaration, says about how a column is encoded, where
/// the JSON alone does not tell.
enum class WireForm : std::uint8_t {
  unknown,          ///< nothing is said, or a type that needs no telling
  text,             ///< a decimal as plain text
  bytes,            ///< base64
  base64_decimal,   ///< a decimal that is declared as base64
  hex,              ///< bytes as hexadecimal digits
  connect_decimal,  ///< org.apache.kafka.connect.data.Decimal: base64 of fixed scale
  days,
  seconds,
  milliseconds,
  microseconds,
  nanoseconds,
  another_time,  ///< the schema has a time of another kind than is declared, such as a duration for a timestamp
};

/// How one column is encoded on the wire; of a list, how its items are.
struct WireEncoding {
  WireForm form = WireForm::unknown;
  /// Digits after the point of base64 decimals: the schema's, else the declared one.
  std::optional<std::int32_t> scale;
  /// A decimal that prints with more digits is refused.
  std::int32_t digits_max = topology::decimal_digits_default;
  /// The unit of a time is the declaration's and not a schema's.
  bool unit_is_declared = false;
};

}  // namespace tallymill::processor
