#include "topology/expr/function_table.h"

#include <set>

#include "tests/unit/expr/sample_row.h"

namespace tallymill::topology::tests {
namespace {

TEST(FunctionTable, every_example_is_true) {
  SampleRow row;
  for (const FunctionEntry* function : all_functions()) {
    if (function->overloads.empty()) continue;
    EXPECT_EQ(row.result(function->example), "true") << function->name;
  }
}

TEST(FunctionTable, every_function_is_documented_and_named_once) {
  std::set<std::pair<std::string_view, bool>> names;
  for (const FunctionEntry* function : all_functions()) {
    EXPECT_FALSE(function->doc.empty()) << function->name;
    EXPECT_NE(function->doc.back(), '.') << function->name;
    const bool is_operation = function->style == CallStyle::operation;
    EXPECT_TRUE(names.insert({function->name, is_operation}).second) << function->name;
    EXPECT_EQ(find_function(function->name, is_operation), function);
  }
}

TEST(FunctionTable, the_example_of_a_function_uses_it) {
  for (const FunctionEntry* function : all_functions()) {
    if (function->style == CallStyle::operation || function->overloads.empty()) continue;
    const std::string call = std::string(function->name) + "(";
    EXPECT_NE(function->example.find(call), std::string_view::npos) << function->name;
  }
}

}  // namespace
}  // namespace tallymill::topology::tests
