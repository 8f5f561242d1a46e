#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "topology/data/decimal.h"
#include "topology/expr/expression.h"

namespace tallymill::topology::tests {

/// A row of payments with a column of every type, and what the tests do with expressions over it.
class SampleRow {
 public:
  RowType columns;
  std::vector<Value> values;
  ExpressionOptions options;
  std::vector<ExpressionProblem> problems;
  Arena arena;

  SampleRow() {
    add("amount", TypeKind::decimal, Value::small_decimal(1050, 2));
    add("fee", TypeKind::decimal, Value::null());
    add("currency", TypeKind::string, Value::string("USD"));
    add("kind", TypeKind::string, Value::null());
    add("quantity", TypeKind::integer, Value::integer(3));
    add("missing", TypeKind::integer, Value::null());
    add("ratio", TypeKind::floating, Value::floating(0.5));
    add("paid", TypeKind::boolean, Value::boolean(true));
    add("refunded", TypeKind::boolean, Value::null());
    add("at", TypeKind::timestamp, Value::timestamp({1'000, 0}));
    add("day", TypeKind::date, Value::date(5));
    add("id", TypeKind::uuid, Value::string("00000000-0000-0000-0000-000000000001"));
    add("body", TypeKind::json, Value::string("{}"));
    add("placeholder", TypeKind::string, Value::unavailable());
    add("meta.op", TypeKind::string, Value::string("c"));
    columns.columns.back().hidden = true;
    add("tags", Type::list_of(TypeKind::string), Value::list(tags_));
    add("package", TypeKind::string, Value::string("box"));
  }

  std::shared_ptr<const Program> compile(std::string_view text) {
    problems.clear();
    return compile_expression(text, columns, options, problems);
  }

  /// The value, or an error value with code `expression_type` if the text was refused (with a test failure).
  Value evaluate(std::string_view text) {
    const auto program = compile(text);
    if (program == nullptr) {
      ADD_FAILURE() << text << " was refused: " << problems.at(0).message;
      static constexpr EvaluationError refused{ErrorCode::expression_type, 0, 0, "refused"};
      return Value::error(&refused);
    }
    programs_.push_back(program);
    return program->evaluate(values, arena);
  }

  /// The result as text: "true", "42", "decimal 11.50", "null", "error division_by_zero".
  std::string result(std::string_view text) { return print(evaluate(text)); }

  /// "CODE [begin,end) the text there" of the only problem.
  std::string problem(std::string_view text) {
    compile(text);
    if (problems.size() != 1) return std::to_string(problems.size()) + " problems";
    const ExpressionProblem& only = problems[0];
    return std::string(name_of(only.code)) + " at `" +
           std::string(text.substr(only.begin, only.end - only.begin)) + "`";
  }

  std::string canonical(std::string_view text) {
    const auto program = compile(text);
    return program != nullptr ? program->canonical_text() : "refused: " + problems.at(0).message;
  }

  static std::string print(const Value& value) {
    switch (value.kind()) {
      case ValueKind::null:
        return "null";
      case ValueKind::boolean:
        return value.as_boolean() ? "true" : "false";
      case ValueKind::integer:
        return std::to_string(value.as_integer());
      case ValueKind::unsigned_integer:
        return std::to_string(value.as_unsigned()) + "u";
      case ValueKind::floating:
        return "double " + std::to_string(value.as_floating());
      case ValueKind::decimal:
        return "decimal " + Decimal::from_value(value).to_text();
      case ValueKind::string:
        return "\"" + std::string(value.as_text()) + "\"";
      case ValueKind::list: {
        std::string text = "[";
        for (const Value& item : value.as_items()) text += (text.size() > 1 ? ", " : "") + print(item);
        return text + "]";
      }
      case ValueKind::error:
        return "error " + std::string(name_of(value.as_error().code));
      default:
        return std::string(name_of(value.kind()));
    }
  }

 private:
  void add(std::string name, Type type, Value value) {
    columns.columns.push_back({.name = std::move(name), .type = std::move(type), .currency = {}});
    values.push_back(value);
  }

  const std::vector<Value> tags_ = {Value::string("new"), Value::string("vip")};
  std::vector<std::shared_ptr<const Program>> programs_;  // results may view into them
};

}  // namespace tallymill::topology::tests
