#include "tests/unit/expr/sample_row.h"

namespace tallymill::topology::tests {
namespace {

class DecimalRules : public testing::Test {
 protected:
  SampleRow row;
};

TEST_F(DecimalRules, a_literal_beside_a_decimal_is_taken_exactly) {
  EXPECT_EQ(row.result("amount == 10.50"), "true");
  EXPECT_EQ(row.result("amount > 10.499999999999999999999999999999"), "true");
  EXPECT_EQ(row.result("amount < 10.500000000000000000000000000001"), "true");
  EXPECT_EQ(row.result("0.1 + amount + 0.2"), "decimal 10.80");
  EXPECT_EQ(row.result("amount + 1e-3"), "decimal 10.501");
}

TEST_F(DecimalRules, a_literal_keeps_the_scale_it_is_written_with) {
  EXPECT_EQ(row.result("amount * 1.10"), "decimal 11.5500");
  EXPECT_EQ(row.result("amount + 1.000"), "decimal 11.500");
}

TEST_F(DecimalRules, a_literal_is_decimal_in_lists_branches_and_arguments) {
  EXPECT_EQ(row.result("amount in [1.5, 10.5]"), "true");
  EXPECT_EQ(row.result("quantity > 5 ? amount : 0.10"), "decimal 0.10");
  EXPECT_EQ(row.result("quantity > 2 ? 1 : amount"), "decimal 1");
  EXPECT_EQ(row.result("coalesce(fee, 0.00)"), "decimal 0.00");
  EXPECT_EQ(row.result("round(2.345, 2)"), "decimal 2.34");
  EXPECT_EQ(row.result("amount > (1.5 + 2.5)"), "true");
  EXPECT_EQ(row.result("amount == (paid ? 10.5 : 1.0)"), "true");
}

TEST_F(DecimalRules, a_branch_of_another_whole_type_becomes_decimal) {
  EXPECT_EQ(row.result("quantity > 5 ? amount : quantity"), "decimal 3");
  EXPECT_EQ(row.compile("paid ? amount : quantity")->type(), Type(TypeKind::decimal));
}

TEST_F(DecimalRules, decimals_and_whole_numbers_mix) {
  EXPECT_EQ(row.result("amount * quantity"), "decimal 31.50");
  EXPECT_EQ(row.result("quantity - amount"), "decimal -7.50");
  EXPECT_EQ(row.result("amount > quantity && quantity < amount"), "true");
  EXPECT_EQ(row.result("decimal(\"3.00\") == quantity"), "true");
}

TEST_F(DecimalRules, a_decimal_of_which_the_checker_does_not_know_stays_one) {
  EXPECT_EQ(row.compile("dyn(amount) + 1")->type(), Type(TypeKind::dynamic));
  EXPECT_EQ(row.result("dyn(amount) + 1 + 2"), "decimal 13.50");
}

TEST_F(DecimalRules, scale_does_not_matter_for_equality) {
  EXPECT_EQ(row.result("decimal(\"12.5\") == decimal(\"12.50\")"), "true");
  EXPECT_EQ(row.result("decimal(\"-1e30\") < decimal(\"1e-30\")"), "true");
}

TEST_F(DecimalRules, numbers_beyond_128_bits_stay_exact) {
  EXPECT_EQ(row.result("decimal(\"123456789012345678901234567890123456789012345\") + 0.5"),
            "decimal 123456789012345678901234567890123456789012345.5");
  EXPECT_EQ(row.result("amount < 123456789012345678901234567890123456789012345.5"), "true");
  EXPECT_EQ(row.result("decimal(\"170141183460469231731687303715884105727\") + 1"),
            "decimal 170141183460469231731687303715884105728");
}

TEST_F(DecimalRules, a_double_variable_is_refused_and_the_hint_says_how_to_convert) {
  EXPECT_EQ(row.problem("amount + ratio"), "expression_type at `amount + ratio`");
  EXPECT_NE(row.problems[0].hint.find("decimal(x)"), std::string::npos);
  EXPECT_EQ(row.problem("amount > ratio"), "expression_type at `amount > ratio`");
  EXPECT_EQ(row.problem("amount == ratio"), "expression_type at `amount == ratio`");
  EXPECT_EQ(row.problem("paid ? amount : ratio"), "expression_type at `ratio`");
  EXPECT_EQ(row.result("decimal(ratio) + amount"), "decimal 11.00");
  EXPECT_EQ(row.result("double(amount) * ratio"), "double 5.250000");
}

TEST_F(DecimalRules, division_operators_are_refused_and_the_hint_names_div) {
  EXPECT_EQ(row.problem("amount / 2"), "expression_type at `amount / 2`");
  EXPECT_NE(row.problems[0].hint.find("div(a, b, scale)"), std::string::npos);
  EXPECT_EQ(row.problem("amount % quantity"), "expression_type at `amount % quantity`");
  EXPECT_EQ(row.result("div(amount, quantity, 3)"), "decimal 3.500");
  EXPECT_EQ(row.result("div(1, 8, 2) == 0.12 && div(1, 8, 2, \"half_up\") == 0.13"), "true");
  EXPECT_EQ(row.result("div(amount, quantity - 3, 2)"), "error division_by_zero");
}

TEST_F(DecimalRules, rounding_is_half_even_unless_told_otherwise) {
  EXPECT_EQ(row.result("round(amount * 0.05, 2)"), "decimal 0.52");
  EXPECT_EQ(row.result("round(amount * 0.05, 2, \"half_up\")"), "decimal 0.53");
  EXPECT_EQ(row.result("round(amount, quantity - 4)"), "error invalid_argument");
  EXPECT_EQ(row.result("round(amount, 1, currency)"), "error invalid_argument");
}

TEST_F(DecimalRules, conversions_are_exact) {
  EXPECT_EQ(row.result("string(amount)"), "\"10.50\"");
  EXPECT_EQ(row.result("decimal(0.1)"), "decimal 0.1");
  EXPECT_EQ(row.result("int(decimal(\"-1.9\"))"), "-1");
  EXPECT_EQ(row.result("int(amount * 1e30)"), "error integer_overflow");
  EXPECT_EQ(row.result("abs(-amount)"), "decimal 10.50");
}

}  // namespace
}  // namespace tallymill::topology::tests
