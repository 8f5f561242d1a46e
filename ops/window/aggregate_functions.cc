#include "ops/window/aggregate_functions.h"

#include <algorithm>
#include <array>
#include <set>

#include "topology/data/decimal.h"

namespace tallymill::ops {
namespace {

using topology::AggregateCall;
using topology::Availability;
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
    return refuse(
        ErrorCode::unknown_name, "there is no aggregate function \"" + call->function + "\"",
        nearest.empty() ? "there are count, sum, min, max and avg" : "did you mean \"" + nearest + "\"?");
  }
  if (kind->availability == Availability::planned) {
    return refuse(ErrorCode::not_yet, "the aggregate function " + call->function + " is not implemented yet",
                  "there are count, sum, min, max and avg");
  }
  if (call->arguments.size() < kind->arguments_min || call->arguments.size() > kind->arguments_max) {
    return refuse(ErrorCode::expression_type,
                  call->function + " takes other arguments than the " +
                      std::to_string(call->arguments.size()) + " given",
                  "write " + std::string(kind->signature));
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
  if (!check_amount(named, call) || !check_currency(named, call)) return false;
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
                  "declare the column with the type that it has in the database");
  }
  column.column.nullable = true;
  // As in PostgreSQL the sum of ints is numeric: it cannot overflow.
  column.column.type = is_extreme ? argument.type() : topology::Type(TypeKind::decimal);
  for (const std::size_t read : argument.columns_read()) {
    const topology::Column& source = context_.input().type.columns[read];
    column.column.sensitive |= source.sensitive;
    // check_currency let it pass: the currency is a group column, or held at one value and no question any
    // more.
    if (const auto currency = context_.input().type.find(source.currency_column)) {
      const auto group = group_names_.find(*currency);
      if (group != group_names_.end()) column.column.currency_column = group->second;
    }
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

bool AggregateCalls::check_currency(const NamedExpression& named, const AggregateCall& call) {
  const AggregateCall::Argument& amount = call.arguments.front();
  const topology::RowType& input = context_.input().type;
  const auto is_fixed = [&](const std::string& currency) {
    const auto column = input.find(currency);
    if (!column) return false;
    if (input.columns[*column].fixed_by_filter) return true;
    if (group_names_.contains(*column)) return true;
    if (call.where == nullptr) return false;
    const auto& fixed = call.where->fixed_columns();
    return std::find(fixed.begin(), fixed.end(), *column) != fixed.end();
  };
  for (const std::size_t read : amount.program->columns_read()) {
    const topology::Column& column = input.columns[read];
    if (column.currency_column.empty() || is_fixed(column.currency_column)) continue;
    context_.error_in(named.expression, ErrorCode::mixed_currency, amount.begin, amount.end,
                      call.function + " of \"" + column.name + "\" would mix currencies",
                      "put " + column.currency_column + " into `by`, or filter for one currency before");
    return false;
  }
  return true;
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
