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
  EXPECT_NE(hint("kind == settled").find("in quotes: \"settled\""), std::string::npos);
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
            "it has op, lsn, tx_id, source_time, topic, partition, offset, record_time, table, snapshot, schema, "
            "database, connector");
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
  EXPECT_EQ(row.problem("quantity + 1 / 0 > 1"), "expression_type at `0`");
  EXPECT_EQ(row.problem("currency.matches(\"(\")"), "expression_type at `\"(\"`");
  EXPECT_EQ(row.problem("\"a\".matches(\"(\")"), "expression_type at `\"(\"`");
}

TEST_F(Problems, a_constant_argument_that_fails_for_every_row_is_refused_when_loaded) {
  EXPECT_EQ(row.problem("quantity / 0 > 1"), "expression_type at `0`");
  EXPECT_EQ(row.problem("quantity % (1 - 1) > 1"), "expression_type at `(1 - 1)`");
  EXPECT_EQ(row.problem("div(amount, 0.00, 2) > 1"), "expression_type at `0.00`");
  EXPECT_EQ(row.problem("div(amount, 3, -1) > 1"), "expression_type at `-1`");
  EXPECT_EQ(row.problem("round(amount, 16384) > 1"), "expression_type at `16384`");
  EXPECT_EQ(row.problem("round(amount, 2, \"HALF_UP\") > 1"), "expression_type at `\"HALF_UP\"`");
  EXPECT_EQ(hint("round(amount, 2, \"HALF_UP\") > 1"), "did you mean \"half_up\"?");
  EXPECT_EQ(row.problem("div(amount, 3, 2, \"nearest\") > 1"), "expression_type at `\"nearest\"`");
  EXPECT_EQ(row.problem("currency.substring(-1)"), "expression_type at `-1`");
  EXPECT_EQ(row.problem("tags[-1] == \"x\""), "expression_type at `-1`");
  EXPECT_EQ(row.result("quantity / 2"), "1");
}

TEST_F(Problems, a_zone_is_an_offset_and_a_constant) {
  EXPECT_EQ(row.result("at.getHours(\"+02:00\")"), "2");
  EXPECT_EQ(row.problem("at.getHours(\"Europe/London\") > 1"), "not_yet at `\"Europe/London\"`");
  EXPECT_EQ(row.problem("at.getDate(\"+2\") > 1"), "expression_type at `\"+2\"`");
  EXPECT_EQ(row.problem("at.getDate(currency) > 1"), "not_yet at `currency`");
}

TEST_F(Problems, habits_from_sql_are_answered_with_what_to_write) {
  const auto has = [&](std::string_view text, std::string_view part) {
    EXPECT_EQ(row.problem(text).find("problems"), std::string::npos)
        << text << ": one mistake is one problem";
    EXPECT_NE(hint(text).find(part), std::string::npos) << text << ": " << hint(text);
  };
  has("paid AND refunded", "`&&`");
  has("paid or refunded", "`||`");
  has("not paid", "`!`");
  has("kind is not null", "!= null");
  has("kind == NULL", "small letters");
  has("kind like 'pa%'", "startsWith");
  has("quantity between 1 and 2", "a <= x");
  has("case when paid then 1 else 2 end", "? a : b");
  has("currency in ('USD', 'GBP')", "in brackets");
  has("currency in ('USD')", "in brackets");
  has("quantity <> 1", "`!=`");
  has("currency == 'it''s'", "not doubled");
  has("quantity > 1,000", "thousands");
  has("string::quantity", "by a call");
  has("lower(currency) == \"usd\"", "lowerAscii");
  has("at > now()", "no clock");
  has("at > \"2026-01-01T00:00:00Z\"", "timestamp(\"2026");
  has("quantity == \"7\"", "write 7 without quotes");
  has("amount > \"0\"", "write 0 without quotes");
  has("currency || paid", "`+`");
  has("div(sum(amount), count(), 2)", "stands alone");
  has("currency ~ \"a\"", "matches");
}

TEST_F(Problems, a_column_with_a_hyphen_is_reached_by_backquotes) {
  row.columns.columns.push_back({.name = "order-flag", .type = TypeKind::string});
  EXPECT_EQ(row.problem("order-flag == \"x\""), "unknown_column at `order-flag`");
  EXPECT_NE(hint("order-flag == \"x\"").find("`order-flag`"), std::string::npos);
  EXPECT_NE(hint("order == \"x\"").find("`order-flag`"), std::string::npos);
}

TEST_F(Problems, a_text_that_is_not_utf8_is_refused) {
  EXPECT_EQ(row.problem("currency == \"\xff\"").substr(0, 17), "expression_syntax");
}

}  // namespace
}  // namespace tallymill::topology::tests
