#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "topology/data/row.h"
#include "topology/expr/function_table.h"
#include "topology/expr/syntax.h"

namespace tallymill::topology {

enum class TypedKind : std::uint8_t {
  constant,     ///< value
  column,       ///< index: position in the row type
  local,        ///< index: number of a macro's variable
  call,         ///< function over operands, by `overload` or, if that is null, chosen at run time
  logical_and,  ///< operands, at least two
  logical_or,
  conditional,    ///< condition, then, else
  comprehension,  ///< a macro over a list or map: range, condition or null, result or null
  bind,           ///< a local variable: value, body; index: its number
  failure,        ///< ends in `failure`; only where problems are left to the evaluation
};

/// What a macro makes of the items it visits.
enum class MacroKind : std::uint8_t { all, exists, exists_one, list, map };

/// A node of the checked tree: names are resolved, overloads chosen, literals have the type of their place.
struct TypedNode {
  TypedKind kind;
  Type type;
  bool nullable = false;
  TextRange range;
  std::vector<std::unique_ptr<TypedNode>> operands;

  Value value;                         ///< of a constant; views into `syntax` or static text
  const SyntaxNode* syntax = nullptr;  ///< of a literal: where its source text is
  std::size_t index = 0;               ///< of a column, local or bind; a comprehension's first variable
  const FunctionEntry* function = nullptr;
  const Overload* overload = nullptr;
  MacroKind macro = MacroKind::all;
  bool has_two_variables = false;  ///< a comprehension's second is index + 1
  ErrorCode failure = ErrorCode::no_such_overload;
  std::optional<Currency> stated_currency;  ///< by in_currency(), which leaves no other trace
};

using TypedTree = std::unique_ptr<TypedNode>;

/// The type of a list's items or a map's values, and of a map's keys; `dynamic` where it is not known.
inline Type element_type(const Type& type) { return type.element != nullptr ? *type.element : Type(); }
inline Type key_type(const Type& type) { return type.key != nullptr ? *type.key : Type(); }

}  // namespace tallymill::topology
