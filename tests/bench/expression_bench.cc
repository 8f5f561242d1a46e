// Expressions over one row, as a filter or map step evaluates them: the aim for the first is 50 ns.

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "topology/expr/expression.h"

namespace {

using namespace tallymill::topology;

RowType payment_columns() {
  RowType columns;
  for (const auto& [name, kind] :
       {std::pair{"amount", TypeKind::decimal}, std::pair{"currency", TypeKind::string},
        std::pair{"quantity", TypeKind::integer}, std::pair{"at", TypeKind::timestamp}}) {
    columns.columns.push_back({.name = name, .type = kind, .currency = {}});
  }
  return columns;
}

void evaluate(benchmark::State& state, const std::string& text) {
  std::vector<ExpressionProblem> problems;
  const auto program = compile_expression(text, payment_columns(), {}, problems);
  if (program == nullptr) {
    state.SkipWithError(problems.at(0).message.c_str());
    return;
  }
  const std::vector<Value> row = {Value::small_decimal(1050, 2), Value::string("GBP"), Value::integer(3),
                                  Value::timestamp({1'760'000'000, 0})};
  Arena arena;
  for (auto _ : state) {
    benchmark::DoNotOptimize(program->evaluate(row, arena));
    arena.reset();
  }
}

BENCHMARK_CAPTURE(evaluate, filter, "amount > 0 && currency in [\"USD\", \"GBP\"]");
BENCHMARK_CAPTURE(evaluate, column, "quantity");
BENCHMARK_CAPTURE(evaluate, comparison, "quantity == 3");
BENCHMARK_CAPTURE(evaluate, arithmetic, "amount * quantity - 0.50");
BENCHMARK_CAPTURE(evaluate, conditional, "quantity > 2 ? amount : 0.00");
BENCHMARK_CAPTURE(evaluate, time, "at > timestamp(\"2026-01-01T00:00:00Z\") - duration(\"1h\")");
BENCHMARK_CAPTURE(evaluate, pattern, "currency.matches(\"^[A-Z]{3}$\")");
BENCHMARK_CAPTURE(evaluate, macro, "[1, 2, 3].exists(x, x == quantity)");

}  // namespace
