#pragma once

#include <span>
#include <string>
#include <string_view>

// Bytes of records as `pipe` prints them: one line, UTF-8, masked where a topology says so.
namespace tallymill::processor {

/// `json` with the values of all fields called one of `names`, at any depth, replaced by "***"; a text that
/// is no JSON object is replaced whole.
std::string mask_fields(std::string_view json, std::span<const std::string> names);

/// Whether `text` is one well-formed JSON object.
bool is_json_object(std::string_view text);

/// JSON without line feeds: as it is, or without all its white space if it has some.
std::string on_one_line(std::string_view json);

/// `bytes` as text: whole if they are UTF-8, else with every byte that is not ASCII replaced by U+FFFD.
std::string as_utf8(std::string_view bytes);

}  // namespace tallymill::processor
