#include "processor/codec/struct_text.h"

namespace tallymill::processor {

std::optional<StructText> StructText::read(std::string_view text) {
  if (!text.starts_with(mark) || !text.ends_with('}')) return std::nullopt;
  text = text.substr(mark.size(), text.size() - mark.size() - 1);
  if (text.find_first_of("{}") != std::string_view::npos) return std::nullopt;  // a struct inside
  StructText result;
  // Without a comma there is one field, whatever its value holds; else each part between two has its own '='.
  const bool is_one = text.find(',') == std::string_view::npos;
  while (!text.empty()) {
    if (result.size_ == result.fields_.size()) return std::nullopt;
    const std::size_t comma = is_one ? text.size() : text.find(',');
    const std::string_view part = text.substr(0, comma);
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos || equals == 0) return std::nullopt;
    if (!is_one && part.find('=', equals + 1) != std::string_view::npos) return std::nullopt;
    result.fields_[result.size_++] = {part.substr(0, equals), part.substr(equals + 1)};
    if (comma >= text.size()) break;
    text.remove_prefix(comma + 1);
    if (text.empty()) return std::nullopt;
  }
  return result;
}

}  // namespace tallymill::processor
