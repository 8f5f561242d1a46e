#include <algorithm>
#include <array>
#include <utility>

#include "topology/data/metadata_field.h"
#include "topology/expr/checker.h"
#include "topology/expr/habits.h"

namespace tallymill::topology {
namespace {

/// CEL's types as values, by the names that an expression may use.
constexpr std::array<std::string_view, 12> type_names = {"bool",
                                                         "bytes",
                                                         "double",
                                                         "int",
                                                         "list",
                                                         "map",
                                                         "null_type",
                                                         "string",
                                                         "type",
                                                         "uint",
                                                         "google.protobuf.Timestamp",
                                                         "google.protobuf.Duration"};

/// "a.b.c" of a chain of selects that starts at an identifier; empty for anything else.
std::string qualified_name(const SyntaxNode& node) {
  if (node.kind == SyntaxKind::identifier) return node.text;
  if (node.kind != SyntaxKind::select) return {};
  std::string name = qualified_name(*node.children[0]);
  return name.empty() ? name : name + "." + node.text;
}

/// "a-b-c" of names with minuses between them; empty for anything else.
std::string hyphenated_name(const SyntaxNode& node) {
  if (node.kind == SyntaxKind::identifier) return node.text;
  const bool is_difference =
      node.kind == SyntaxKind::operation && node.text == "-" && node.children.size() == 2;
  if (!is_difference || node.children[1]->kind != SyntaxKind::identifier) return {};
  const std::string left = hyphenated_name(*node.children[0]);
  return left.empty() ? left : left + "-" + node.children[1]->text;
}

std::string in_backquotes_hint(const std::string& name) {
  return "a column with a hyphen is written in backquotes: `" + name +
         "`; an expression that begins with one stands in quotes as a whole";
}

std::string did_you_mean(const std::string& nearest) {
  return nearest.empty() ? std::string() : "did you mean `" + nearest + "`?";
}

}  // namespace

const Checker::Local* Checker::find_local(const SyntaxNode& identifier) const {
  if (identifier.is_absolute) return nullptr;
  for (std::size_t i = scope_.size(); i-- > 0;) {
    if (scope_[i].name == identifier.text) return &scope_[i];
  }
  return nullptr;
}

bool Checker::is_local_chain(const SyntaxNode& node) const {
  const SyntaxNode* root = &node;
  while (root->kind == SyntaxKind::select) root = root->children[0].get();
  return root->kind == SyntaxKind::identifier && find_local(*root) != nullptr;
}

TypedTree Checker::make_local(const Local& local, TextRange range) {
  TypedTree node = make(TypedKind::local, local.type, range);
  node->index = local.index;
  node->nullable = options_.nullable_columns;
  return node;
}

/// A column, or a type as a value; null if the name is neither.
TypedTree Checker::resolve_name(const std::string& name, TextRange range) {
  if (const auto column = columns_.find(name)) {
    TypedTree node = make(TypedKind::column, columns_.columns[*column].type, range);
    node->index = *column;
    node->nullable = options_.nullable_columns && columns_.columns[*column].nullable;
    return node;
  }
  for (const std::string_view type : type_names) {
    if (type == name) return make_constant(Value::type(type), TypeKind::type, range);
  }
  return nullptr;
}

TypedTree Checker::check_identifier(const SyntaxNode& node) {
  if (const Local* local = find_local(node)) return make_local(*local, node.range);
  TypedTree resolved = resolve_name(node.text, node.range);
  return resolved != nullptr ? std::move(resolved) : unknown_name(node);
}

/// `order-flag == "x"`: a difference of names that are no columns, where a column has the whole for its name.
/// Null for anything else.
TypedTree Checker::refuse_hyphen(const SyntaxNode& node) {
  const std::string name = hyphenated_name(node);
  if (name.find('-') == std::string::npos || !columns_.find(name)) return nullptr;
  const auto is_known = [&](const SyntaxNode& part) {
    return part.kind != SyntaxKind::identifier || columns_.find(part.text) || find_local(part) != nullptr;
  };
  bool all_known = true;
  for (const SyntaxNode* at = &node; all_known; at = at->children[0].get()) {
    if (at->kind == SyntaxKind::identifier) {
      all_known = is_known(*at);
      break;
    }
    all_known = is_known(*at->children[1]);
  }
  if (all_known) return nullptr;
  return refuse(node.range, ErrorCode::unknown_column,
                "`" + name + "` is read as a difference, and not as a column", in_backquotes_hint(name));
}

TypedTree Checker::unknown_name(const SyntaxNode& node) {
  if (node.text == "meta") {
    return refuse(node.range, ErrorCode::unknown_column, "`meta` is used by its fields",
                  "such as `meta.op`; there are " + metadata_field_names());
  }
  std::string hint = hint_for_name(node.text);
  for (const Column& column : columns_.columns) {
    if (hint.empty() && column.name.starts_with(node.text + "-")) hint = in_backquotes_hint(column.name);
  }
  if (hint.empty()) hint = did_you_mean(columns_.nearest(node.text));
  if (hint.empty()) {
    std::string names;
    for (const Column& column : columns_.columns) {
      if (!column.hidden) names += (names.empty() ? "" : ", ") + column.name;
    }
    hint = "a text is written in quotes: \"" + node.text + "\"";
    if (!names.empty()) hint = "the columns here are " + names + "; " + hint;
  }
  return refuse(node.range, ErrorCode::unknown_column, "there is no column `" + node.text + "` here",
                std::move(hint));
}

TypedTree Checker::unknown_metadata(const SyntaxNode& select) {
  if (select.text == "headers") {
    return refuse(select.range, ErrorCode::not_yet, "`meta.headers` is not implemented yet",
                  "the connector can put a header into the row: its transform HeaderToValue");
  }
  const bool is_field = parse_metadata_field(select.text).has_value();
  return refuse(select.range, ErrorCode::unknown_column,
                is_field ? "`meta." + select.text + "` is not available here"
                         : "`meta` has no field `" + select.text + "`",
                is_field ? "take it into a column before" : "it has " + metadata_field_names());
}

TypedTree Checker::check_select(const SyntaxNode& node) {
  const SyntaxNode& operand = *node.children[0];
  // A variable of a macro hides columns; else the longest name that exists wins, as CEL has it.
  if (!is_local_chain(node)) {
    if (const std::string name = qualified_name(node); !name.empty()) {
      if (TypedTree resolved = resolve_name(name, node.range)) return resolved;
    }
    const bool is_metadata = operand.kind == SyntaxKind::identifier && operand.text == "meta";
    if (is_metadata && !columns_.find("meta")) return unknown_metadata(node);
  }
  Operands operands;
  operands.push_back(check(operand));
  operands.push_back(make_constant(Value::string(arena_.copy(node.text)), TypeKind::string, node.name_range));
  const TypeKind kind = operands[0]->type.kind;
  if (kind == TypeKind::json) {
    return refuse(
        node.range, ErrorCode::not_yet, "fields of json columns are not implemented yet",
        "a field that is computed with needs a column of its own in the table; the whole is a text: string(" +
            qualified_name(operand) + ")");
  }
  if (kind != TypeKind::map && kind != TypeKind::dynamic) {
    return refuse(node.range, ErrorCode::expression_type,
                  "a value of type " + operands[0]->type.text() + " has no field `" + node.text + "`");
  }
  return apply_operation(".", node.range, std::move(operands));
}

TypedTree Checker::check_call(const SyntaxNode& node) {
  if (is_macro(node)) return check_macro(node);
  std::string name = node.text;
  std::size_t first_argument = 0;
  bool is_receiver_call = node.has_receiver;
  if (node.has_receiver && !is_local_chain(*node.children[0])) {
    // `math.abs(x)` is a function of that name unless `math` is a column.
    const std::string space = qualified_name(*node.children[0]);
    if (!space.empty() && !columns_.find(space) && find_function(space + "." + name, false) != nullptr) {
      name = space + "." + name;
      first_argument = 1;
      is_receiver_call = false;
    }
  }
  const FunctionEntry* function = find_function(name, false);
  if (function != nullptr && function->overloads.empty()) {
    return refuse(node.name_range, ErrorCode::not_yet, "`" + name + "` is not implemented yet",
                  std::string(function->today));
  }
  Operands operands = check_children(node, first_argument);
  if (function == nullptr) return unknown_function(node, name);
  const bool fits_style = function->style == CallStyle::global_or_receiver ||
                          function->style == (is_receiver_call ? CallStyle::receiver : CallStyle::global);
  if (!fits_style) {
    return refuse(
        node.name_range, ErrorCode::expression_type,
        is_receiver_call ? "`" + name + "` is not called on a value" : "`" + name + "` is called on a value",
        is_receiver_call ? "write " + name + "(x)" : "write x." + name + "(...)");
  }
  if (name == "in_currency") return check_in_currency(*function, node.range, std::move(operands));
  return name == "coalesce" ? check_coalesce(*function, node.range, std::move(operands))
                            : apply(*function, node.range, std::move(operands));
}

/// Its arguments must be of one type, which is the result's.
TypedTree Checker::check_coalesce(const FunctionEntry& function, TextRange range, Operands operands) {
  Type type = unify(operands, 0);
  const bool one_is_dynamic = std::any_of(operands.begin(), operands.end(), [](const TypedTree& each) {
    return each->type.kind == TypeKind::dynamic;
  });
  if (type.kind == TypeKind::dynamic && !one_is_dynamic && options_.check_types) {
    return refuse(range, ErrorCode::expression_type, "the arguments of `coalesce` are of different types",
                  "convert them, such as coalesce(string(x), \"none\")");
  }
  TypedTree call = apply(function, range, std::move(operands));
  if (call->kind == TypedKind::call) call->type = std::move(type);
  return call;
}

/// Its first argument, which is known from here on to be in that currency; nothing is computed for it.
TypedTree Checker::check_in_currency(const FunctionEntry& function, TextRange range, Operands operands) {
  std::optional<Currency> stated;
  if (operands.size() == 2) {
    const TypedNode& currency = *operands[1];
    if (currency.kind == TypedKind::constant && currency.value.is(ValueKind::string)) {
      stated = Currency{Currency::Kind::constant, std::string(currency.value.as_text())};
      if (columns_.find(stated->name)) {
        return refuse(currency.range, ErrorCode::expression_type,
                      "\"" + stated->name + "\" in quotes is a currency, and there is a column of that name",
                      "without quotes it is the column");
      }
    } else if (currency.kind == TypedKind::column && currency.type.kind == TypeKind::string) {
      stated = Currency{Currency::Kind::column, columns_.columns[currency.index].name};
    } else if (currency.kind != TypedKind::failure) {
      return refuse(currency.range, ErrorCode::expression_type,
                    "the currency is neither a column of texts nor a text in quotes",
                    "such as in_currency(amount, currency) or in_currency(amount, \"GBP\")");
    }
  }
  TypedTree call = apply(function, range, std::move(operands));
  if (call->kind != TypedKind::call) return call;
  TypedTree amount = std::move(call->operands[0]);
  amount->stated_currency = std::move(stated);
  return amount;
}

TypedTree Checker::unknown_function(const SyntaxNode& node, std::string_view name) {
  if (is_aggregate_name(name)) {
    constexpr std::string_view message = "aggregates are not called inside an expression";
    // `div(sum(a), count(), 2)` is one mistake.
    const bool is_said =
        std::any_of(problems_.begin(), problems_.end(),
                    [&](const ExpressionProblem& problem) { return problem.message == message; });
    if (is_said) return make(TypedKind::failure, TypeKind::dynamic, node.range);
    return refuse(node.name_range, ErrorCode::expression_type, std::string(message),
                  std::string(aggregates_stand_alone));
  }
  std::string hint = hint_for_function(name);
  if (hint.empty()) {
    std::vector<std::string> names;
    for (const FunctionEntry* function : all_functions()) {
      if (function->style != CallStyle::operation) names.emplace_back(function->name);
    }
    hint = did_you_mean(nearest_name(name, names));
  }
  return refuse(node.name_range, ErrorCode::expression_type,
                "there is no function `" + std::string(name) + "`", std::move(hint));
}

}  // namespace tallymill::topology
