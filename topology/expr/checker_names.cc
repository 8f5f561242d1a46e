#include <algorithm>
#include <array>
#include <utility>

#include "topology/data/metadata_field.h"
#include "topology/expr/checker.h"

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

TypedTree Checker::unknown_name(const SyntaxNode& node) {
  if (node.text == "meta") {
    return refuse(node.range, ErrorCode::unknown_column, "`meta` is used by its fields",
                  "such as `meta.op`; there are " + metadata_field_names());
  }
  std::string hint = did_you_mean(columns_.nearest(node.text));
  if (hint.empty()) {
    std::string names;
    for (const Column& column : columns_.columns) {
      if (!column.hidden) names += (names.empty() ? "" : ", ") + column.name;
    }
    if (!names.empty()) hint = "the columns here are " + names;
  }
  return refuse(node.range, ErrorCode::unknown_column, "there is no column `" + node.text + "` here",
                std::move(hint));
}

TypedTree Checker::unknown_metadata(const SyntaxNode& select) {
  if (select.text == "headers") {
    return refuse(select.range, ErrorCode::not_yet, "`meta.headers` is not implemented yet");
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
    return refuse(node.range, ErrorCode::not_yet, "fields of json columns are not implemented yet");
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
    return refuse(node.name_range, ErrorCode::not_yet, "`" + name + "` is not implemented yet");
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

TypedTree Checker::unknown_function(const SyntaxNode& node, std::string_view name) {
  std::vector<std::string> names;
  for (const FunctionEntry* function : all_functions()) {
    if (function->style != CallStyle::operation) names.emplace_back(function->name);
  }
  return refuse(node.name_range, ErrorCode::expression_type,
                "there is no function `" + std::string(name) + "`", did_you_mean(nearest_name(name, names)));
}

}  // namespace tallymill::topology
