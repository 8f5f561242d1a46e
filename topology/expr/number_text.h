#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tallymill::topology {

/// The shortest text that reads back as the double: "0.1", "1e+30", "NaN", "+Inf" and "-Inf"; with an
/// exponent below 1e-4 and from 1e21 on.
std::string double_text(double value);
/// Reads a whole text as a double, also what double_text writes; nothing if it is none, or
/// one beyond the range of double.
std::optional<double> read_double(std::string_view text);

}  // namespace tallymill::topology
