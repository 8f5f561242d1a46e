#pragma once

#include <simdjson.h>

#include <optional>
#include <string_view>

// JSON by its grammar, of which simdjson reads a part: it refuses a text with half of a surrogate pair (an escape such
// as \ud800 alone) and a number that fits into neither 64 bits nor a double.
namespace tallymill::processor {

/// Parses `text`, and where simdjson refuses a value that is JSON all the same, a copy in which all numbers are 0 and
/// U+FFFD stands for every half of a pair: the structure and the names are right, and such values are made up. `text`
/// is a part of a padded_copy. An error: it is no JSON, or nested too deep.
simdjson::simdjson_result<simdjson::dom::element> parse_leniently(simdjson::dom::parser& parser, std::string_view text);

/// Whether `text` is JSON. It need not be padded.
bool is_json(std::string_view text);

/// A field's name, empty if it has half of a pair: then it is called like nothing that is looked for. Nothing if its
/// escapes are broken. May be asked once.
std::optional<std::string_view> name_of(simdjson::ondemand::field& field);

}  // namespace tallymill::processor
