#pragma once

#include <string_view>

#include "processor/codec/debezium_decoder.h"
#include "processor/codec/reading.h"

namespace tallymill::processor {

/// The error for a column that came as `token` and could not be read. Shows the value, cut to some 40
/// characters, unless the column is sensitive.
topology::Error unreadable_column(const WireColumn& column, const Reading& refusal, std::string_view token);

/// The error for a declared column that the record does not have. `folded_name_exists`: its lower-case form
/// is there.
topology::Error absent_column(const WireColumn& column, bool folded_name_exists);

/// As PostgreSQL folds unquoted names: ASCII letters to lower case.
std::string folded(std::string_view name);

}  // namespace tallymill::processor
