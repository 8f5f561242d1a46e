#pragma once

#include <string>
#include <string_view>

#include "processor/codec/debezium_decoder.h"
#include "processor/codec/reading.h"

namespace tallymill::processor {

/// The error for a column that came as `token` and could not be read; of a list whose `item` was refused, such as
/// "item 2", the item came so. Shows the value, cut to some 40 characters, unless the column is sensitive.
topology::Error unreadable_column(const WireColumn& column, const Refusal& refusal, std::string_view token,
                                  std::string_view item);

/// The error for a declared column that the record does not have. `similar_name` is a name of the record that
/// differs only in upper and lower case; empty if there is none.
topology::Error absent_column(const WireColumn& column, std::string_view similar_name, bool is_primary_key);

/// 'column "x"', with its name on the wire if that is another.
std::string name_in_message(const WireColumn& column);

/// At most some 40 bytes of a token, never cut inside of a UTF-8 character.
std::string shown_token(std::string_view token);

/// As PostgreSQL folds unquoted names: ASCII letters to lower case.
std::string folded(std::string_view name);

}  // namespace tallymill::processor
