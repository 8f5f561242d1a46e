#include <algorithm>
#include <array>
#include <utility>

#include "topology/expr/checker.h"

namespace tallymill::topology {
namespace {

/// A macro that visits the items of a list or map: its arguments are variables, a condition, a result.
struct ComprehensionForm {
  std::string_view name;
  std::size_t variables;
  bool has_condition;
  bool has_result;
  MacroKind kind;

  std::size_t argument_count() const { return variables + (has_condition ? 1 : 0) + (has_result ? 1 : 0); }
};

constexpr std::array<ComprehensionForm, 15> comprehension_forms = {{
    {"all", 1, true, false, MacroKind::all},
    {"all", 2, true, false, MacroKind::all},
    {"exists", 1, true, false, MacroKind::exists},
    {"exists", 2, true, false, MacroKind::exists},
    {"exists_one", 1, true, false, MacroKind::exists_one},
    {"exists_one", 2, true, false, MacroKind::exists_one},
    {"existsOne", 1, true, false, MacroKind::exists_one},
    {"existsOne", 2, true, false, MacroKind::exists_one},
    {"filter", 1, true, false, MacroKind::list},
    {"map", 1, false, true, MacroKind::list},
    {"map", 1, true, true, MacroKind::list},
    {"transformList", 2, false, true, MacroKind::list},
    {"transformList", 2, true, true, MacroKind::list},
    {"transformMap", 2, false, true, MacroKind::map},
    {"transformMap", 2, true, true, MacroKind::map},
}};

const ComprehensionForm* find_form(const SyntaxNode& call) {
  const std::size_t arguments = call.children.size() - 1;
  for (const ComprehensionForm& form : comprehension_forms) {
    if (form.name == call.text && form.argument_count() == arguments) return &form;
  }
  return nullptr;
}

bool is_comprehension_name(std::string_view name) {
  return std::any_of(comprehension_forms.begin(), comprehension_forms.end(),
                     [&](const ComprehensionForm& form) { return form.name == name; });
}

bool is_bind(const SyntaxNode& call) {
  const SyntaxNode& receiver = *call.children[0];
  return call.text == "bind" && receiver.kind == SyntaxKind::identifier && receiver.text == "cel";
}

}  // namespace

bool Checker::is_macro(const SyntaxNode& call) const {
  if (!call.has_receiver) return call.text == "has";
  return is_comprehension_name(call.text) || is_bind(call);
}

TypedTree Checker::check_macro(const SyntaxNode& call) {
  if (!call.has_receiver) return check_has(call);
  return is_bind(call) ? check_bind(call) : check_comprehension(call);
}

TypedTree Checker::check_has(const SyntaxNode& call) {
  const bool names_a_field = call.children.size() == 1 && call.children[0]->kind == SyntaxKind::select;
  const bool names_a_column = call.children.size() == 1 && call.children[0]->kind == SyntaxKind::identifier &&
                              options_.nullable_columns;
  if (!names_a_field && !names_a_column) {
    return refuse(call.range, ErrorCode::expression_syntax, "has(...) takes a column or a field",
                  "such as has(amount) or has(address.city)");
  }
  TypedTree argument = check(*call.children[0]);
  Operands operands;
  if (argument->kind == TypedKind::call) {  // a field: its map and its name
    operands = std::move(argument->operands);
  } else {
    operands.push_back(std::move(argument));
  }
  return apply_operation("has", call.range, std::move(operands));
}

TypedTree Checker::check_bind(const SyntaxNode& call) {
  if (call.children.size() != 4 || call.children[1]->kind != SyntaxKind::identifier) {
    return refuse(call.range, ErrorCode::expression_syntax,
                  "cel.bind takes a name, a value and an expression",
                  "such as cel.bind(net, amount - fee, net * net)");
  }
  TypedTree bind = make(TypedKind::bind, TypeKind::dynamic, call.range);
  bind->operands.push_back(check(*call.children[2]));
  bind->index = local_count_++;
  scope_.push_back({call.children[1]->text, bind->operands[0]->type, bind->index});
  bind->operands.push_back(check(*call.children[3]));
  scope_.pop_back();
  bind->type = bind->operands[1]->type;
  bind->nullable = bind->operands[1]->nullable;
  return bind;
}

/// Puts the macro's variables in scope, with the types that the range's items have.
bool Checker::declare_variables(const SyntaxNode& call, std::size_t count, const Type& range,
                                TypedTree& refused) {
  for (std::size_t i = 0; i < count; ++i) {
    const SyntaxNode& variable = *call.children[1 + i];
    if (variable.kind == SyntaxKind::identifier && !variable.is_absolute) continue;
    refused = refuse(variable.range, ErrorCode::expression_syntax, "a variable's name is expected here",
                     "such as list." + call.text + "(item, ...)");
    return false;
  }
  const bool is_list = range.kind == TypeKind::list;
  const bool is_map = range.kind == TypeKind::map;
  if (!is_list && !is_map && range.kind != TypeKind::dynamic && range.kind != TypeKind::null) {
    refused = refuse(call.children[0]->range, ErrorCode::expression_type,
                     "`" + call.text + "` visits a list or a map, and this is " + range.text());
    return false;
  }
  Type first = is_list ? element_type(range) : is_map ? key_type(range) : Type(TypeKind::dynamic);
  if (count == 2) {
    if (is_list) first = TypeKind::integer;
    scope_.push_back({call.children[1]->text, std::move(first), local_count_++});
    scope_.push_back({call.children[2]->text, element_type(range), local_count_++});
  } else {
    scope_.push_back({call.children[1]->text, std::move(first), local_count_++});
  }
  return true;
}

TypedTree Checker::check_comprehension(const SyntaxNode& call) {
  const ComprehensionForm* form = find_form(call);
  if (form == nullptr) {
    return refuse(call.range, ErrorCode::expression_syntax,
                  "`" + call.text + "` takes a variable and an expression",
                  "such as list." + call.text + "(item, item > 0)");
  }
  TypedTree typed = make(TypedKind::comprehension, TypeKind::boolean, call.range);
  typed->macro = form->kind;
  typed->has_two_variables = form->variables == 2;
  typed->operands.push_back(check(*call.children[0]));
  const Type range = typed->operands[0]->type;
  typed->index = local_count_;
  if (TypedTree refused; !declare_variables(call, form->variables, range, refused)) return refused;

  std::size_t next = 1 + form->variables;
  TypedTree condition = form->has_condition ? check(*call.children[next++]) : nullptr;
  if (condition != nullptr) require_condition(condition, "the condition of `" + call.text + "`");
  TypedTree result = form->has_result ? check(*call.children[next]) : nullptr;
  if (form->name == "filter") result = make_local(scope_.back(), call.range);
  if (form->kind == MacroKind::list) typed->type = Type::list_of(result->type);
  if (form->kind == MacroKind::map) {
    typed->type = Type::map_of(scope_[scope_.size() - 2].type, result->type);
  }
  scope_.resize(scope_.size() - form->variables);
  typed->nullable =
      typed->operands[0]->nullable || (condition != nullptr && condition->nullable &&
                                       (form->kind == MacroKind::all || form->kind == MacroKind::exists));
  typed->operands.push_back(std::move(condition));
  typed->operands.push_back(std::move(result));
  return typed;
}

}  // namespace tallymill::topology
