#include "tests/unit/expr/sample_row.h"

namespace tallymill::topology::tests {
namespace {

class Problems : public testing::Test {
 protected:
  SampleRow row;
  std::string hint(std::string_view text) {
    row.compile(text);
    return row.problems.empty() ? "no problem" : row.problems[0].hint;
  }
};

TEST_F(Problems, an_unknown_column_is_underlined_with_the_nearest_name) {
  EXPECT_EQ(row.problem("amuont > 3"), "unknown_column at `amuont`");
  EXPECT_EQ(hint("amuont > 3"), "did you mean `amount`?");
  EXPECT_NE(hint("zzzzzzzz > 3").find("the columns here are amount, fee"), std::string::npos);
}

TEST_F(Problems, an_unknown_function_is_underlined_with_the_nearest_name) {
  EXPECT_EQ(row.problem("currency.lowerAsci()"), "expression_type at `lowerAsci`");
  EXPECT_EQ(hint("currency.lowerAsci()"), "did you mean `lowerAscii`?");
  EXPECT_EQ(hint("colesce(missing, 1)"), "did you mean `coalesce`?");
}

TEST_F(Problems, all_problems_of_a_text_are_found_at_once) {
  row.compile("amuont > 3 && curency == \"USD\" || quantity + currency == 2");
  ASSERT_EQ(row.problems.size(), 3u);
  EXPECT_EQ(row.problems[1].begin, 14u);
  EXPECT_EQ(row.problems[1].end, 21u);
}

TEST_F(Problems, an_operator_over_wrong_types_is_refused) {
  EXPECT_EQ(row.problem("quantity + currency"), "expression_type at `quantity + currency`");
  EXPECT_EQ(row.problem("quantity == currency"), "expression_type at `quantity == currency`");
  EXPECT_EQ(row.problem("quantity in [\"a\"]"), "expression_type at `quantity in [\"a\"]`");
  EXPECT_EQ(row.problem("currency && paid"), "expression_type at `currency`");
  EXPECT_EQ(row.problem("currency ? 1 : 2"), "expression_type at `currency`");
  EXPECT_EQ(row.problem("paid ? 1 : \"a\""), "expression_type at `\"a\"`");
  EXPECT_EQ(row.problem("currency.all(x, true)"), "expression_type at `currency`");
  EXPECT_EQ(row.problem("currency.length"), "expression_type at `currency.length`");
}

TEST_F(Problems, numbers_compare_across_types_but_do_not_compute) {
  EXPECT_EQ(row.result("quantity < 3.5 && ratio < 1"), "true");
  EXPECT_EQ(row.problem("quantity + ratio"), "expression_type at `quantity + ratio`");
  EXPECT_EQ(row.problem("quantity + 1u"), "expression_type at `quantity + 1u`");
  EXPECT_EQ(row.result("dyn(quantity) + 1u"), "error no_such_overload");
  EXPECT_EQ(hint("quantity + ratio"), "convert one: int(x), uint(x) or double(x)");
}

TEST_F(Problems, texts_that_do_not_parse_show_where_and_what_is_expected) {
  EXPECT_EQ(row.problem("amount > "), "expression_syntax at `>`");
  EXPECT_EQ(row.problem("amount = 3"), "expression_syntax at `=`");
  EXPECT_EQ(hint("amount = 3"), "compare with `==`");
  EXPECT_EQ(hint("paid & paid"), "write `&&`");
  EXPECT_EQ(hint("paid | paid"), "write `||`");
  EXPECT_EQ(row.problem("(amount > 3"), "expression_syntax at `3`");
  EXPECT_EQ(row.problem("amount > 3)"), "expression_syntax at `)`");
  EXPECT_EQ(row.problem("currency == \"USD"), "expression_syntax at `\"USD`");
  EXPECT_EQ(row.problem("'\\q'"), "expression_syntax at `\\q`");
  EXPECT_EQ(row.problem("12abc"), "expression_syntax at `12abc`");
  EXPECT_EQ(row.problem("9223372036854775808"), "expression_syntax at `9223372036854775808`");
  EXPECT_EQ(row.problem("[1, 2"), "expression_syntax at `2`");
  EXPECT_EQ(row.problem("paid ? 1"), "expression_syntax at `1`");
  EXPECT_EQ(row.problem("amount # 1"), "expression_syntax at `#`");
  EXPECT_EQ(row.problem(""), "expression_syntax at ``");
}

TEST_F(Problems, a_reserved_word_is_refused_and_backticks_reach_its_column) {
  EXPECT_EQ(row.problem("package == \"box\""), "expression_syntax at `package`");
  EXPECT_EQ(row.result("`package` == \"box\""), "true");
}

TEST_F(Problems, metadata_is_a_column_or_the_fields_are_listed) {
  EXPECT_EQ(row.result("meta.op == \"c\""), "true");
  EXPECT_EQ(row.problem("meta.oops"), "unknown_column at `meta.oops`");
  EXPECT_EQ(hint("meta.oops"),
            "it has op lsn tx_id source_time topic partition offset record_time table snapshot");
  EXPECT_EQ(row.problem("meta.lsn > 1"), "unknown_column at `meta.lsn`");
  EXPECT_EQ(row.problem("meta"), "unknown_column at `meta`");
  EXPECT_EQ(row.problem("meta.headers[\"x\"] == \"y\""), "not_yet at `meta.headers`");
}

TEST_F(Problems, what_is_not_implemented_says_so) {
  EXPECT_EQ(row.problem("mask(currency)"), "not_yet at `mask`");
  EXPECT_EQ(row.problem("body == body"), "not_yet at `body == body`");
  EXPECT_EQ(row.problem("body.city"), "not_yet at `body.city`");
  EXPECT_EQ(row.problem("day > \"2026-01-01\""), "not_yet at `day > \"2026-01-01\"`");
  EXPECT_EQ(row.problem("currency.matches(kind)"), "not_yet at `kind`");
  EXPECT_EQ(row.problem("{\"a\": 1}.?a"), "not_yet at `?`");
}

TEST_F(Problems, columns_of_other_types_are_compared_with_each_other_and_null) {
  EXPECT_EQ(row.result("day == day && day <= day && day != null"), "true");
  EXPECT_EQ(row.result("id == id && !is_null(body)"), "true");
  EXPECT_EQ(row.result("string(id).startsWith(\"0000\")"), "true");
}

TEST_F(Problems, a_constant_part_that_always_fails_is_refused_when_loaded) {
  EXPECT_EQ(row.problem("at > timestamp(\"yesterday\")"), "expression_type at `timestamp(\"yesterday\")`");
  EXPECT_EQ(row.problem("quantity + 1 / 0 > 1"), "expression_type at `1 / 0`");
  EXPECT_EQ(row.problem("currency.matches(\"(\")"), "expression_type at `\"(\"`");
  EXPECT_EQ(row.problem("\"a\".matches(\"(\")"), "expression_type at `\"(\"`");
}

TEST_F(Problems, a_text_that_is_not_utf8_is_refused) {
  EXPECT_EQ(row.problem("currency == \"\xff\"").substr(0, 17), "expression_syntax");
}

}  // namespace
}  // namespace tallymill::topology::tests
