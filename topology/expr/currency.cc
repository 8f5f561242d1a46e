#include "topology/expr/currency.h"

#include <algorithm>
#include <map>
#include <utility>

namespace tallymill::topology {
namespace {

using Kind = Currency::Kind;

bool is_amount(const Currency& currency) {
  return currency.kind != Kind::none && currency.kind != Kind::undeclared;
}

/// Of a sum, or of anything else that two values went into: a plain number beside an amount takes nothing
/// away.
Currency joined(const Currency& a, const Currency& b) {
  if (!is_amount(b)) return a.kind == Kind::none ? b : a;
  if (!is_amount(a) || a == b) return b;
  return {Kind::unknown, {}};
}

Currency of_product(const Currency& a, const Currency& b) {
  return is_amount(a) && is_amount(b) ? Currency{Kind::unknown, {}} : joined(a, b);
}

/// A ratio of two amounts of one currency is a plain number.
Currency of_quotient(const Currency& dividend, const Currency& divisor) {
  if (!is_amount(divisor)) return dividend;
  return dividend == divisor && dividend.kind != Kind::unknown ? Currency{} : Currency{Kind::unknown, {}};
}

/// A truth or a time made of amounts is none, and cannot become one again.
bool can_hold_amount(TypeKind kind) {
  switch (kind) {
    case TypeKind::dynamic:
    case TypeKind::integer:
    case TypeKind::unsigned_integer:
    case TypeKind::floating:
    case TypeKind::decimal:
    case TypeKind::string:
    case TypeKind::bytes:
    case TypeKind::json:
    case TypeKind::list:
    case TypeKind::map:
      return true;
    default:
      return false;
  }
}

class CurrencyFinder {
 public:
  explicit CurrencyFinder(const RowType& columns) : columns_(columns) {}

  Currency of(const TypedNode& node) {
    if (node.stated_currency) return settled(*node.stated_currency);
    if (!can_hold_amount(node.type.kind)) return {};
    switch (node.kind) {
      case TypedKind::column:
        return settled(columns_.columns[node.index].currency);
      case TypedKind::local:
        return locals_[node.index];
      case TypedKind::call:
        return of_call(node);
      case TypedKind::conditional:
        return of_conditional(node);
      case TypedKind::comprehension:
        return of_comprehension(node);
      case TypedKind::bind:
        locals_[node.index] = of(*node.operands[0]);
        return of(*node.operands[1]);
      case TypedKind::constant:
      case TypedKind::logical_and:
      case TypedKind::logical_or:
      case TypedKind::failure:
        break;
    }
    return {};
  }

 private:
  /// A currency column that is held at one text says that text.
  Currency settled(const Currency& currency) const {
    const auto position = currency.kind == Kind::column ? columns_.find(currency.name) : std::nullopt;
    if (!position) return currency;
    if (const auto& text = columns_.columns[*position].fixed_text) return {Kind::constant, *text};
    for (const FixedColumn& fixed : fixed_here_) {
      if (fixed.column == *position) return {Kind::constant, fixed.text};
    }
    return currency;
  }

  Currency of_call(const TypedNode& node) {
    const std::string_view name = node.function->name;
    const bool is_operation = node.function->style == CallStyle::operation;
    if (node.operands.size() >= 2) {
      if (is_operation && name == "*") return of_product(of(*node.operands[0]), of(*node.operands[1]));
      if (name == "/" || name == "div") return of_quotient(of(*node.operands[0]), of(*node.operands[1]));
      if (name == "%" || name == "[]") return of(*node.operands[0]);
    }
    Currency result;
    for (const TypedTree& operand : node.operands) result = joined(result, of(*operand));
    return result;
  }

  /// `currency == "USD" ? amount : null` is in dollars.
  Currency of_conditional(const TypedNode& node) {
    const Currency otherwise = of(*node.operands[2]);
    if (is_amount(otherwise)) return joined(of(*node.operands[1]), otherwise);
    const std::size_t fixed_before = fixed_here_.size();
    for (FixedColumn& fixed : columns_held_fixed(*node.operands[0])) fixed_here_.push_back(std::move(fixed));
    const Currency result = joined(of(*node.operands[1]), otherwise);
    fixed_here_.resize(fixed_before);
    return result;
  }

  Currency of_comprehension(const TypedNode& node) {
    const Currency range = of(*node.operands[0]);
    locals_[node.index] = range;
    if (node.has_two_variables) locals_[node.index + 1] = range;
    return node.operands[2] != nullptr ? of(*node.operands[2]) : range;
  }

  const RowType& columns_;
  std::map<std::size_t, Currency> locals_;
  std::vector<FixedColumn> fixed_here_;
};

std::optional<std::string> text_of(const TypedNode& node) {
  if (node.kind != TypedKind::constant || !node.value.is(ValueKind::string)) return std::nullopt;
  return std::string(node.value.as_text());
}

/// The one text that a list written out consists of.
std::optional<std::string> only_text_of(const TypedNode& list) {
  if (list.kind != TypedKind::call || list.function->name != "[...]" || list.operands.empty())
    return std::nullopt;
  const auto first = text_of(*list.operands[0]);
  const bool all_alike = std::all_of(list.operands.begin(), list.operands.end(),
                                     [&](const TypedTree& item) { return text_of(*item) == first; });
  return all_alike ? first : std::nullopt;
}

}  // namespace

Currency currency_of(const TypedNode& root, const RowType& columns) {
  return CurrencyFinder(columns).of(root);
}

std::vector<FixedColumn> columns_held_fixed(const TypedNode& root) {
  std::vector<FixedColumn> fixed;
  const auto hold = [&](const TypedNode& column, const std::optional<std::string>& text) {
    if (column.kind == TypedKind::column && text) fixed.push_back({column.index, *text});
  };
  if (root.kind == TypedKind::logical_and) {
    for (const TypedTree& operand : root.operands) {
      const auto more = columns_held_fixed(*operand);
      fixed.insert(fixed.end(), more.begin(), more.end());
    }
  } else if (root.kind == TypedKind::call && root.function->name == "==") {
    hold(*root.operands[0], text_of(*root.operands[1]));
    hold(*root.operands[1], text_of(*root.operands[0]));
  } else if (root.kind == TypedKind::call && root.function->name == "in") {
    hold(*root.operands[0], only_text_of(*root.operands[1]));
  }
  std::sort(fixed.begin(), fixed.end());
  fixed.erase(std::unique(fixed.begin(), fixed.end()), fixed.end());
  return fixed;
}

}  // namespace tallymill::topology
