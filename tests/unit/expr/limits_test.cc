#include "tests/unit/expr/sample_row.h"

namespace tallymill::topology::tests {
namespace {

std::string repeated(std::string_view part, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += part;
  return text;
}

class Limits : public testing::Test {
 protected:
  SampleRow row;
};

TEST_F(Limits, nesting_is_refused_beyond_its_depth_however_it_is_written) {
  for (const std::string& text :
       {repeated("(", 8'000), repeated("[", 8'000), repeated("-", 8'000) + "1", repeated("!", 8'000) + "paid",
        repeated("{1:", 5'000), "1" + repeated("+1", 5'000), repeated("paid?1:", 2'000) + "1",
        "tags" + repeated("[0]", 4'000), "tags" + repeated(".a", 4'000), repeated("size(", 3'000),
        repeated("has(", 3'000), repeated("[1].all(x,", 1'500)}) {
    EXPECT_EQ(row.compile(text), nullptr);
    ASSERT_EQ(row.problems.size(), 1u) << text.substr(0, 20);
    EXPECT_EQ(row.problems[0].code, ErrorCode::expression_syntax);
    EXPECT_NE(row.problems[0].message.find("nested"), std::string::npos) << row.problems[0].message;
  }
}

TEST_F(Limits, a_long_list_of_alternatives_is_not_deep) {
  const auto program = row.compile("paid" + repeated(" || quantity == 1", 900));
  ASSERT_NE(program, nullptr);
  EXPECT_EQ(SampleRow::print(program->evaluate(row.values, row.arena)), "true");
}

TEST_F(Limits, a_text_that_is_too_long_is_refused) {
  EXPECT_EQ(row.compile(std::string(17 * 1024, ' ') + "1"), nullptr);
  EXPECT_EQ(row.problems.size(), 1u);
}

TEST_F(Limits, loops_stop_at_the_step_limit) {
  std::string list = "[quantity";
  for (int i = 0; i < 200; ++i) list += ", " + std::to_string(i);
  list += "]";
  const std::string text = "cel.bind(l, " + list + ", l.map(a, l.map(b, l.map(c, a + b + c))))";
  EXPECT_EQ(row.result(text), "error step_limit");
  EXPECT_LT(row.arena.reserved_bytes(), 256u << 20);
}

TEST_F(Limits, growing_strings_and_lists_stop_at_the_step_limit) {
  std::string strings = "currency";
  std::string lists = "[quantity]";
  std::string nested = "[quantity]";
  for (int i = 0; i < 60; ++i) {
    const std::string name = "v" + std::to_string(i);
    strings = "cel.bind(" + name + ", " + strings + ", " + name + " + " + name + ")";
    lists = "cel.bind(" + name + ", " + lists + ", " + name + " + " + name + ")";
    nested = "cel.bind(" + name + ", " + nested + ", [" + name + ", " + name + "])";
  }
  EXPECT_EQ(row.result(strings), "error step_limit");
  EXPECT_EQ(row.result(lists), "error step_limit");
  EXPECT_EQ(row.result(nested + " == " + nested), "error step_limit");
  EXPECT_LT(row.arena.reserved_bytes(), 512u << 20);
}

TEST_F(Limits, a_constant_part_costs_little_when_loaded_and_fails_when_evaluated) {
  std::string strings = "\"ab\"";
  for (int i = 0; i < 60; ++i) {
    const std::string name = "v" + std::to_string(i);
    strings = "cel.bind(" + name + ", " + strings + ", " + name + " + " + name + ")";
  }
  EXPECT_EQ(row.result(strings), "error step_limit");
}

TEST_F(Limits, a_regular_expression_that_needs_too_much_memory_is_refused) {
  EXPECT_EQ(row.compile("currency.matches(\"((a{100}){100}){100}\")"), nullptr);
}

}  // namespace
}  // namespace tallymill::topology::tests
