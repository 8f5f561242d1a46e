#pragma once

#include <cstdint>
#include <string_view>

#include "processor/codec/reading.h"
#include "processor/codec/wire_encoding.h"

namespace tallymill::processor {

// Numbers are in the unit that the schema names, or without a schema the column's `unit`. Where neither does, a
// number is read only if one reading is possible, and is unit_unknown otherwise; 0 is 0 in every unit.

/// Without a unit: microseconds if 1e14 <= |count| < 1e16, which no other unit makes a time near ours, unless it is in
/// the year 9999 as milliseconds. In a declared unit none after the year 9999. Also PostgreSQL's infinities, which
/// Debezium sends as two numbers of its JDBC driver.
Reading timestamp_from_integer(std::int64_t count, const WireEncoding& encoding);
/// RFC 3339 and its relatives, also with years before 0 and after 9999 as Java writes them ("-0044-03-15T..",
/// "+10000-01-01T.."), "infinity", "-infinity".
Reading timestamp_from_text(std::string_view text);

/// Without a unit: days, up to the year 9999.
Reading date_from_integer(std::int64_t count, WireForm unit);
/// "2026-11-22", also with the 'Z' of io.debezium.time.IsoDate.
Reading date_from_text(std::string_view text);

/// Never without a unit.
Reading time_of_day_from_integer(std::int64_t count, WireForm unit);
/// "22:15:08", up to nine fraction digits, of which those behind the sixth are 0; also with 'Z'.
Reading time_of_day_from_text(std::string_view text);

/// Without a unit: microseconds.
Reading duration_from_integer(std::int64_t count, WireForm unit);
/// An ISO 8601 duration, as interval.handling.mode=string writes it ("P0Y0M1DT2H30M4.5S"), if it is exact: a day
/// is 24 hours, as in the connector's own numbers; a year or a month has no fixed length and is refused.
Reading duration_from_text(std::string_view text);

}  // namespace tallymill::processor
