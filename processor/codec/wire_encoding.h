#pragma once

#include <cstdint>
#include <optional>

namespace tallymill::processor {

/// What a record's schema says about how a column is encoded, where the JSON alone does not tell.
enum class WireForm : std::uint8_t {
  unknown,          ///< no schema, or a type that needs no telling
  text,             ///< type string: a decimal is plain text
  bytes,            ///< type bytes without a logical name
  connect_decimal,  ///< org.apache.kafka.connect.data.Decimal: base64, scale in the schema
  days,
  milliseconds,
  microseconds,
  nanoseconds,
};

/// How one column is encoded on the wire; of a list, how its items are.
struct WireEncoding {
  WireForm form = WireForm::unknown;
  /// Digits after the point of base64 decimals: the schema's, else the declared one.
  std::optional<std::int32_t> scale;
};

}  // namespace tallymill::processor
