#pragma once

#include <string_view>

#include "processor/codec/reading.h"
#include "processor/codec/wire_encoding.h"
#include "topology/data/arena.h"

namespace tallymill::processor {

// A decimal that would print with more than `digits_max` digits is decimal_out_of_range, which is known before it is
// multiplied out: {"scale":-131071,"value":"AQ=="} is 22 bytes and would cost every record that adds or prints it
// milliseconds.

/// The decimal that plain text spells ("12.50", also a JSON number's token), never through a double.
Reading decimal_from_text(std::string_view text, std::int32_t digits_max, topology::Arena& arena);

/// Base64 of a big-endian two's complement coefficient, with `scale` digits after the point (may be
/// negative). No bytes are no number, though Java would say zero: a coefficient of zero has one byte.
Reading decimal_from_base64(std::string_view text, std::int32_t scale, std::int32_t digits_max,
                            topology::Arena& arena);

/// A decimal that came as a JSON string. A schema decides, or without one the column's `wire`; base64 has its
/// scale there too. Where neither says anything:
///  - what reads as a number and has a '.', a '-' or digits alone is text (Debezium writes no exponents without
///    a point, and no base64 has a point or a minus);
///  - what else can be base64 is scale_unknown;
///  - NaN and the infinities are known in all their spellings.
/// Of what is declared as base64 a text with a '.' or '-' is still text: there is no other reading.
Reading decimal_from_string(std::string_view text, const WireEncoding& encoding, topology::Arena& arena);

}  // namespace tallymill::processor
