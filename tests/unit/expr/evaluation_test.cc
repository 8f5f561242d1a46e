#include "tests/unit/expr/sample_row.h"

namespace tallymill::topology::tests {
namespace {

class EvaluationOfExpressions : public testing::Test {
 protected:
  SampleRow row;
};

TEST_F(EvaluationOfExpressions, the_filter_of_the_reference_topology) {
  EXPECT_EQ(row.result("amount > 0 && currency in [\"USD\", \"GBP\"]"), "true");
  EXPECT_EQ(row.result("amount > 0 && currency in [\"EUR\", \"GBP\"]"), "false");
}

TEST_F(EvaluationOfExpressions, integer_overflow_is_an_error_and_never_wraps) {
  EXPECT_EQ(row.result("quantity + 9223372036854775807"), "error integer_overflow");
  EXPECT_EQ(row.result("-quantity - 9223372036854775807"), "error integer_overflow");
  EXPECT_EQ(row.result("quantity * 9223372036854775807"), "error integer_overflow");
  EXPECT_EQ(row.result("(quantity - 3 - 9223372036854775807 - 1) / -1"), "error integer_overflow");
  EXPECT_EQ(row.result("quantity % (quantity - 3)"), "error division_by_zero");
}

TEST_F(EvaluationOfExpressions, an_error_knows_its_place) {
  const Value result = row.evaluate("quantity > 1 ? 5 / (quantity - 3) : 0");
  ASSERT_TRUE(result.is_error());
  EXPECT_EQ(result.as_error().begin, 15u);
  EXPECT_EQ(result.as_error().end, 33u);
  EXPECT_EQ(result.as_error().message, "division by zero");
}

TEST_F(EvaluationOfExpressions, only_the_branch_that_is_taken_counts) {
  EXPECT_EQ(row.result("paid ? 1 : 1 / (quantity - 3)"), "1");
  EXPECT_EQ(row.result("1 / (quantity - 3) > 0 ? 1 : 2"), "error division_by_zero");
}

TEST_F(EvaluationOfExpressions, macros_visit_lists_and_may_nest) {
  EXPECT_EQ(row.result("tags.exists(t, t == \"vip\") && !tags.all(t, t == \"vip\")"), "true");
  EXPECT_EQ(row.result("[1, 2, 3].filter(x, x != quantity).map(x, x * 10)"), "[10, 20]");
  EXPECT_EQ(row.result("[1, 2].map(x, [10, 20].map(y, x + y))"), "[[11, 21], [12, 22]]");
  EXPECT_EQ(row.result("[1, 2, 3].exists_one(x, x == quantity)"), "true");
  EXPECT_EQ(row.result("[7, 8].transformList(i, v, i * 100 + v)"), "[7, 108]");
  EXPECT_EQ(row.result("cel.bind(net, amount - 0.50, net * net)"), "decimal 100.0000");
}

TEST_F(EvaluationOfExpressions, a_variable_of_a_macro_hides_a_column) {
  EXPECT_EQ(row.result("[1].all(quantity, quantity == 1)"), "true");
  EXPECT_EQ(row.result("[1].all(quantity, .quantity == 3)"), "true");
}

TEST_F(EvaluationOfExpressions, a_macro_inside_and_beside_other_values_keeps_them_apart) {
  EXPECT_EQ(row.result("[1, 2].map(x, x + [5].map(y, y * x)[0])"), "[6, 12]");
  EXPECT_EQ(row.result("quantity + [1, 2].map(x, x)[1] * (quantity + 1)"), "11");
  EXPECT_EQ(row.result("(paid ? quantity : 0) + (paid ? 1 : 0) * (quantity - 1)"), "5");
}

TEST_F(EvaluationOfExpressions, the_static_type_is_known) {
  EXPECT_EQ(row.compile("amount * 2")->type().text(), "decimal");
  EXPECT_EQ(row.compile("[1, 2].map(x, x * 2)")->type().text(), "list<int>");
  EXPECT_EQ(row.compile("size(currency) > 2")->type().text(), "bool");
  EXPECT_EQ(row.compile("at - at")->type().text(), "duration");
  EXPECT_EQ(row.compile("tags[0]")->type().text(), "string");
}

TEST_F(EvaluationOfExpressions, the_columns_read_are_listed_once_and_in_order) {
  const auto program = row.compile("currency == \"USD\" && amount > 0 && currency != kind");
  EXPECT_EQ(program->columns_read(), (std::vector<std::size_t>{0, 2, 3}));
  EXPECT_EQ(program->as_column(), std::nullopt);
  EXPECT_EQ(row.compile("(currency)")->as_column(), 2u);
}

TEST_F(EvaluationOfExpressions, columns_that_a_filter_holds_at_one_value_are_known) {
  using Fixed = std::vector<FixedColumn>;
  EXPECT_EQ(row.compile("currency == \"USD\"")->fixed_columns(), (Fixed{{2, "USD"}}));
  EXPECT_EQ(row.compile("amount > 0 && (\"USD\" == currency && kind == \"sale\")")->fixed_columns(),
            (Fixed{{2, "USD"}, {3, "sale"}}));
  EXPECT_EQ(row.compile("currency in [\"USD\"]")->fixed_columns(), (Fixed{{2, "USD"}}));
  EXPECT_TRUE(row.compile("currency == null")->fixed_columns().empty()) << "null is no currency";
  EXPECT_TRUE(row.compile("currency in [\"USD\", kind]")->fixed_columns().empty());
  EXPECT_TRUE(row.compile("currency == \"USD\" || amount > 0")->fixed_columns().empty());
  EXPECT_TRUE(row.compile("currency != \"USD\" && currency in [\"USD\", \"GBP\"]")->fixed_columns().empty());
  EXPECT_TRUE(row.compile("!(currency == \"USD\")")->fixed_columns().empty());
}

TEST_F(EvaluationOfExpressions, without_the_checker_wrong_types_fail_when_evaluated) {
  row.options.nullable_columns = false;
  row.options.check_types = false;
  EXPECT_EQ(row.result("nothing || true"), "true");
  EXPECT_EQ(row.result("currency + 1"), "error no_such_overload");
  EXPECT_EQ(row.result("false && 32"), "false");
  EXPECT_EQ(row.result("1 == 'a'"), "false");
}

TEST_F(EvaluationOfExpressions, a_program_may_outlive_the_text_and_the_columns_it_was_made_from) {
  std::shared_ptr<const Program> program;
  {
    std::string text = "currency + \" and a rather long literal\"";
    RowType columns = row.columns;
    program = compile_expression(text, columns, {}, row.problems);
    text.assign(text.size(), '#');
  }
  EXPECT_EQ(SampleRow::print(program->evaluate(row.values, row.arena)), "\"USD and a rather long literal\"");
}

}  // namespace
}  // namespace tallymill::topology::tests
