#include "topology/spec/field_values.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "topology/data/row.h"
#include "topology/spec/excerpt.h"
#include "topology/spec/expression_cut.h"
#include "topology/spec/yaml_traps.h"

namespace tallymill::topology {
namespace {

std::string_view describe(YamlNode::Kind kind) {
  switch (kind) {
    case YamlNode::Kind::null:
      return "nothing";
    case YamlNode::Kind::scalar:
      return "a single value";
    case YamlNode::Kind::sequence:
      return "a list";
    case YamlNode::Kind::mapping:
      break;
  }
  return "a mapping";
}

/// A number and the word behind it: "1 day" is ("1", "day").
std::pair<std::string_view, std::string_view> number_and_word(std::string_view text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  std::string_view word = text.substr(digits);
  word.remove_prefix(std::min(word.find_first_not_of(' '), word.size()));
  return {text.substr(0, digits), word};
}

/// Units of the calendar, which are of no fixed length, or begin on a day that must be said.
struct CalendarUnit {
  std::string_view words;
  std::string_view today;
};

constexpr CalendarUnit calendar_units[] = {
    {"w week weeks", "weeks are written in days: `7d`; windows of 7d begin on a Monday with `offset: 4d`"},
    {"mo mon month months M y yr year years",
     "months and years are of different lengths: without a window, group by them, as in "
     "`by: [{ month: created_at.getFullYear() * 100 + created_at.getMonth() + 1 }]`"},
};

const CalendarUnit* calendar_unit_of(std::string_view text) {
  const auto [number, word] = number_and_word(text);
  if (number.empty()) return nullptr;
  for (const CalendarUnit& unit : calendar_units) {
    if (is_among(unit.words, word)) return &unit;
  }
  return nullptr;
}

struct DurationWords {
  std::string_view words;
  std::string_view unit;
};

constexpr DurationWords duration_words[] = {
    {"sec secs second seconds S", "s"}, {"min mins minute minutes", "m"},
    {"hr hrs hour hours H", "h"},       {"day days D", "d"},
    {"millis milliseconds msec", "ms"},
};

std::string duration_hint(std::string_view text) {
  const auto [number, word] = number_and_word(text);
  if (!number.empty() && word.empty()) return "write its unit as well, such as " + std::string(number) + "s";
  for (const DurationWords& each : duration_words) {
    if (!number.empty() && is_among(each.words, word))
      return "write " + std::string(number) + std::string(each.unit);
  }
  return "write a whole number and its unit, such as 500ms, 5s, 1m, 6h or 7d";
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

}  // namespace

bool is_name(std::string_view text) {
  constexpr std::size_t bytes_max = 200;  // names become parts of topic names, which end at 249
  return !text.empty() && text.size() <= bytes_max && is_letter(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-'; });
}

std::string did_you_mean(std::string_view name, const std::vector<std::string>& candidates,
                         const Diagnostics& diagnostics) {
  constexpr std::size_t candidates_max = 1000;
  if (!is_name(name) || candidates.size() > candidates_max || diagnostics.error_count() >= Diagnostics::most)
    return {};
  const std::string nearest = nearest_name(name, candidates);
  return nearest.empty() ? std::string() : did_you_mean_hint(nearest);
}

std::string did_you_mean_hint(std::string_view name) { return "did you mean \"" + std::string(name) + "\"?"; }

void FieldValueReader::refuse(SourceRange range, std::string message, std::string hint) {
  diagnostics_.error(ErrorCode::invalid_value, range, std::move(message), std::move(hint));
}

bool FieldValueReader::expect_scalar(const YamlNode& node, std::string_view expected,
                                     const std::string& what) {
  if (node.kind == YamlNode::Kind::scalar) return true;
  refuse(node.range,
         what + " takes " + std::string(expected) + ", and this is " + std::string(describe(node.kind)),
         node.kind == YamlNode::Kind::null ? "" : "if it was meant as a text: " + std::string(quote_hint));
  return false;
}

bool FieldValueReader::expect_mapping(const YamlNode& node, const std::string& what) {
  if (node.kind == YamlNode::Kind::mapping && !node.entries.empty()) return true;
  refuse(node.range,
         what + " takes a mapping with at least one entry, and this is " +
             (node.kind == YamlNode::Kind::mapping ? "empty" : std::string(describe(node.kind))),
         "write `name: ...` pairs");
  return false;
}

std::optional<std::string> FieldValueReader::text(const YamlNode& node, const std::string& what) {
  if (!expect_scalar(node, "a text", what)) return std::nullopt;
  return node.text;
}

std::optional<bool> FieldValueReader::boolean(const YamlNode& node, const std::string& what) {
  if (!expect_scalar(node, "true or false", what)) return std::nullopt;
  if (node.text == "true") return true;
  if (node.text == "false") return false;
  std::string hint;
  if (is_among("yes Yes YES on On True TRUE 1", node.text)) hint = "write true";
  if (is_among("no No NO off Off False FALSE 0", node.text)) hint = "write false";
  refuse(node.range, what + " takes true or false, and this is " + in_quotes(node.text), std::move(hint));
  return std::nullopt;
}

std::optional<std::int64_t> FieldValueReader::integer(const YamlNode& node, const std::string& what) {
  if (!expect_scalar(node, "a whole number", what)) return std::nullopt;
  std::int64_t value = 0;
  const char* end = node.text.data() + node.text.size();
  const auto [read_to, failure] = std::from_chars(node.text.data(), end, value);
  if (failure == std::errc() && read_to == end) return value;
  refuse(node.range, what + " takes a whole number, and this is " + in_quotes(node.text), "");
  return std::nullopt;
}

std::optional<Duration> FieldValueReader::duration(const YamlNode& node, const std::string& what) {
  if (!expect_scalar(node, "a duration", what)) return std::nullopt;
  if (const auto value = parse_duration(node.text)) return value;
  if (const CalendarUnit* unit = calendar_unit_of(node.text)) {
    diagnostics_.error(ErrorCode::not_yet, node.range,
                       in_quotes(node.text) + " for " + what + " is not implemented yet",
                       std::string(unit->today));
    return std::nullopt;
  }
  refuse(node.range, what + " takes a duration, and this is " + in_quotes(node.text),
         duration_hint(node.text));
  return std::nullopt;
}

std::optional<std::string> FieldValueReader::choice(const YamlNode& node, std::span<const Choice> choices,
                                                    const std::string& what) {
  std::vector<std::string> names;
  std::string list;
  for (const Choice& choice : choices) {
    names.emplace_back(choice.name);
    if (choice.availability == Availability::available) list += (list.empty() ? "" : ", ") + names.back();
  }
  if (!expect_scalar(node, "one of: " + list, what)) return std::nullopt;
  const auto found = std::find_if(choices.begin(), choices.end(),
                                  [&](const Choice& choice) { return choice.name == node.text; });
  if (found == choices.end()) {
    std::string hint = did_you_mean(node.text, names, diagnostics_);
    if (choices.size() == 1) hint = "write " + names.front();
    refuse(node.range, what + " takes one of: " + list + "; this is " + in_quotes(node.text),
           std::move(hint));
    return std::nullopt;
  }
  if (found->availability == Availability::planned) {
    diagnostics_.error(ErrorCode::not_yet, node.range,
                       in_quotes(node.text) + " for " + what + " is not implemented yet",
                       std::string(found->today));
    return std::nullopt;
  }
  return node.text;
}

std::optional<NameUse> FieldValueReader::name(const YamlNode& node, const std::string& what) {
  if (!expect_scalar(node, "a name", what)) return std::nullopt;
  if (is_name(node.text)) return NameUse{node.text, node.range};
  refuse(node.range, what + " takes a name, and this is " + in_quotes(node.text),
         node.text == "*" ? "to keep all columns, leave the step out"
                          : "a name begins with a letter or `_` and has letters, digits, `_` and `-` only");
  return std::nullopt;
}

std::optional<ExpressionText> FieldValueReader::expression(const YamlNode& node, const std::string& what) {
  if (!expect_scalar(node, "an expression", what)) return std::nullopt;
  // In quotes and in block style YAML cuts nothing; what is wrong there the expression's parser says better.
  const auto cut = node.plain ? find_expression_cut(node.text) : std::nullopt;
  if (!cut) return ExpressionText{node.text, node};
  diagnostics_.error(ErrorCode::expression_syntax, range_within(node, cut->offset, 1), cut->message,
                     "YAML may have cut it at ` #`, or between brackets at `,`: " + std::string(quote_hint));
  return std::nullopt;
}

std::optional<std::vector<NameUse>> FieldValueReader::list(const YamlNode& node, bool as_names,
                                                           const std::string& what) {
  const std::span<const YamlNode> items =
      node.kind == YamlNode::Kind::sequence ? std::span<const YamlNode>(node.items) : std::span(&node, 1);
  if (items.empty()) {
    refuse(node.range, what + " is an empty list", "name something, or leave it out");
    return std::nullopt;
  }
  std::vector<NameUse> result;
  std::set<std::string_view> seen;
  bool complete = true;
  for (const YamlNode& item : items) {
    std::optional<NameUse> use;
    if (as_names) {
      use = name(item, what);
    } else if (auto read = text(item, what)) {
      use = NameUse{std::move(*read), item.range};
    }
    complete &= use.has_value();
    if (!use) continue;
    if (!seen.insert(item.text).second) {
      diagnostics_.error(ErrorCode::duplicate_name, item.range,
                         what + " has " + in_quotes(item.text) + " twice", "delete one");
      complete = false;
    }
    result.push_back(std::move(*use));
  }
  return complete ? std::optional(std::move(result)) : std::nullopt;
}

std::optional<std::vector<NamedExpression>> FieldValueReader::expressions(const YamlNode& node,
                                                                          const std::string& what) {
  if (!expect_mapping(node, what)) return std::nullopt;
  std::vector<NamedExpression> result;
  bool complete = true;
  for (const YamlNode::Entry& entry : node.entries) {
    // `{ a: f(x, 2) }` gives `a: f(x` and a key `2)` without value: the first is reported, the second is its
    // rest.
    const bool is_rest_of_a_cut =
        !complete && entry.value.kind == YamlNode::Kind::null && !is_name(entry.key);
    if (is_rest_of_a_cut) continue;
    if (!is_name(entry.key)) {
      refuse(entry.key_range, in_quotes(entry.key) + " in " + what + " is no name for a column",
             "a name begins with a letter or `_` and has letters, digits, `_` and `-` only");
      complete = false;
      continue;
    }
    auto read = expression(entry.value, in_quotes(entry.key) + " in " + what);
    complete &= read.has_value();
    if (read) result.push_back({entry.key, entry.key_range, std::move(*read)});
  }
  return complete ? std::optional(std::move(result)) : std::nullopt;
}

std::optional<std::vector<NamedExpression>> FieldValueReader::texts(const YamlNode& node,
                                                                    const std::string& what) {
  if (!expect_mapping(node, what)) return std::nullopt;
  std::vector<NamedExpression> result;
  bool complete = true;
  for (const YamlNode::Entry& entry : node.entries) {
    const bool is_text = expect_scalar(entry.value, "a text", in_quotes(entry.key) + " in " + what);
    complete &= is_text;
    if (is_text) result.push_back({entry.key, entry.key_range, {entry.value.text, entry.value}});
  }
  return complete ? std::optional(std::move(result)) : std::nullopt;
}

std::optional<GroupItem> FieldValueReader::group(const YamlNode& node, const std::string& what) {
  if (node.kind == YamlNode::Kind::mapping) {
    auto named = expressions(node, what);
    if (!named) return std::nullopt;
    if (named->size() == 1) {
      NamedExpression& only = named->front();
      return GroupItem{{only.name, only.name_range}, std::move(only.expression)};
    }
    refuse(node.range, "an item of " + what + " names several expressions",
           "make an item of each: `- name: expression`");
    return std::nullopt;
  }
  if (node.kind == YamlNode::Kind::scalar && !is_name(node.text)) {
    const auto cut = node.plain ? find_expression_cut(node.text) : std::nullopt;
    refuse(node.range, what + " takes columns and named expressions, and this is " + in_quotes(node.text),
           cut ? std::string(quote_hint) : "give the expression a name: `{ name: expression }`");
    return std::nullopt;
  }
  auto use = name(node, what);
  return use ? std::optional(GroupItem{std::move(*use), std::nullopt}) : std::nullopt;
}

std::optional<std::vector<GroupItem>> FieldValueReader::groups(const YamlNode& node,
                                                               const std::string& what) {
  const std::span<const YamlNode> items =
      node.kind == YamlNode::Kind::sequence ? std::span<const YamlNode>(node.items) : std::span(&node, 1);
  std::vector<GroupItem> result;
  std::set<std::string> seen;
  bool complete = true;
  for (const YamlNode& item : items) {
    auto read = group(item, what);
    complete &= read.has_value();
    if (!read) continue;
    if (!seen.insert(read->name.name).second) {
      diagnostics_.error(ErrorCode::duplicate_name, read->name.range,
                         what + " has " + in_quotes(read->name.name) + " twice", "delete or rename one");
      complete = false;
    }
    result.push_back(std::move(*read));
  }
  return complete ? std::optional(std::move(result)) : std::nullopt;
}

}  // namespace tallymill::topology
