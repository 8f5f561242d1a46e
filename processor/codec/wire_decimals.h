#pragma once

#include <string_view>

#include "processor/codec/reading.h"
#include "processor/codec/wire_encoding.h"
#include "topology/data/arena.h"

namespace tallymill::processor {

/// The decimal that plain text spells ("12.50", also a JSON number's token), never through a double.
Reading decimal_from_text(std::string_view text, topology::Arena& arena);

/// Base64 of a big-endian two's complement coefficient, with `scale` digits after the point (may be
/// negative).
Reading decimal_from_base64(std::string_view text, std::int32_t scale, topology::Arena& arena);

/// A decimal that came as a JSON string. With a schema the schema decides. Without one:
///  - a scale is declared: base64, except where the text has a '.' or begins with '-', or spells NaN or
///  Infinity;
///    base64 has no such characters, and PostgreSQL prints numeric(p,s), s > 0, always with its point;
///  - no scale is declared: text, if it reads as a number in digits (Debezium never writes an exponent); else
///    scale_unknown, if it can be base64.
Reading decimal_from_string(std::string_view text, WireEncoding encoding, topology::Arena& arena);

}  // namespace tallymill::processor
