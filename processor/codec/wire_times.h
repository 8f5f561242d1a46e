#pragma once

#include <cstdint>
#include <string_view>

#include "processor/codec/reading.h"
#include "processor/codec/wire_encoding.h"

namespace tallymill::processor {

// Numbers are in the unit that the schema names. Without a schema they are microseconds (days for dates):
// that is what Debezium's PostgreSQL connector sends by default for columns without a declared precision.

/// Also PostgreSQL's infinities, which Debezium sends as two numbers of its JDBC driver.
Reading timestamp_from_integer(std::int64_t count, WireForm unit);
/// RFC 3339 and its relatives, "infinity", "-infinity".
Reading timestamp_from_text(std::string_view text);

Reading date_from_integer(std::int64_t count, WireForm unit);
/// "2026-11-22", also with the 'Z' of io.debezium.time.IsoDate.
Reading date_from_text(std::string_view text);

Reading time_of_day_from_integer(std::int64_t count, WireForm unit);
/// "22:15:08", up to nine fraction digits (cut to microseconds), also with 'Z'.
Reading time_of_day_from_text(std::string_view text);

Reading duration_from_integer(std::int64_t count, WireForm unit);

}  // namespace tallymill::processor
