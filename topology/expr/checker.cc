#include "topology/expr/checker.h"

#include <charconv>
#include <utility>

#include "topology/data/decimal.h"

namespace tallymill::topology {
namespace {

/// Reads the digits of an integer literal, which may have a sign and be hexadecimal.
template <class Integer>
std::optional<Integer> read_integer(std::string_view text) {
  const bool is_negative = text.starts_with('-');
  if (is_negative) text.remove_prefix(1);
  const bool is_hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  // from_chars wants the sign in front of the digits; a prefix would stand between.
  std::string digits(is_negative ? "-" : "");
  digits += is_hexadecimal ? text.substr(2) : text;
  Integer value{};
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value, is_hexadecimal ? 16 : 10);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

}  // namespace

TypedTree Checker::make(TypedKind kind, Type type, TextRange range) {
  auto node = std::make_unique<TypedNode>();
  node->kind = kind;
  node->type = std::move(type);
  node->range = range;
  return node;
}

TypedTree Checker::make_constant(Value value, Type type, TextRange range) {
  TypedTree node = make(TypedKind::constant, std::move(type), range);
  node->value = value;
  node->nullable = value.is_null();
  return node;
}

TypedTree Checker::refuse(TextRange range, ErrorCode code, std::string message, std::string hint) {
  if (options_.check_types || code == ErrorCode::not_yet || code == ErrorCode::expression_syntax) {
    problems_.push_back({code, range.begin, range.end, std::move(message), std::move(hint)});
  }
  TypedTree node = make(TypedKind::failure, TypeKind::dynamic, range);
  node->failure = code == ErrorCode::unknown_column ? ErrorCode::no_such_field : ErrorCode::no_such_overload;
  return node;
}

TypedTree Checker::check(const SyntaxNode& node) {
  switch (node.kind) {
    case SyntaxKind::identifier:
      return check_identifier(node);
    case SyntaxKind::select:
      return check_select(node);
    case SyntaxKind::operation:
      return check_operation(node);
    case SyntaxKind::call:
      return check_call(node);
    case SyntaxKind::list:
      return check_list(node);
    case SyntaxKind::map:
      return check_map(node);
    default:
      return check_literal(node);
  }
}

Checker::Operands Checker::check_children(const SyntaxNode& node, std::size_t first) {
  Operands operands;
  for (std::size_t i = first; i < node.children.size(); ++i) operands.push_back(check(*node.children[i]));
  return operands;
}

TypedTree Checker::check_literal(const SyntaxNode& node) {
  switch (node.kind) {
    case SyntaxKind::null_literal:
      return make_constant(Value::null(), TypeKind::null, node.range);
    case SyntaxKind::boolean_literal:
      return make_constant(Value::boolean(node.is_true_literal()), TypeKind::boolean, node.range);
    case SyntaxKind::string_literal:
      return make_constant(Value::string(arena_.copy(node.text)), TypeKind::string, node.range);
    case SyntaxKind::bytes_literal:
      return make_constant(Value::bytes(arena_.copy(node.text)), TypeKind::bytes, node.range);
    default:
      return check_number(node);
  }
}

TypedTree Checker::check_number(const SyntaxNode& node) {
  TypedTree typed;
  if (node.kind == SyntaxKind::integer_literal) {
    if (const auto value = read_integer<std::int64_t>(node.text)) {
      typed = make_constant(Value::integer(*value), TypeKind::integer, node.range);
    }
  } else if (node.kind == SyntaxKind::unsigned_literal) {
    if (const auto value = read_integer<std::uint64_t>(node.text)) {
      typed = make_constant(Value::unsigned_integer(*value), TypeKind::unsigned_integer, node.range);
    }
  } else {
    double value = 0;
    const char* const end = node.text.data() + node.text.size();
    if (std::from_chars(node.text.data(), end, value).ec == std::errc()) {
      typed = make_constant(Value::floating(value), TypeKind::floating, node.range);
    }
  }
  if (typed == nullptr) {
    return refuse(node.range, ErrorCode::expression_syntax, "the number " + node.text + " is out of range",
                  "write decimal(\"" + node.text + "\") for an exact number of any size");
  }
  typed->syntax = &node;
  return typed;
}

TypedTree Checker::check_operation(const SyntaxNode& node) {
  if (node.text == "&&" || node.text == "||") return check_logic(node);
  if (node.text == "?:") return check_conditional(node);
  if (TypedTree refused = refuse_hyphen(node)) return refused;
  return apply_operation(node.text, node.range, check_children(node));
}

void Checker::require_condition(TypedTree& operand, std::string_view what) {
  const TypeKind kind = operand->type.kind;
  if (kind == TypeKind::boolean || kind == TypeKind::dynamic) return;
  if (kind == TypeKind::null && options_.nullable_columns) return;
  // Without the checker, `false && 32` is false: what stands there is looked at only when it is evaluated.
  if (!options_.check_types) return;
  const bool joins_texts = kind == TypeKind::string && what == "an operand of `||`";
  operand =
      refuse(operand->range, ErrorCode::expression_type,
             std::string(what) + " must be bool, and this is " + operand->type.text(),
             joins_texts ? "texts are joined with `+`" : "compare it with something, such as `amount > 0`");
}

TypedTree Checker::check_logic(const SyntaxNode& node) {
  const TypedKind kind = node.text == "&&" ? TypedKind::logical_and : TypedKind::logical_or;
  TypedTree typed = make(kind, TypeKind::boolean, node.range);
  typed->operands = check_children(node);
  for (TypedTree& operand : typed->operands) {
    require_condition(operand, "an operand of `" + node.text + "`");
    typed->nullable |= operand->nullable;
  }
  return typed;
}

TypedTree Checker::check_conditional(const SyntaxNode& node) {
  TypedTree typed = make(TypedKind::conditional, TypeKind::dynamic, node.range);
  typed->operands = check_children(node);
  require_condition(typed->operands[0], "a condition");
  typed->type = unify(typed->operands, 1);
  const TypedNode& yes = *typed->operands[1];
  const TypedNode& no = *typed->operands[2];
  typed->nullable = yes.nullable || no.nullable;
  const bool mixes_types = typed->type.kind == TypeKind::dynamic && yes.type.kind != TypeKind::dynamic &&
                           no.type.kind != TypeKind::dynamic && yes.type.kind != TypeKind::null &&
                           no.type.kind != TypeKind::null;
  if (mixes_types && options_.check_types) {
    return refuse(no.range, ErrorCode::expression_type,
                  "one branch of the `?:` is " + yes.type.text() + " and the other " + no.type.text(),
                  "convert one, such as string(x) or decimal(x)");
  }
  return typed;
}

TypedTree Checker::check_list(const SyntaxNode& node) {
  Operands items = check_children(node);
  Type element = unify(items, 0);
  TypedTree list = apply_operation("[...]", node.range, std::move(items));
  if (list->kind == TypedKind::call) list->type = Type::list_of(std::move(element));
  return list;
}

TypedTree Checker::check_map(const SyntaxNode& node) {
  Operands entries = check_children(node);
  Type key = unify(entries, 0, 2);
  Type value = unify(entries, 1, 2);
  TypedTree map = apply_operation("{...}", node.range, std::move(entries));
  if (map->kind == TypedKind::call) map->type = Type::map_of(std::move(key), std::move(value));
  return map;
}

}  // namespace tallymill::topology
