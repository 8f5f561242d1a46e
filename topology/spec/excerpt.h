#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tallymill::topology {

/// `text` with line ends, other control characters and what is not UTF-8 shown as escapes; tabs stay.
std::string printable(std::string_view text);

/// `text` in double quotes as messages show what a user wrote: printable, and cut after 60 code points.
std::string in_quotes(std::string_view text);

/// The line, indented, and carets under `length` code points from `column` (from 1); of a long line only what
/// surrounds them. Two lines, each ended.
std::string excerpt(std::string_view line, std::uint32_t column, std::uint32_t length);

}  // namespace tallymill::topology
