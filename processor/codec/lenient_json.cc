#include "processor/codec/lenient_json.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>

namespace tallymill::processor {

namespace {

constexpr std::size_t escape_size = 6;  // of \u and four digits

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes the digits at the front; how many there were.
std::size_t take_digits(std::string_view& text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
  const auto count = static_cast<std::size_t>(end - text.begin());
  text.remove_prefix(count);
  return count;
}

bool is_json_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const bool begins_with_zero = text.starts_with('0');
  const std::size_t whole_digits = take_digits(text);
  if (whole_digits == 0 || (begins_with_zero && whole_digits > 1)) return false;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (take_digits(text) == 0) return false;
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    if (take_digits(text) == 0) return false;
  }
  return text.empty();
}

/// The UTF-16 unit of an escape such as \ud800 at the front.
std::optional<std::uint32_t> escaped_unit(std::string_view text) {
  if (text.size() < escape_size || !text.starts_with("\\u")) return std::nullopt;
  std::uint32_t unit = 0;
  const auto [stop, error] = std::from_chars(text.data() + 2, text.data() + escape_size, unit, 16);
  if (error != std::errc() || stop != text.data() + escape_size) return std::nullopt;
  return unit;
}

bool is_first_half(std::uint32_t unit) { return unit >= 0xd800 && unit < 0xdc00; }
bool is_second_half(std::uint32_t unit) { return unit >= 0xdc00 && unit < 0xe000; }

/// Takes the escape at the front of a text's rest, and writes it, or what stands for half of a pair.
void take_escape(std::string_view& rest, std::string& out) {
  std::size_t size = std::min<std::size_t>(rest.size(), 2);
  std::string_view written = rest.substr(0, size);
  if (const auto unit = escaped_unit(rest)) {
    const auto next = escaped_unit(rest.substr(escape_size));
    const bool is_pair = is_first_half(*unit) && next && is_second_half(*next);
    size = is_pair ? 2 * escape_size : escape_size;
    const bool is_half = !is_pair && (is_first_half(*unit) || is_second_half(*unit));
    written = is_half ? std::string_view("\\ufffd") : rest.substr(0, size);
  }
  out += written;
  rest.remove_prefix(size);
}

/// What is no JSON stays none.
std::string with_readable_values(std::string_view rest) {
  std::string out;
  bool in_text = false;
  while (!rest.empty()) {
    const char c = rest.front();
    if (in_text && c == '\\') {
      take_escape(rest, out);
      continue;
    }
    in_text = in_text != (c == '"');
    const bool begins_number = !in_text && (c == '-' || is_digit(c));
    const std::size_t size = begins_number ? std::min(rest.find_first_not_of("0123456789+-.eE"), rest.size()) : 1;
    out += begins_number && is_json_number(rest.substr(0, size)) ? std::string_view("0") : rest.substr(0, size);
    rest.remove_prefix(size);
  }
  return out;
}

bool may_be_json(simdjson::error_code error) {
  return error == simdjson::NUMBER_ERROR || error == simdjson::STRING_ERROR;
}

}  // namespace

simdjson::simdjson_result<simdjson::dom::element> parse_leniently(simdjson::dom::parser& parser,
                                                                  std::string_view text) {
  auto parsed = parser.parse(text.data(), text.size(), false);
  return may_be_json(parsed.error()) ? parser.parse(with_readable_values(text)) : parsed;
}

bool is_json(std::string_view text) {
  simdjson::dom::parser parser;
  return parser.parse(with_readable_values(text)).error() == simdjson::SUCCESS;
}

std::optional<std::string_view> name_of(simdjson::ondemand::field& field) {
  const char* const begin = field.key().raw();
  std::string_view name;
  if (!field.unescaped_key().get(name)) return name;
  const char* end = begin;
  while (*end != '"') end += *end == '\\' ? 2 : 1;  // the parser has seen that it is closed
  return is_json({begin - 1, static_cast<std::size_t>(end - begin) + 2}) ? std::optional<std::string_view>("")
                                                                         : std::nullopt;
}

}  // namespace tallymill::processor
