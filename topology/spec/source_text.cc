#include "topology/spec/source_text.h"

#include <algorithm>

namespace tallymill::topology {
namespace {

bool is_continuation_byte(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

}  // namespace

SourceText::SourceText(std::string_view text) : text_(text), line_begins_{0} {
  std::uint32_t continuation_bytes = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i % block_bytes == 0) continuation_bytes_.push_back(continuation_bytes);
    if (is_continuation_byte(text[i])) ++continuation_bytes;
    if (text[i] == '\n') line_begins_.push_back(static_cast<std::uint32_t>(i + 1));
  }
  continuation_bytes_.push_back(continuation_bytes);
}

std::size_t SourceText::continuation_bytes_before(std::size_t offset) const {
  const std::size_t block = offset / block_bytes;
  const auto rest = text_.substr(block * block_bytes, offset % block_bytes);
  return continuation_bytes_[block] +
         static_cast<std::size_t>(std::count_if(rest.begin(), rest.end(), is_continuation_byte));
}

std::size_t SourceText::line_begin(std::size_t offset) const {
  return *std::prev(
      std::upper_bound(line_begins_.begin(), line_begins_.end(), std::min(offset, text_.size())));
}

std::string_view SourceText::line_around(std::size_t offset) const {
  const std::size_t begin = line_begin(offset);
  return text_.substr(begin, text_.substr(begin).find('\n'));
}

Position SourceText::position(std::size_t offset) const {
  offset = std::min(offset, text_.size());
  const auto next_line = std::upper_bound(line_begins_.begin(), line_begins_.end(), offset);
  const std::size_t begin = *std::prev(next_line);
  const std::size_t column =
      offset - begin - (continuation_bytes_before(offset) - continuation_bytes_before(begin));
  return {static_cast<std::uint32_t>(next_line - line_begins_.begin()),
          static_cast<std::uint32_t>(column + 1)};
}

}  // namespace tallymill::topology
