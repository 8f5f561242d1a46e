#pragma once

#include <simdjson.h>

#include <optional>
#include <string_view>

#include "topology/base/error.h"

namespace tallymill::processor {

/// The envelope of another tool, or of a transform, that a record's JSON is, with what to do about it;
/// nothing if it is none that is known. Only for records that are refused or suspected: it parses them anew.
/// `record` is a padded_copy.
std::optional<topology::Error> foreign_envelope(simdjson::dom::parser& parser, std::string_view record);

/// Why a value that is no JSON object is no change record: what it is by its first bytes, else in what way its
/// JSON is broken.
topology::Error no_json_object(std::string_view value, simdjson::error_code error);

/// The clause for an error of the JSON parser, whose own text speaks of its interface.
std::string_view reason_of(simdjson::error_code error);

}  // namespace tallymill::processor
