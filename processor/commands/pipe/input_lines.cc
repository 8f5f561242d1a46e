#include "processor/commands/pipe/input_lines.h"

#include <algorithm>
#include <cstring>

namespace tallymill::processor {

using topology::Result;

namespace {

constexpr std::size_t chunk_bytes = 64 * 1024;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t") == std::string_view::npos; }

}  // namespace

Result<InputLines::Next> InputLines::next() {
  text_ = {};
  while (true) {
    if (is_given_back_) {
      is_given_back_ = false;
    } else {
      const auto outcome = next_line();
      if (!outcome || *outcome == Next::end) return outcome;
      first_line_ = line_number_;
      if (*outcome == Next::too_long) return outcome;
    }
    first_line_ = line_number_;
    if (line_ == "{") return next_object();
    if (is_blank(line_)) continue;
    text_ = line_;
    return Next::text;
  }
}

Result<InputLines::Next> InputLines::next_object() {
  object_ = "{";
  bool is_too_long = false;
  while (true) {
    const auto outcome = next_line();
    if (!outcome) return outcome;
    if (*outcome == Next::end && input_.was_stopped()) return outcome;
    if (*outcome == Next::end) break;
    // What stands at the margin and does not close the object begins another record: the object is broken.
    const bool is_margin = !line_.empty() && line_.front() != ' ' && line_.front() != '\t';
    is_given_back_ = is_margin && line_ != "}";
    if (is_given_back_) break;
    is_too_long = is_too_long || *outcome == Next::too_long || object_.size() + line_.size() > bytes_max;
    if (!is_too_long) (object_ += '\n') += line_;
    if (is_margin) break;
  }
  if (is_too_long) return Next::too_long;
  text_ = object_;
  return Next::text;
}

Result<InputLines::Next> InputLines::next_line() {
  ++line_number_;
  line_ = {};
  bool is_too_long = false;
  bool is_found = false;
  while (!is_found) {
    searched_ = line_end();
    is_found = searched_ < end_;
    is_too_long = is_too_long || searched_ - begin_ > bytes_max;
    if (is_found) break;
    if (is_too_long) begin_ = end_;
    const auto has_more = fill();
    if (!has_more) return has_more.error();
    if (*has_more) continue;
    // What a signal cut off is no line.
    if (input_.was_stopped() || (begin_ == end_ && !is_too_long)) return Next::end;
    break;
  }
  if (!is_too_long) line_ = std::string_view(buffer_.data() + begin_, searched_ - begin_);
  if (is_found) ++searched_;
  begin_ = searched_;
  if (line_.starts_with(byte_order_mark)) line_.remove_prefix(byte_order_mark.size());
  if (line_.ends_with('\r')) line_.remove_suffix(1);
  return is_too_long ? Next::too_long : Next::text;
}

std::size_t InputLines::line_end() const {
  if (searched_ == end_) return end_;
  const void* found = std::memchr(buffer_.data() + searched_, '\n', end_ - searched_);
  return found == nullptr ? end_ : static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data());
}

Result<bool> InputLines::fill() {
  // What may be read behind a text spares its reader a copy.
  constexpr std::size_t room = chunk_bytes + 64;
  if (end_ + room > buffer_.size()) {
    if (begin_ > 0) std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    searched_ -= begin_;
    begin_ = 0;
    if (end_ + room > buffer_.size()) buffer_.resize(2 * end_ + room);
  }
  const auto bytes = input_.read(std::span(buffer_).subspan(end_, chunk_bytes));
  if (!bytes) return bytes.error();
  end_ += *bytes;
  return *bytes > 0;
}

std::size_t InputLines::readable_behind_text() const {
  if (text_.data() != line_.data()) return 0;
  return static_cast<std::size_t>(buffer_.data() + buffer_.size() - (text_.data() + text_.size()));
}

bool InputLines::would_wait() const {
  return !input_.is_regular_file() && !is_given_back_ && line_end() == end_ && input_.would_wait();
}

}  // namespace tallymill::processor
