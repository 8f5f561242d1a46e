#pragma once

#include <optional>
#include <string>

#include "topology/data/row_codec.h"

namespace tallymill::topology {

/// The decimal in key bytes. A number other than 0 is 0.d1 d2 d3 .. * 10^exponent with d1 > 0 and no zero at
/// the end, which is the same for 12.5 and 12.50. Written are: its sign (0, 1 for zero, 2), the exponent, the
/// digits in pairs, and an end mark below every pair. For a negative number exponent, pairs and mark are
/// complemented: the larger its magnitude, the smaller the bytes.
void append_key_decimal(std::string& out, const Value& decimal);
/// Nothing if the bytes are not as append_key_decimal writes them. A large coefficient is in `arena`.
std::optional<Value> read_key_decimal(ByteReader& reader, Arena& arena);

}  // namespace tallymill::topology
