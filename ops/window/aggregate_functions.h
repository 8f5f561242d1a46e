#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ops/window/accumulator.h"
#include "topology/data/row.h"
#include "topology/expr/expression.h"
#include "topology/plan/operator_kind.h"

namespace tallymill::ops {

/// The aggregate functions of the language.
enum class AggregateFunction : std::uint8_t { count, sum, minimum, maximum, average };

/// An aggregate function's face: what documentation says and what the checks need.
struct AggregateFunctionKind {
  std::string_view name;
  std::string_view signature;
  std::string_view doc;
  topology::Availability availability = topology::Availability::available;
  AggregateFunction function = AggregateFunction::count;
  std::size_t arguments_min = 1;
  std::size_t arguments_max = 1;
};

/// An accumulator with what it folds. `argument` null: every row; `where` null: no condition.
struct FoldedArgument {
  std::unique_ptr<Accumulator> accumulator;
  std::string column;  ///< of the result, the first that is read off it
  std::shared_ptr<const topology::Program> argument;
  std::shared_ptr<const topology::Program> where;
};

/// One column of the aggregate's result, read off an accumulator.
struct AggregateColumn {
  topology::Column column;
  AggregateFunction function = AggregateFunction::count;
  std::size_t accumulator = 0;  ///< position in the list of folded arguments
  int scale = 0;                ///< of avg

  topology::Value value(const AccumulatorResult& result, topology::Arena& arena) const;
};

/// Checks the calls of `compute` one by one and shares accumulators between calls over the same argument.
class AggregateCalls {
 public:
  /// `insert_only`: nothing is ever taken back. `group_names`: the input's columns that are in `by`, with
  /// their names in the result.
  AggregateCalls(topology::ResolveContext& context, bool insert_only,
                 std::map<std::size_t, std::string> group_names)
      : context_(context), insert_only_(insert_only), group_names_(std::move(group_names)) {}

  /// Adds one call. After adding diagnostics its column is there all the same, with type dynamic.
  void add(const topology::NamedExpression& named);

  std::vector<FoldedArgument> take_folded() { return std::move(folded_); }
  std::vector<AggregateColumn> take_columns() { return std::move(columns_); }
  /// The calls re-printed: "total = sum(amount)".
  const std::vector<std::string>& canonical_texts() const { return canonical_texts_; }
  /// Columns of the input that arguments and conditions read, ascending.
  std::vector<std::size_t> columns_read() const;

 private:
  bool resolve(const topology::NamedExpression& named, AggregateColumn& column);
  bool check_arguments(const topology::NamedExpression& named, const topology::AggregateCall& call,
                       const AggregateFunctionKind& kind, AggregateColumn& column);
  bool check_amount(const topology::NamedExpression& named, const topology::AggregateCall& call);
  /// `result`: the currency of what is added up, by the result's columns.
  bool check_currency(const topology::NamedExpression& named, const topology::AggregateCall& call,
                      topology::Currency& result);
  void warn_undeclared(const topology::NamedExpression& named, const topology::AggregateCall& call);
  std::size_t share(const std::string& column, const topology::AggregateCall& call,
                    AggregateFunction function);

  topology::ResolveContext& context_;
  bool insert_only_;
  std::map<std::size_t, std::string> group_names_;
  std::vector<FoldedArgument> folded_;
  std::vector<std::string> folded_keys_;
  std::vector<AggregateColumn> columns_;
  std::vector<std::string> canonical_texts_;
  std::set<std::string> warned_;  ///< arguments without a currency, each said once
};

}  // namespace tallymill::ops
