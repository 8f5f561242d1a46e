#include "tests/unit/expr/sample_row.h"

namespace tallymill::topology::tests {
namespace {

class NullRules : public testing::Test {
 protected:
  SampleRow row;
};

TEST_F(NullRules, an_operator_or_function_given_null_gives_null) {
  for (const char* const text :
       {"missing + 1", "-missing", "fee > 0", "fee * amount", "kind + \"x\"", "!refunded", "size(kind)",
        "kind.startsWith(\"a\")", "round(fee, 2)", "string(missing)", "missing + null", "kind.matches(\"a\")",
        "tags[missing]"}) {
    EXPECT_EQ(row.result(text), "null") << text;
    EXPECT_TRUE(row.compile(text)->nullable()) << text;
  }
}

TEST_F(NullRules, comparison_with_null_and_the_tests_for_it_never_give_null) {
  EXPECT_EQ(row.result("missing == null"), "true");
  EXPECT_EQ(row.result("missing != null"), "false");
  EXPECT_EQ(row.result("missing == 0"), "false");
  EXPECT_EQ(row.result("missing != 0"), "true");
  EXPECT_EQ(row.result("missing in [1, 2]"), "false");
  EXPECT_EQ(row.result("missing in [1, null]"), "true");
  EXPECT_EQ(row.result("is_null(missing) && !is_null(quantity)"), "true");
  EXPECT_EQ(row.result("has(quantity) && !has(missing)"), "true");
  EXPECT_EQ(row.result("coalesce(missing, quantity, 1 / (quantity - 3))"), "3");
  EXPECT_FALSE(row.compile("missing == 0 && missing in [1]")->nullable());
  EXPECT_FALSE(row.compile("coalesce(missing, 0)")->nullable());
}

TEST_F(NullRules, logic_is_three_valued_and_the_deciding_value_absorbs) {
  EXPECT_EQ(row.result("refunded && false"), "false");
  EXPECT_EQ(row.result("false && refunded"), "false");
  EXPECT_EQ(row.result("refunded && true"), "null");
  EXPECT_EQ(row.result("refunded || true"), "true");
  EXPECT_EQ(row.result("refunded || false"), "null");
  EXPECT_EQ(row.result("refunded || paid"), "true");
  EXPECT_EQ(row.result("1 / (quantity - 3) > 0 && !paid"), "false");
  EXPECT_EQ(row.result("1 / (quantity - 3) > 0 || paid"), "true");
}

TEST_F(NullRules, an_error_wins_over_null_in_logic_whatever_their_order) {
  EXPECT_EQ(row.result("refunded && 1 / (quantity - 3) > 0"), "error division_by_zero");
  EXPECT_EQ(row.result("1 / (quantity - 3) > 0 && refunded"), "error division_by_zero");
  EXPECT_EQ(row.result("refunded || paid && 1 / (quantity - 3) > 0"), "error division_by_zero");
}

TEST_F(NullRules, an_error_wins_over_null_in_operators) {
  EXPECT_EQ(row.result("missing + 1 / (quantity - 3)"), "error division_by_zero");
}

TEST_F(NullRules, null_as_a_condition_is_not_true) {
  EXPECT_EQ(row.result("refunded ? 1 : 2"), "2");
  EXPECT_EQ(row.result("[1, 2].filter(x, x > missing)"), "[]");
}

TEST_F(NullRules, a_ternary_may_mix_a_type_and_null) {
  EXPECT_EQ(row.result("paid ? null : amount"), "null");
  const auto program = row.compile("paid ? quantity : null");
  ASSERT_NE(program, nullptr);
  EXPECT_EQ(program->type(), Type(TypeKind::integer));
  EXPECT_TRUE(program->nullable());
}

TEST_F(NullRules, a_column_that_is_not_nullable_makes_no_nullable_result) {
  row.columns.columns[*row.columns.find("quantity")].nullable = false;
  EXPECT_FALSE(row.compile("quantity + 1")->nullable());
  EXPECT_TRUE(row.compile("quantity + missing")->nullable());
}

TEST_F(NullRules, an_absent_column_counts_as_null) {
  row.values[*row.columns.find("missing")] = Value::unset();
  EXPECT_EQ(row.result("missing + 1"), "null");
  EXPECT_EQ(row.result("missing == null && is_null(missing)"), "true");
  EXPECT_EQ(row.result("[missing]"), "[null]");
}

TEST_F(NullRules, a_value_that_debezium_did_not_send_is_an_error_not_a_value) {
  EXPECT_EQ(row.result("placeholder == \"x\""), "error unavailable_value");
  EXPECT_EQ(row.result("size(placeholder) > 1"), "error unavailable_value");
  EXPECT_EQ(row.result("[1].map(x, placeholder)"), "error unavailable_value");
  EXPECT_EQ(row.result("paid || placeholder == \"x\""), "true");
}

TEST_F(NullRules, nothing_hides_that_a_value_is_not_known) {
  row.values[*row.columns.find("tags")] = Value::unavailable();
  row.values[*row.columns.find("paid")] = Value::unavailable();
  for (const std::string_view text :
       {"placeholder", "paid", "has(placeholder)", "is_null(placeholder)", "placeholder == null",
        "coalesce(placeholder, \"x\")", "is_null(coalesce(placeholder, \"x\"))",
        "amount > 0 ? placeholder : \"x\"", "paid ? 1 : 2", "!paid", "paid && amount > 0",
        "tags.exists(t, t == \"a\")", "tags.map(t, t)", "\"a\" in tags", "[placeholder]",
        "size([placeholder])"}) {
    EXPECT_EQ(row.result(text), "error unavailable_value") << text;
  }
  EXPECT_EQ(row.result("coalesce(currency, placeholder)"), "\"USD\"") << "later ones do not matter";
  EXPECT_EQ(row.result("amount > 0 ? currency : placeholder"), "\"USD\"") << "what is not chosen is not read";
}

TEST_F(NullRules, without_nullable_columns_null_is_a_value_like_any_other) {
  row.options.nullable_columns = false;
  EXPECT_EQ(row.result("dyn(null) + 1"), "error no_such_overload");
  EXPECT_EQ(row.result("dyn(null) && true"), "error no_such_overload");
  EXPECT_EQ(row.result("dyn(null) == null"), "true");
}

}  // namespace
}  // namespace tallymill::topology::tests
