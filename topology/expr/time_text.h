#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "topology/base/time.h"
#include "topology/data/value.h"

namespace tallymill::topology {

/// RFC 3339 with as many fraction digits as are needed.
std::string timestamp_text(Instant instant);
/// Reads "1h30m", "-1.5s", "100ms": numbers with the units h, m, s, ms, us (also with a micro sign) and ns,
/// in nanoseconds; digits beyond them are dropped. Nothing if the text is none or absurdly large.
std::optional<Int128> parse_span_nanoseconds(std::string_view text);
/// The distance from UTC in seconds of "UTC", "Z", "+11:00", "-02:30" or "02:30"; nothing for anything else,
/// such as names of the IANA database.
std::optional<std::int64_t> parse_zone_offset(std::string_view text);

}  // namespace tallymill::topology
