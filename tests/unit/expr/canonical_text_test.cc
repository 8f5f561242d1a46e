#include "tests/unit/expr/sample_row.h"

namespace tallymill::topology::tests {
namespace {

class CanonicalText : public testing::Test {
 protected:
  SampleRow row;
};

TEST_F(CanonicalText, white_space_comments_and_redundant_parentheses_do_not_matter) {
  const std::string expected = "amount > 0 && currency in [\"USD\", \"GBP\"]";
  EXPECT_EQ(row.canonical("amount>0&&currency in['USD',\"GBP\"]"), expected);
  EXPECT_EQ(row.canonical("((amount) > (0)) && (currency in ([\"USD\", \"GBP\",]))"), expected);
  EXPECT_EQ(row.canonical("amount > 0 // positive\n  && currency in [r\"USD\", '''GBP''']"), expected);
}

TEST_F(CanonicalText, parentheses_that_matter_stay) {
  for (const char* const text : {"(quantity + 1) * 2",
                                 "quantity - (1 - 2)",
                                 "quantity - 1 - 2",
                                 "-(1)",
                                 "-(1 + 2)",
                                 "!(paid && paid)",
                                 "(paid || paid) && paid",
                                 "paid || paid && paid",
                                 "paid && (paid && paid)",
                                 "(paid ? 1 : 2) + 1",
                                 "paid ? 1 : paid ? 2 : 3",
                                 "(paid ? paid : paid) ? 1 : 2",

                                 "[1, 2][0]",
                                 "-quantity",
                                 "--1",
                                 "{\"a\": 1}[\"a\"]",
                                 "(\"a\" + \"b\").size()",
                                 "-1 + 2",
                                 "quantity - -1",
                                 "-1.size()"}) {
    SampleRow unchecked;
    unchecked.options.check_types = false;
    EXPECT_EQ(unchecked.canonical(text), text);
  }
}

TEST_F(CanonicalText, a_literal_stays_as_it_was_written) {
  EXPECT_EQ(row.canonical("amount > 1.50"), "amount > 1.50");
  EXPECT_NE(row.canonical("amount > 1.50"), row.canonical("amount > 1.5"));
}

TEST_F(CanonicalText, strings_are_quoted_in_one_way) {
  EXPECT_EQ(row.canonical("currency == '\\u0041\\n\"\\\\'"), "currency == \"A\\x0a\\\"\\\\\"");
  EXPECT_EQ(row.canonical("b'\\xff' == b\"\\377\""), "b\"\\xff\" == b\"\\xff\"");
}

TEST_F(CanonicalText, names_that_are_no_words_are_in_backticks) {
  EXPECT_EQ(row.canonical("{'a b': 1}.`a b`"), "{\"a b\": 1}.`a b`");
}

}  // namespace
}  // namespace tallymill::topology::tests
