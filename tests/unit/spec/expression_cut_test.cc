#include "topology/spec/expression_cut.h"

#include <gtest/gtest.h>

namespace tallymill::topology {
namespace {

TEST(ExpressionCutTest, WholeExpressionsPass) {
  for (const char* text :
       {"amount > 0", "a in [\"x\", 'y']", "a ? b : c", "a ? b ? c : d : e", "f(a[0], {\"k\": 1})",
        "\"a ? ( [\" == b", "'it\\'s' == b", "r'\\' == b", "\"\"\"a \" b\"\"\" == c", "a.?b", "[?a]",
        "{?\"k\": a}", "{\"k\": a ? b : c}", "sum(amount) where kind == \"refund\"", ""}) {
    EXPECT_FALSE(find_expression_cut(text)) << text;
  }
}

TEST(ExpressionCutTest, RemainsAreFoundWhereTheyBreakOff) {
  const auto offset = [](std::string_view text) {
    const auto cut = find_expression_cut(text);
    return cut ? static_cast<int>(cut->offset) : -1;
  };
  EXPECT_EQ(offset("a == \"x"), 5);
  EXPECT_EQ(offset("a == 'x\\'"), 5);
  EXPECT_EQ(offset("a in [\"x\""), 5);
  EXPECT_EQ(offset("avg(amount"), 3);
  EXPECT_EQ(offset("2)"), 1);
  EXPECT_EQ(offset("(a]"), 0);
  EXPECT_EQ(offset("a ? \"b\""), 2);
  EXPECT_EQ(offset("f(a ? b)"), 4);
}

}  // namespace
}  // namespace tallymill::topology
