#include <algorithm>
#include <array>

#include "topology/expr/function_table.h"
#include "topology/expr/typed_node.h"
#include "topology/expr/utf8.h"

namespace tallymill::topology {
namespace {

using enum TypeKind;

Value index_out_of_range(Evaluation& evaluation) {
  return evaluation.fail(ErrorCode::index_out_of_range, "the index is outside the string");
}

template <char first, char last>
Value change_case(Evaluation& evaluation, Arguments arguments) {
  const std::string_view text = arguments[0].as_text();
  if (!evaluation.spend_bytes(text.size())) return evaluation.out_of_steps();
  const auto changed = evaluation.arena.allocate_array<char>(text.size());
  constexpr char case_bit = 'a' ^ 'A';
  std::transform(text.begin(), text.end(), changed.begin(),
                 [](char c) { return c >= first && c <= last ? static_cast<char>(c ^ case_bit) : c; });
  return Value::string({changed.data(), changed.size()});
}

/// Unicode's White_Space characters.
bool is_space(std::uint32_t c) {
  return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

std::uint32_t decode(std::string_view text) {
  const std::size_t bytes = code_point_bytes(text[0]);
  auto code = static_cast<std::uint32_t>(static_cast<unsigned char>(text[0]));
  if (bytes > 1) code &= 0x7Fu >> bytes;
  for (std::size_t i = 1; i < bytes && i < text.size(); ++i) {
    code = (code << 6) | (static_cast<unsigned char>(text[i]) & 0x3F);
  }
  return code;
}

Value trim(Evaluation& evaluation, Arguments arguments) {
  const std::string_view text = arguments[0].as_text();
  if (!evaluation.spend_bytes(text.size())) return evaluation.out_of_steps();
  std::size_t begin = text.size();
  std::size_t end = text.size();
  for (std::size_t at = 0; at < text.size(); at += code_point_bytes(text[at])) {
    if (is_space(decode(text.substr(at)))) continue;
    begin = std::min(begin, at);
    end = std::min(text.size(), at + code_point_bytes(text[at]));
  }
  return Value::string(text.substr(begin, end - begin));
}

Value character_at(Evaluation& evaluation, Arguments arguments) {
  const std::string_view text = arguments[0].as_text();
  if (!evaluation.spend_bytes(text.size())) return evaluation.out_of_steps();
  const std::int64_t index = arguments[1].as_integer();
  const std::size_t at = index < 0 ? std::string_view::npos : byte_of_code_point(text, index);
  if (at == std::string_view::npos) return index_out_of_range(evaluation);
  // At the very end there is no character left, which CEL has as an empty string.
  return Value::string(at == text.size() ? text.substr(at) : text.substr(at, code_point_bytes(text[at])));
}

Value substring(Evaluation& evaluation, Arguments arguments) {
  const std::string_view text = arguments[0].as_text();
  if (!evaluation.spend_bytes(text.size())) return evaluation.out_of_steps();
  const std::int64_t first = arguments[1].as_integer();
  if (first < 0) return index_out_of_range(evaluation);
  const std::size_t begin = byte_of_code_point(text, first);
  if (begin == std::string_view::npos) return index_out_of_range(evaluation);
  if (arguments.size() == 2) return Value::string(text.substr(begin));
  const std::int64_t last = arguments[2].as_integer();
  if (last < first) return index_out_of_range(evaluation);
  const std::size_t length = byte_of_code_point(text.substr(begin), last - first);
  return length == std::string_view::npos ? index_out_of_range(evaluation)
                                          : Value::string(text.substr(begin, length));
}

/// Where the next occurrence of `wanted` ends up being cut; an empty one stands between all characters.
std::size_t next_occurrence(std::string_view text, std::string_view wanted, std::size_t from) {
  if (!wanted.empty()) return text.find(wanted, from);
  if (from > text.size()) return std::string_view::npos;
  return from;
}

Value replace(Evaluation& evaluation, Arguments arguments) {
  const std::string_view text = arguments[0].as_text();
  const std::string_view wanted = arguments[1].as_text();
  const std::string_view replacement = arguments[2].as_text();
  std::int64_t left = arguments.size() == 4 ? arguments[3].as_integer() : -1;
  std::string result;
  std::size_t copied = 0;
  std::size_t from = 0;
  while (left != 0) {
    const std::size_t at = next_occurrence(text, wanted, from);
    if (at == std::string_view::npos) break;
    if (!evaluation.spend_bytes(at - copied + replacement.size() + 64)) return evaluation.out_of_steps();
    result += text.substr(copied, at - copied);
    result += replacement;
    copied = at + wanted.size();
    const bool stays = wanted.empty();
    from = stays ? at + (at < text.size() ? code_point_bytes(text[at]) : 1) : copied;
    --left;
  }
  if (!evaluation.spend_bytes(text.size() - copied)) return evaluation.out_of_steps();
  result += text.substr(copied);
  return Value::string(evaluation.arena.copy(result));
}

Value split(Evaluation& evaluation, Arguments arguments) {
  const std::string_view text = arguments[0].as_text();
  const std::string_view separator = arguments[1].as_text();
  const std::int64_t limit = arguments.size() == 3 ? arguments[2].as_integer() : -1;
  if (limit == 0) return Value::list({});
  const std::size_t parts_max = limit < 0 ? std::string_view::npos : static_cast<std::size_t>(limit);
  if (!evaluation.spend(text.size() + 1)) return evaluation.out_of_steps();
  const auto parts = evaluation.arena.allocate_array<Value>(std::min(parts_max, text.size() + 1));
  std::size_t count = 0;
  std::size_t from = 0;
  if (separator.empty()) {
    while (from < text.size() && count + 1 < parts_max) {
      const std::size_t bytes = code_point_bytes(text[from]);
      parts[count++] = Value::string(text.substr(from, bytes));
      from += bytes;
    }
    if (from < text.size()) parts[count++] = Value::string(text.substr(from));
    return Value::list(parts.first(count));
  }
  for (;;) {
    const std::size_t at = count + 1 < parts_max ? text.find(separator, from) : std::string_view::npos;
    parts[count++] = Value::string(text.substr(from, at == std::string_view::npos ? at : at - from));
    if (at == std::string_view::npos) return Value::list(parts.first(count));
    from = at + separator.size();
  }
}

Value join(Evaluation& evaluation, Arguments arguments) {
  const std::string_view separator = arguments.size() == 2 ? arguments[1].as_text() : std::string_view();
  std::string result;
  bool is_first = true;
  for (const Value& item : arguments[0].as_items()) {
    if (!item.is(ValueKind::string)) return evaluation.no_such_overload();
    if (!evaluation.spend_bytes(separator.size() + item.as_text().size() + 64))
      return evaluation.out_of_steps();
    if (!is_first) result += separator;
    result += item.as_text();
    is_first = false;
  }
  return Value::string(evaluation.arena.copy(result));
}

Value reverse(Evaluation& evaluation, Arguments arguments) {
  const std::string_view text = arguments[0].as_text();
  if (!evaluation.spend_bytes(text.size())) return evaluation.out_of_steps();
  const auto reversed = evaluation.arena.allocate_array<char>(text.size());
  auto free_end = reversed.end();
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view character = text.substr(at, code_point_bytes(text[at]));
    free_end -= static_cast<std::ptrdiff_t>(character.size());
    std::copy(character.begin(), character.end(), free_end);
    at += character.size();
  }
  return Value::string({reversed.data(), reversed.size()});
}

Value quote(Evaluation& evaluation, Arguments arguments) {
  static constexpr std::string_view special = "\a\b\f\n\r\t\v\\\"";
  static constexpr std::string_view letters = "abfnrtv\\\"";
  const std::string_view text = arguments[0].as_text();
  if (!evaluation.spend_bytes(2 * text.size())) return evaluation.out_of_steps();
  std::string quoted = "\"";
  for (const char c : text) {
    const std::size_t found = special.find(c);
    if (found == std::string_view::npos) {
      quoted += c;
    } else {
      quoted += {'\\', letters[found]};
    }
  }
  return Value::string(evaluation.arena.copy(quoted + '"'));
}

Type list_of_strings(std::span<const Type>) { return Type::list_of(string); }

constexpr auto lower_overloads = std::to_array<Overload>({overload({string}, string, change_case<'A', 'Z'>)});
constexpr auto upper_overloads = std::to_array<Overload>({overload({string}, string, change_case<'a', 'z'>)});
constexpr auto trim_overloads = std::to_array<Overload>({overload({string}, string, trim)});
constexpr auto character_overloads = std::to_array<Overload>(
    {checked(overload({string, integer}, string, character_at), {nullptr, refuse_negative_index})});
constexpr auto substring_overloads = std::to_array<Overload>({
    checked(overload({string, integer}, string, substring), {nullptr, refuse_negative_index}),
    checked(overload({string, integer, integer}, string, substring),
            {nullptr, refuse_negative_index, refuse_negative_index}),
});
constexpr auto replace_overloads = std::to_array<Overload>({
    overload({string, string, string}, string, replace),
    overload({string, string, string, integer}, string, replace),
});
constexpr auto split_overloads = std::to_array<Overload>({
    overload({string, string}, list, split, list_of_strings),
    overload({string, string, integer}, list, split, list_of_strings),
});
constexpr auto join_overloads = std::to_array<Overload>({
    overload({list}, string, join),
    overload({list, string}, string, join),
});
constexpr auto reverse_overloads = std::to_array<Overload>({overload({string}, string, reverse)});
constexpr auto quote_overloads = std::to_array<Overload>({overload({string}, string, quote)});

constexpr auto functions = std::to_array<FunctionEntry>({
    {.name = "lowerAscii",
     .style = CallStyle::receiver,
     .overloads = lower_overloads,
     .doc = "A to Z as small letters",
     .example = R"("Ann".lowerAscii() == "ann")"},
    {.name = "upperAscii",
     .style = CallStyle::receiver,
     .overloads = upper_overloads,
     .doc = "a to z as capital letters",
     .example = R"("usd".upperAscii() == "USD")"},
    {.name = "trim",
     .style = CallStyle::receiver,
     .overloads = trim_overloads,
     .doc = "without white space at both ends",
     .example = R"("  a b ".trim() == "a b")"},
    {.name = "charAt",
     .style = CallStyle::receiver,
     .overloads = character_overloads,
     .doc = "the character at an index, from 0",
     .example = R"("abc".charAt(1) == "b")"},
    {.name = "substring",
     .style = CallStyle::receiver,
     .overloads = substring_overloads,
     .doc = "from an index up to, without, another or the end; from 0",
     .example = R"("tacocat".substring(0, 4) == "taco")"},
    {.name = "replace",
     .style = CallStyle::receiver,
     .overloads = replace_overloads,
     .doc = "with each occurrence of a text replaced, or the first n",
     .example = R"("a-b-c".replace("-", "+", 1) == "a+b-c")"},
    {.name = "split",
     .style = CallStyle::receiver,
     .overloads = split_overloads,
     .doc = "the parts between separators, n parts at most",
     .example = R"("a,b,c".split(",") == ["a", "b", "c"])"},
    {.name = "join",
     .style = CallStyle::receiver,
     .overloads = join_overloads,
     .doc = "strings one after another with a separator between",
     .example = R"(["a", "b"].join("-") == "a-b")"},
    {.name = "reverse",
     .style = CallStyle::receiver,
     .overloads = reverse_overloads,
     .doc = "the characters in reverse order",
     .example = R"("abc".reverse() == "cba")"},
    {.name = "strings.quote",
     .overloads = quote_overloads,
     .doc = "in double quotes, special characters escaped",
     .example = R"(strings.quote("a\nb") == "\"a\\nb\"")"},
});

}  // namespace

std::span<const FunctionEntry> string_functions() { return functions; }

}  // namespace tallymill::topology
