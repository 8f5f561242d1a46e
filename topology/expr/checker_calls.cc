#include <algorithm>
#include <utility>

#include "topology/base/invariant.h"
#include "topology/data/decimal.h"
#include "topology/expr/checker.h"

namespace tallymill::topology {
namespace {

bool is_binary_number(TypeKind kind) {
  return kind == TypeKind::integer || kind == TypeKind::unsigned_integer || kind == TypeKind::floating;
}

bool is_whole_number(TypeKind kind) {
  return kind == TypeKind::integer || kind == TypeKind::unsigned_integer;
}

bool has_type(const std::vector<TypedTree>& operands, TypeKind kind) {
  return std::any_of(operands.begin(), operands.end(),
                     [&](const TypedTree& each) { return each->type.kind == kind; });
}

/// "int + string", "size(int)" or "string.replace(int)": the call as it was tried, with types for values.
std::string signature_of(const FunctionEntry& function, const std::vector<TypedTree>& operands) {
  std::string text;
  if (function.style == CallStyle::operation && operands.size() == 2) {
    return operands[0]->type.text() + " " + std::string(function.name) + " " + operands[1]->type.text();
  }
  const bool is_receiver = function.style == CallStyle::receiver;
  if (is_receiver) text = operands[0]->type.text() + ".";
  text += std::string(function.name) + "(";
  for (std::size_t i = is_receiver ? 1 : 0; i < operands.size(); ++i) {
    if (i > (is_receiver ? 1u : 0u)) text += ", ";
    text += operands[i]->type.text();
  }
  return text + ")";
}

/// What one overload may give for the arguments; `dynamic` if it depends on the evaluation.
Type result_type(const Overload& overload, std::span<const Type> arguments) {
  return overload.result_of != nullptr ? overload.result_of(arguments) : Type(overload.result);
}

/// Whether a text reads as a number.
bool is_number_text(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && text.find_first_not_of("0123456789.") == std::string_view::npos;
}

/// Of two operands one of which is a text in quotes: how the other's type is written.
std::string hint_for_quotes(const std::vector<TypedTree>& operands) {
  if (operands.size() != 2) return {};
  for (std::size_t i = 0; i < 2; ++i) {
    const TypedNode& text = *operands[i];
    if (text.kind != TypedKind::constant || !text.value.is(ValueKind::string)) continue;
    const std::string content(text.value.as_text());
    const TypeKind other = operands[1 - i]->type.kind;
    const bool is_number = is_binary_number(other) || other == TypeKind::decimal;
    const bool is_bare = (is_number && is_number_text(content)) ||
                         (other == TypeKind::boolean && (content == "true" || content == "false"));
    if (is_bare) return "write " + content + " without quotes";
    if (other == TypeKind::timestamp) return "write timestamp(\"" + content + "\")";
    if (other == TypeKind::duration) return "write duration(\"" + content + "\")";
  }
  return {};
}

constexpr std::string_view decimal_and_double = "decimal and double do not mix: a double is not exact";
constexpr std::string_view convert_double =
    "convert one: decimal(x) takes the shortest decimal that reads as the double x, double(x) gives up "
    "exactness";

}  // namespace

TypedTree Checker::apply_operation(std::string_view name, TextRange range, Operands operands) {
  // A minus with one operand is another operator than the one with two.
  const FunctionEntry* operation = find_function(name == "-" && operands.size() == 1 ? "-x" : name, true);
  INVARIANT(operation != nullptr, "the parser knows an operator that the table does not");
  return apply(*operation, range, std::move(operands));
}

TypedTree Checker::apply(const FunctionEntry& function, TextRange range, Operands operands) {
  const auto fails = [](const TypedTree& each) { return each->kind == TypedKind::failure; };
  // One problem is enough: what a refused operand is part of says nothing new.
  if (options_.check_types && std::any_of(operands.begin(), operands.end(), fails)) {
    return make(TypedKind::failure, TypeKind::dynamic, range);
  }
  const bool compares = function.name == "==" || function.name == "!=" || function.name == "in";
  if (TypedTree refused; compares && refuse_comparison(range, operands, function.name, refused))
    return refused;

  std::vector<Type> types;
  std::vector<TypeKind> kinds;
  for (const TypedTree& operand : operands) {
    types.push_back(operand->type);
    const bool may_be_anything = operand->type.kind == TypeKind::null && options_.nullable_columns;
    kinds.push_back(may_be_anything ? TypeKind::dynamic : operand->type.kind);
  }
  std::vector<const Overload*> fitting;
  Fit fit = Fit::none;
  const auto find_fitting = [&] {
    for (const Overload& overload : function.overloads) {
      const Fit each = fit_of(function, overload, kinds);
      if (each > fit) fitting.clear();
      if (each == Fit::none || each < fit) continue;
      fit = each;
      fitting.push_back(&overload);
    }
  };
  find_fitting();
  // Beside a decimal, and as an argument for which nothing else would do, a literal with a fraction is
  // decimal.
  const bool wants_decimals = function.style != CallStyle::operation || has_type(operands, TypeKind::decimal);
  if (fit == Fit::none && wants_decimals) {
    for (std::size_t i = 0; i < operands.size(); ++i) {
      if (kinds[i] != TypeKind::floating || !can_become_decimal(*operands[i])) continue;
      kinds[i] = types[i].kind = TypeKind::decimal;
    }
    find_fitting();
  }
  if (fit == Fit::none) return no_overload(function, range, operands);

  TypedTree call = make(TypedKind::call, TypeKind::dynamic, range);
  call->function = &function;
  if (fit == Fit::perhaps) {
    call->type = result_type(*fitting[0], types);
    for (const Overload* each : fitting) {
      if (!(result_type(*each, types) == call->type)) call->type = TypeKind::dynamic;
    }
  } else {
    call->overload = fitting[0];
    for (std::size_t i = 0; i < operands.size(); ++i) {
      const bool wants_decimal = call->overload->parameter(i) == TypeKind::decimal;
      if (wants_decimal && can_become_decimal(*operands[i])) make_decimal(operands[i]);
    }
    call->type = result_type(*call->overload, types);
  }
  call->nullable = result_is_nullable(function, call->type, operands);
  call->operands = std::move(operands);
  return call;
}

bool Checker::result_is_nullable(const FunctionEntry& function, const Type& type,
                                 const Operands& operands) const {
  const auto nullable = [](const TypedTree& each) { return each->nullable; };
  if (!options_.nullable_columns) return type.kind == TypeKind::dynamic || type.kind == TypeKind::null;
  // A list or map may hold null.
  if (function.name == "[]" || function.name == ".") return true;
  switch (function.nulls) {
    case NullRule::gives_null:
      return std::any_of(operands.begin(), operands.end(), nullable);
    case NullRule::sees_null:
      return false;
    case NullRule::sees_errors:
      return std::all_of(operands.begin(), operands.end(), nullable);
  }
  return true;
}

TypedTree Checker::no_overload(const FunctionEntry& function, TextRange range, const Operands& operands) {
  const std::string name(function.name);
  const std::string signature = signature_of(function, operands);
  if (has_type(operands, TypeKind::decimal)) {
    if (name == "/" || name == "%") {
      return refuse(range, ErrorCode::expression_type,
                    "`" + name + "` on decimals would have to round silently",
                    "write div(a, b, scale), such as div(a, b, 2)");
    }
    if (has_type(operands, TypeKind::floating)) {
      return refuse(range, ErrorCode::expression_type, std::string(decimal_and_double),
                    std::string(convert_double));
    }
  }
  for (const TypeKind kind : {TypeKind::date, TypeKind::time_of_day, TypeKind::uuid, TypeKind::json}) {
    if (!has_type(operands, kind)) continue;
    return refuse(range, ErrorCode::not_yet, "`" + signature + "` is not implemented yet",
                  "columns of type " + Type(kind).text() + " can be compared with each other and with null");
  }
  const bool mixes_numbers = function.style == CallStyle::operation && operands.size() == 2 &&
                             is_binary_number(operands[0]->type.kind) &&
                             is_binary_number(operands[1]->type.kind);
  std::string hint = hint_for_quotes(operands);
  if (!hint.empty())
    return refuse(range, ErrorCode::expression_type, "there is no `" + signature + "`", hint);
  if (name == "in" && operands[1]->type.kind == operands[0]->type.kind) {
    return refuse(range, ErrorCode::expression_type, "there is no `" + signature + "`",
                  "a list is written in brackets: `in [\"a\", \"b\"]`");
  }
  hint = mixes_numbers ? "convert one: int(x), uint(x) or double(x)"
                       : std::string(function.doc) + ", for instance: " + std::string(function.example);
  return refuse(range, ErrorCode::expression_type, "there is no `" + signature + "`", std::move(hint));
}

bool Checker::refuse_comparison(TextRange range, Operands& operands, std::string_view name,
                                TypedTree& refused) {
  if (name == "in" && operands[1]->type.kind == TypeKind::list) {
    if (operands[0]->type.kind == TypeKind::decimal && can_become_decimal(*operands[1]))
      make_decimal(operands[1]);
  } else if (name != "in") {
    unify(operands, 0);
  }
  const bool is_list = operands[1]->type.kind == TypeKind::list;
  const bool is_map = operands[1]->type.kind == TypeKind::map;
  Type right = operands[1]->type;
  if (name == "in" && is_list) right = element_type(operands[1]->type);
  if (name == "in" && is_map) right = key_type(operands[1]->type);
  const Type& left = operands[0]->type;
  if (left.kind == TypeKind::json && right.kind == TypeKind::json) {
    refused = refuse(range, ErrorCode::not_yet, "comparing json columns is not implemented yet");
    return true;
  }
  // Without the checker values of different types are simply not equal.
  if (!options_.check_types || are_comparable(left, right)) return false;
  const bool is_decimal_and_double = (left.kind == TypeKind::decimal && right.kind == TypeKind::floating) ||
                                     (left.kind == TypeKind::floating && right.kind == TypeKind::decimal);
  const std::string quotes = hint_for_quotes(operands);
  refused = is_decimal_and_double ? refuse(range, ErrorCode::expression_type, std::string(decimal_and_double),
                                           std::string(convert_double))
                                  : refuse(range, ErrorCode::expression_type,
                                           left.text() + " and " + right.text() + " are never equal",
                                           quotes.empty() ? "convert one, such as string(x)" : quotes);
  return true;
}

bool Checker::are_comparable(const Type& a, const Type& b) const {
  const auto is_open = [](const Type& type) {
    return type.kind == TypeKind::dynamic || type.kind == TypeKind::null;
  };
  if (is_open(a) || is_open(b)) return true;
  if (is_binary_number(a.kind) && is_binary_number(b.kind)) return true;
  if (a.kind == TypeKind::decimal && is_whole_number(b.kind)) return true;
  if (b.kind == TypeKind::decimal && is_whole_number(a.kind)) return true;
  if (a.kind != b.kind) return false;
  if (a.kind == TypeKind::list || a.kind == TypeKind::map) {
    return are_comparable(element_type(a), element_type(b)) && are_comparable(key_type(a), key_type(b));
  }
  return true;
}

Type Checker::join(const Type& a, const Type& b) const {
  if (a == b) return a;
  if (options_.nullable_columns && a.kind == TypeKind::null) return b;
  if (options_.nullable_columns && b.kind == TypeKind::null) return a;
  if (a.kind == TypeKind::list && b.kind == TypeKind::list) {
    return Type::list_of(join(element_type(a), element_type(b)));
  }
  return TypeKind::dynamic;
}

/// The type that operands `first`, `first + step`... share, after literals and whole numbers among decimals
/// became decimal; `dynamic` if there is none.
Type Checker::unify(Operands& operands, std::size_t first, std::size_t step) {
  bool some_are_decimal = false;
  bool all_can_be = true;
  for (std::size_t i = first; i < operands.size(); i += step) {
    const TypeKind kind = operands[i]->type.kind;
    some_are_decimal |= kind == TypeKind::decimal;
    all_can_be &= kind == TypeKind::decimal || kind == TypeKind::null || is_whole_number(kind) ||
                  can_become_decimal(*operands[i]);
  }
  std::optional<Type> type;
  for (std::size_t i = first; i < operands.size(); i += step) {
    if (some_are_decimal && all_can_be && operands[i]->type.kind != TypeKind::null) make_decimal(operands[i]);
    type = type ? join(*type, operands[i]->type) : operands[i]->type;
  }
  return type.value_or(Type(TypeKind::dynamic));
}

/// Whether a node is made of number literals alone, whose source text says what they are exactly.
bool Checker::can_become_decimal(const TypedNode& node) const {
  if (node.kind == TypedKind::constant) return node.syntax != nullptr && is_binary_number(node.type.kind);
  const auto each_can = [&](std::size_t first) {
    return std::all_of(node.operands.begin() + static_cast<std::ptrdiff_t>(first), node.operands.end(),
                       [&](const TypedTree& each) { return can_become_decimal(*each); });
  };
  if (node.kind == TypedKind::conditional) return each_can(1);
  if (node.kind != TypedKind::call || node.function->style != CallStyle::operation) return false;
  const std::string_view name = node.function->name;
  return (name == "[...]" || name == "+" || name == "-" || name == "*" || name == "-x") && each_can(0);
}

/// Makes decimal what can_become_decimal, or is a whole number; leaves a decimal as it is.
void Checker::make_decimal(TypedTree& node) {
  if (node->type.kind == TypeKind::decimal || node->kind == TypedKind::failure) return;
  if (!can_become_decimal(*node)) {
    Operands operands;
    const TextRange range = node->range;
    operands.push_back(std::move(node));
    node = apply(*find_function("decimal", false), range, std::move(operands));
    return;
  }
  if (node->kind == TypedKind::constant) {
    const bool is_hexadecimal = node->syntax->text.find_first_of("xX") != std::string::npos;
    const std::string text = is_hexadecimal ? std::to_string(node->value.as_integer()) : node->syntax->text;
    const Result<Decimal> value = Decimal::from_text(text);
    node = value ? make_constant(value->to_value(arena_), TypeKind::decimal, node->range)
                 : refuse(node->range, ErrorCode::expression_syntax, value.error().message);
    return;
  }
  const std::size_t first = node->kind == TypedKind::conditional ? 1 : 0;
  for (std::size_t i = first; i < node->operands.size(); ++i) make_decimal(node->operands[i]);
  if (node->kind == TypedKind::conditional) {
    node->type = TypeKind::decimal;
  } else if (node->function->name == "[...]") {
    node->type = Type::list_of(TypeKind::decimal);
  } else {
    node = apply(*node->function, node->range, std::move(node->operands));
  }
}

}  // namespace tallymill::topology
