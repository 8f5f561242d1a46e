#include "ops/window/aggregate_functions.h"

#include <algorithm>
#include <array>
#include <set>

#include "topology/data/decimal.h"
#include "topology/expr/function_table.h"
#include "topology/expr/habits.h"

namespace tallymill::ops {
namespace {

using topology::AggregateCall;
using topology::Availability;
using topology::Currency;
using topology::Decimal;
using topology::ErrorCode;
using topology::NamedExpression;
using topology::TypeKind;
using topology::Value;

constexpr auto kinds = std::to_array<AggregateFunctionKind>({
    {"count", "count() or count(x)", "Rows, or rows in which x is not null.", Availability::available,
     AggregateFunction::count, 0, 1},
    {"sum", "sum(x)", "Exact sum of the non-null x; null if there is none.", Availability::available,
     AggregateFunction::sum, 1, 1},
    {"min", "min(x)", "Smallest non-null x.", Availability::available, AggregateFunction::minimum, 1, 1},
    {"max", "max(x)", "Largest non-null x.", Availability::available, AggregateFunction::maximum, 1, 1},
    {"avg", "avg(x, scale)", "Exact sum by count, rounded half-even to `scale` digits.",
     Availability::available, AggregateFunction::average, 2, 2},
    {"first", "first(x)", "x of the earliest row.", Availability::planned},
    {"last", "last(x)", "x of the latest row.", Availability::planned},
    {"count_distinct", "count_distinct(x)", "Different non-null x.", Availability::planned},
    {"stddev", "stddev(x)", "Sample standard deviation.", Availability::planned},
    {"variance", "variance(x)", "Sample variance.", Availability::planned},
    {"quantile", "quantile(x, q)", "The q-quantile.", Availability::planned},
    {"collect", "collect(x, n)", "Up to n values as a list.", Availability::planned},
});

const AggregateFunctionKind* find_kind(std::string_view name) {
  const auto found =
      std::find_if(kinds.begin(), kinds.end(), [&](const auto& kind) { return kind.name == name; });
  return found == kinds.end() ? nullptr : &*found;
}

bool is_number(TypeKind kind) { return kind == TypeKind::decimal || kind == TypeKind::integer; }

bool is_ordered(TypeKind kind) {
  return is_number(kind) || kind == TypeKind::string || kind == TypeKind::timestamp ||
         kind == TypeKind::date || kind == TypeKind::time_of_day || kind == TypeKind::duration ||
         kind == TypeKind::boolean;
}

/// What to write instead of an aggregate over something that has no order or cannot be added up.
std::string_view hint_for_argument(TypeKind type, bool is_extreme) {
  if (type == TypeKind::boolean) return "count the rows in which it is true: `count() where x`";
  if (type == TypeKind::string && !is_extreme)
    return "declare the column as decimal or int, or convert it: decimal(x), int(x)";
  if (type == TypeKind::floating)
    return "declare the column as decimal: the text on the wire is read exactly";
  if (is_extreme) return "it has no order: count it, or take the smallest or largest of a time or number";
  return "count it: `count(x)`";
}

}  // namespace

Value AggregateColumn::value(const AccumulatorResult& result, topology::Arena& arena) const {
  switch (function) {
    case AggregateFunction::count:
      return Value::integer(result.count);
    case AggregateFunction::sum:
      return result.total;
    case AggregateFunction::minimum:
      return result.smallest;
    case AggregateFunction::maximum:
      return result.largest;
    case AggregateFunction::average:
      break;
  }
  if (result.count == 0) return Value::null();
  auto mean = Decimal::divide(Decimal::from_value(result.total), Decimal::from_integer(result.count), scale);
  INVARIANT(mean.ok(), "a mean that is no number");
  return mean->to_value(arena);
}

void AggregateCalls::add(const NamedExpression& named) {
  AggregateColumn column;
  column.column.name = named.name;
  if (!resolve(named, column)) column.column.type = TypeKind::dynamic;
  columns_.push_back(std::move(column));
}

bool AggregateCalls::resolve(const NamedExpression& named, AggregateColumn& column) {
  const auto call = context_.compile_aggregate(named.expression);
  if (!call) return false;
  const AggregateFunctionKind* kind = find_kind(call->function);
  const auto refuse = [&](ErrorCode code, std::string message, std::string hint) {
    context_.error_in(named.expression, code, call->function_begin, call->function_end, std::move(message),
                      std::move(hint));
    return false;
  };
  if (kind == nullptr) {
    std::vector<std::string> names;
    for (const auto& known : kinds) names.emplace_back(known.name);
    const std::string nearest = topology::nearest_name(call->function, names);
    std::string hint =
        nearest.empty() ? "there are count, sum, min, max and avg" : "did you mean \"" + nearest + "\"?";
    if (topology::find_function(call->function, false) != nullptr) hint = topology::aggregates_stand_alone;
    return refuse(ErrorCode::unknown_name, "there is no aggregate function \"" + call->function + "\"",
                  std::move(hint));
  }
  if (kind->availability == Availability::planned) {
    return refuse(ErrorCode::not_yet, "the aggregate function " + call->function + " is not implemented yet",
                  call->function == "count_distinct"
                      ? "group by x as well in one aggregate, and count the rows of that in a second one"
                      : "there are count, sum, min, max and avg");
  }
  if (call->arguments.size() < kind->arguments_min || call->arguments.size() > kind->arguments_max) {
    const bool lacks_scale = kind->function == AggregateFunction::average && call->arguments.size() == 1;
    return refuse(ErrorCode::expression_type,
                  call->function + " takes other arguments than the " +
                      std::to_string(call->arguments.size()) + " given",
                  lacks_scale ? "a mean is rounded to a number of digits: write avg(" +
                                    call->arguments.front().program->canonical_text() + ", 2)"
                              : "write " + std::string(kind->signature));
  }
  column.function = kind->function;
  if (!check_arguments(named, *call, *kind, column)) return false;
  column.accumulator = share(named.name, *call, kind->function);
  canonical_texts_.push_back(named.name + " = " + call->canonical_text);
  return true;
}

bool AggregateCalls::check_arguments(const NamedExpression& named, const AggregateCall& call,
                                     const AggregateFunctionKind& kind, AggregateColumn& column) {
  if (call.where != nullptr && call.where->type().kind != TypeKind::boolean &&
      call.where->type().kind != TypeKind::dynamic) {
    context_.diagnostics().error(
        ErrorCode::expression_type, named.expression.node.range,
        "the condition after `where` must be bool, and this is " + call.where->type().text(),
        "compare it with something");
    return false;
  }
  column.column.type = TypeKind::integer;
  column.column.nullable = false;
  if (kind.function == AggregateFunction::count) return true;
  if (!check_amount(named, call) || !check_currency(named, call, column.column.currency)) return false;
  const topology::Program& argument = *call.arguments.front().program;
  const auto refuse = [&](const AggregateCall::Argument& at, std::string message, std::string hint) {
    context_.error_in(named.expression, ErrorCode::expression_type, at.begin, at.end, std::move(message),
                      std::move(hint));
    return false;
  };
  const bool is_extreme =
      kind.function == AggregateFunction::minimum || kind.function == AggregateFunction::maximum;
  const TypeKind type = argument.type().kind;
  // A column that a step above could not resolve has been reported there.
  if (type == TypeKind::dynamic && context_.diagnostics().has_errors()) return false;
  if (is_extreme ? !is_ordered(type) : !is_number(type)) {
    return refuse(call.arguments.front(),
                  std::string(kind.name) + " takes " +
                      (is_extreme ? "something that has an order" : "a decimal or an int") +
                      ", and this is " + argument.type().text(),
                  std::string(hint_for_argument(type, is_extreme)));
  }
  column.column.nullable = true;
  // As in PostgreSQL the sum of ints is numeric: it cannot overflow.
  column.column.type = is_extreme ? argument.type() : topology::Type(TypeKind::decimal);
  for (const std::size_t read : argument.columns_read()) {
    const topology::Column& source = context_.input().type.columns[read];
    column.column.sensitive |= source.sensitive;
  }
  if (kind.function != AggregateFunction::average) return true;
  const auto& scale = call.arguments[1];
  if (!scale.literal || *scale.literal < 0 || *scale.literal > 1000) {
    return refuse(scale, "the scale of avg is a whole number from 0 to 1000", "write avg(amount, 2)");
  }
  column.scale = static_cast<int>(*scale.literal);
  return true;
}

bool AggregateCalls::check_amount(const NamedExpression& named, const AggregateCall& call) {
  const AggregateCall::Argument& amount = call.arguments.front();
  if (amount.program->type().kind != TypeKind::floating) return true;
  context_.error_in(named.expression, ErrorCode::inexact_double, amount.begin, amount.end,
                    call.function + " of a double would not be exact",
                    "declare the column as decimal: the text on the wire is read exactly");
  return false;
}

bool AggregateCalls::check_currency(const NamedExpression& named, const AggregateCall& call,
                                    Currency& result) {
  using Kind = Currency::Kind;
  const AggregateCall::Argument& amount = call.arguments.front();
  Currency currency = amount.program->currency();
  const auto position =
      currency.kind == Kind::column ? context_.input().type.find(currency.name) : std::nullopt;
  if (position) {
    const auto group = group_names_.find(*position);
    if (call.where != nullptr) {
      for (const topology::FixedColumn& fixed : call.where->fixed_columns()) {
        if (fixed.column == *position) currency = {Kind::constant, fixed.text};
      }
    }
    if (group != group_names_.end()) currency = {Kind::column, group->second};
    if (group != group_names_.end() || currency.kind == Kind::constant) {
      result = std::move(currency);
      return true;
    }
  }
  if (currency.kind == Kind::undeclared) warn_undeclared(named, call);
  if (currency.kind == Kind::constant) result = currency;
  if (currency.kind != Kind::column && currency.kind != Kind::unknown) return true;
  // A `by` that could not be read may have said it.
  if (const topology::FieldValue* by = context_.fields().find("by");
      by != nullptr && std::holds_alternative<std::monostate>(by->value)) {
    return true;
  }
  const std::string text = amount.program->canonical_text();
  std::string hint =
      "amounts of several currencies went into it: make one currency of them before, and say which, as in "
      "in_currency(x, \"USD\")";
  if (currency.kind == Kind::column) {
    hint = "put " + currency.name + " into `by`, or take one currency: `filter: " + currency.name +
           " == \"USD\"` before, or `" + call.canonical_text + " where " + currency.name + " == \"USD\"`";
    if (call.where != nullptr)
      hint = "put " + currency.name + " into `by`, or filter for one currency before";
  } else if (!currency.name.empty()) {
    hint = "its currency's column " + currency.name +
           " did not come along: keep it and put it into `by`, filter for one currency before it goes, or "
           "say the "
           "currency, as in in_currency(" +
           text + ", \"USD\")";
  }
  context_.error_in(named.expression, ErrorCode::mixed_currency, amount.begin, amount.end,
                    call.function + " of \"" + text + "\" would mix currencies", std::move(hint));
  return false;
}

void AggregateCalls::warn_undeclared(const NamedExpression& named, const AggregateCall& call) {
  const bool adds_up = call.function == "sum" || call.function == "avg";
  const AggregateCall::Argument& amount = call.arguments.front();
  const std::string& text = amount.program->canonical_text();
  if (!adds_up || context_.diagnostics().has_errors() || !warned_.insert(text).second) return;
  context_.warning_in(
      named.expression, ErrorCode::undeclared_currency, amount.begin, amount.end,
      "nothing says the currency of \"" + text + "\", so that several may be added up",
      "declare it with the column: `{ type: decimal, currency: COLUMN }`, or in quotes what all rows "
      "have, such as `currency: \"EUR\"` (or its unit, if it is no money)");
}

std::size_t AggregateCalls::share(const std::string& column, const AggregateCall& call,
                                  AggregateFunction function) {
  const bool counts_rows = call.arguments.empty();
  const bool is_extreme = function == AggregateFunction::minimum || function == AggregateFunction::maximum;
  const std::string_view family = function == AggregateFunction::count ? "count"
                                  : is_extreme                         ? "extremes"
                                                                       : "sum";
  std::string key(family);
  key += "(" + (counts_rows ? std::string() : call.arguments.front().program->canonical_text()) + ")";
  if (call.where != nullptr) key += " where " + call.where->canonical_text();
  const auto found = std::find(folded_keys_.begin(), folded_keys_.end(), key);
  if (found != folded_keys_.end()) return static_cast<std::size_t>(found - folded_keys_.begin());

  FoldedArgument folded;
  folded.column = column;
  if (function == AggregateFunction::count) {
    folded.accumulator = make_count_accumulator();
  } else if (!is_extreme) {
    folded.accumulator = make_sum_accumulator();
  } else {
    folded.accumulator = insert_only_ ? make_insert_only_extremes_accumulator() : make_extremes_accumulator();
  }
  if (!counts_rows) folded.argument = call.arguments.front().program;
  folded.where = call.where;
  folded_.push_back(std::move(folded));
  folded_keys_.push_back(std::move(key));
  return folded_.size() - 1;
}

std::vector<std::size_t> AggregateCalls::columns_read() const {
  std::set<std::size_t> columns;
  for (const FoldedArgument& folded : folded_) {
    for (const auto& program : {folded.argument, folded.where}) {
      if (program != nullptr) columns.insert(program->columns_read().begin(), program->columns_read().end());
    }
  }
  return {columns.begin(), columns.end()};
}

}  // namespace tallymill::ops
