#include <array>

#include "topology/expr/function_table.h"
#include "topology/expr/pattern.h"
#include "topology/expr/utf8.h"

namespace tallymill::topology {
namespace {

using enum TypeKind;

enum class Position { anywhere, start, end };

template <Position position>
Value contains(Evaluation& evaluation, Arguments arguments) {
  const std::string_view text = arguments[0].as_text();
  const std::string_view wanted = arguments[1].as_text();
  if (position == Position::start) return Value::boolean(text.starts_with(wanted));
  if (position == Position::end) return Value::boolean(text.ends_with(wanted));
  if (!evaluation.spend_bytes(text.size())) return evaluation.out_of_steps();
  return Value::boolean(text.find(wanted) != std::string_view::npos);
}

Value matches(Evaluation& evaluation, Arguments arguments) {
  const std::string_view text = arguments[0].as_text();
  if (!evaluation.spend_bytes(text.size())) return evaluation.out_of_steps();
  return Value::boolean(evaluation.site->pattern->matches(text));
}

/// The index in code points of a byte, -1 for npos.
Value index_value(std::string_view text, std::size_t byte) {
  return Value::integer(byte == std::string_view::npos ? -1 : count_code_points(text.substr(0, byte)));
}

/// The byte at which a search starts; nothing if the argument is outside the text.
std::optional<std::size_t> search_start(std::string_view text, const Value& index) {
  if (index.as_integer() < 0) return std::nullopt;
  const std::size_t byte = byte_of_code_point(text, index.as_integer());
  return byte == std::string_view::npos ? std::nullopt : std::optional(byte);
}

template <bool from_behind>
Value index_of(Evaluation& evaluation, Arguments arguments) {
  const std::string_view text = arguments[0].as_text();
  const std::string_view wanted = arguments[1].as_text();
  if (!evaluation.spend_bytes(text.size())) return evaluation.out_of_steps();
  std::size_t from = from_behind ? std::string_view::npos : 0;
  if (arguments.size() == 3) {
    const auto start = search_start(text, arguments[2]);
    if (!start) return evaluation.fail(ErrorCode::index_out_of_range, "the index is outside the string");
    from = *start;
  }
  return index_value(text, from_behind ? text.rfind(wanted, from) : text.find(wanted, from));
}

constexpr auto contains_overloads =
    std::to_array<Overload>({overload({string, string}, boolean, contains<Position::anywhere>)});
constexpr auto starts_overloads =
    std::to_array<Overload>({overload({string, string}, boolean, contains<Position::start>)});
constexpr auto ends_overloads =
    std::to_array<Overload>({overload({string, string}, boolean, contains<Position::end>)});
constexpr auto matches_overloads = std::to_array<Overload>({overload({string, string}, boolean, matches)});
constexpr auto index_overloads = std::to_array<Overload>({
    overload({string, string}, integer, index_of<false>),
    checked(overload({string, string, integer}, integer, index_of<false>),
            {nullptr, nullptr, refuse_negative_index}),
});
constexpr auto last_index_overloads = std::to_array<Overload>({
    overload({string, string}, integer, index_of<true>),
    checked(overload({string, string, integer}, integer, index_of<true>),
            {nullptr, nullptr, refuse_negative_index}),
});

constexpr auto functions = std::to_array<FunctionEntry>({
    {.name = "contains",
     .style = CallStyle::receiver,
     .overloads = contains_overloads,
     .doc = "whether a text is part of the string",
     .example = R"("tacocat".contains("coca"))"},
    {.name = "startsWith",
     .style = CallStyle::receiver,
     .overloads = starts_overloads,
     .doc = "whether the string begins with a text",
     .example = R"("tacocat".startsWith("taco"))"},
    {.name = "endsWith",
     .style = CallStyle::receiver,
     .overloads = ends_overloads,
     .doc = "whether the string ends with a text",
     .example = R"("tacocat".endsWith("cat"))"},
    {.name = "matches",
     .style = CallStyle::global_or_receiver,
     .overloads = matches_overloads,
     .doc = "whether some part of the string matches a regular expression in RE2 syntax",
     .example = R"("order-17".matches("^order-[0-9]+$"))"},
    {.name = "indexOf",
     .style = CallStyle::receiver,
     .overloads = index_overloads,
     .doc = "where a text first stands, at or after an index; -1 if it does not",
     .example = R"("tacocat".indexOf("a") == 1 && "tacocat".indexOf("a", 2) == 5)"},
    {.name = "lastIndexOf",
     .style = CallStyle::receiver,
     .overloads = last_index_overloads,
     .doc = "where a text last stands, at or before an index; -1 if it does not",
     .example = R"("tacocat".lastIndexOf("a") == 5)"},
});

}  // namespace

std::span<const FunctionEntry> string_search_functions() { return functions; }

}  // namespace tallymill::topology
