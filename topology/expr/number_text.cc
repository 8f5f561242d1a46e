#include "topology/expr/number_text.h"

#include <charconv>
#include <cmath>

namespace tallymill::topology {

std::string double_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Inf" : "+Inf";
  const double magnitude = std::fabs(value);
  const bool has_exponent = magnitude != 0 && (magnitude < 1e-4 || magnitude >= 1e21);
  char text[64];
  const auto format = has_exponent ? std::chars_format::scientific : std::chars_format::fixed;
  const auto [end, error] = std::to_chars(text, text + sizeof text, value, format);
  return error == std::errc() ? std::string(text, end) : std::string();
}

std::optional<double> read_double(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  // from_chars reads "inf", "infinity" and "nan" in any case, also with a minus.
  double value;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  const bool is_whole = error == std::errc() && stop == end && !text.ends_with(')');
  return is_whole ? std::optional(value) : std::nullopt;
}

}  // namespace tallymill::topology
