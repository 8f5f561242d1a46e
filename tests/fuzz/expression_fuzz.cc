// Any text as an expression and as an aggregate call: it is refused or compiled, and what is compiled is
// evaluated over rows with and without nulls. Nothing crashes, problems lie within the text, and the
// canonical text of an expression compiles to itself. The first byte chooses the options.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "topology/expr/expression.h"

namespace {

using namespace tallymill::topology;

struct Sample {
  RowType columns;
  std::vector<Value> values;
  std::vector<Value> nulls;
  const std::vector<Value> tags = {Value::string("new"), Value::string("vip")};

  Sample() {
    add("a", TypeKind::decimal, Value::small_decimal(1050, 2));
    add("b", TypeKind::boolean, Value::boolean(true));
    add("c", TypeKind::string, Value::string("Straße"));
    add("d", TypeKind::floating, Value::floating(0.5));
    add("e", TypeKind::bytes, Value::bytes("\xff"));
    add("i", TypeKind::integer, Value::integer(3));
    add("l", Type::list_of(TypeKind::string), Value::list(tags));
    add("s", TypeKind::duration, Value::duration({-1, -500'000'000}));
    add("t", TypeKind::timestamp, Value::timestamp({1'000, 0}));
    add("u", TypeKind::unsigned_integer, Value::unsigned_integer(7));
    add("x", TypeKind::dynamic, Value::integer(-1));
    add("y", TypeKind::date, Value::date(5));
    add("z", TypeKind::json, Value::string("{}"));
    add("meta.op", TypeKind::string, Value::string("c"));
  }

 private:
  void add(std::string name, Type type, Value value) {
    columns.columns.push_back({.name = std::move(name), .type = std::move(type), .currency = {}});
    values.push_back(value);
    nulls.push_back(nulls.size() % 2 == 0 ? Value::null() : Value::unset());
  }
};

void require(bool condition) {
  if (!condition) std::abort();
}

void require_places_within(const std::vector<ExpressionProblem>& problems, std::string_view text) {
  for (const ExpressionProblem& problem : problems) {
    require(problem.begin <= problem.end && problem.end <= std::max<std::size_t>(text.size(), 1));
    require(!problem.message.empty());
  }
}

/// Typed kernels trust the static type: it must hold at every depth.
void require_of_type(const Value& value, const Type& type, bool may_be_null) {
  const bool is_nothing = value.is_null() || value.is(ValueKind::unset);
  if (type.kind == TypeKind::dynamic || value.is_error() || (is_nothing && may_be_null)) return;
  require(value.kind() == value_kind_of(type.kind));
  if (type.kind != TypeKind::list || type.element == nullptr) return;
  for (const Value& item : value.as_items()) require_of_type(item, *type.element, may_be_null);
}

void evaluate(const Program& program, const Sample& sample, const ExpressionOptions& options, Arena& arena) {
  arena.reset();
  require_of_type(program.evaluate(sample.values, arena), program.type(), options.nullable_columns);
  if (options.nullable_columns) require_of_type(program.evaluate(sample.nulls, arena), program.type(), true);
  for (const std::size_t column : program.columns_read()) require(column < sample.columns.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static const Sample sample;
  static Arena arena;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  ExpressionOptions options;
  options.nullable_columns = (data[0] & 1) == 0;
  options.check_types = (data[0] & 2) == 0;
  options.steps_max = 10'000;

  std::vector<ExpressionProblem> problems;
  const auto program = compile_expression(text, sample.columns, options, problems);
  require((program == nullptr) == !problems.empty());
  require_places_within(problems, text);
  if (program != nullptr) {
    evaluate(*program, sample, options, arena);
    // Escapes make the text longer than what they stand for.
    options.text_bytes_max *= 4;
    const auto again = compile_expression(program->canonical_text(), sample.columns, options, problems);
    require(again != nullptr && again->canonical_text() == program->canonical_text());
    require(again->type() == program->type());
  }

  problems.clear();
  const auto call = compile_aggregate_call(text, sample.columns, options, problems);
  require(call.has_value() == problems.empty());
  require_places_within(problems, text);
  if (call && call->where != nullptr) evaluate(*call->where, sample, options, arena);
  metadata_fields_used(text);
  return 0;
}
