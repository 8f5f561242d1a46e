#include "tests/unit/expr/sample_row.h"

namespace tallymill::topology::tests {
namespace {

class AggregateCalls : public testing::Test {
 protected:
  SampleRow row;
  std::optional<AggregateCall> compile(std::string_view text) {
    row.problems.clear();
    return compile_aggregate_call(text, row.columns, row.options, row.problems);
  }
};

TEST_F(AggregateCalls, a_call_has_a_name_arguments_and_a_condition) {
  const auto call = compile("sum(amount * 2) where kind == \"refund\" || paid");
  ASSERT_TRUE(call);
  EXPECT_EQ(call->function, "sum");
  EXPECT_EQ(call->function_begin, 0u);
  EXPECT_EQ(call->function_end, 3u);
  ASSERT_EQ(call->arguments.size(), 1u);
  EXPECT_EQ(call->arguments[0].begin, 4u);
  EXPECT_EQ(call->arguments[0].end, 14u);
  EXPECT_EQ(call->arguments[0].program->type(), Type(TypeKind::decimal));
  EXPECT_EQ(SampleRow::print(call->where->evaluate(row.values, row.arena)), "true");
  EXPECT_EQ(call->canonical_text, "sum(amount * 2) where kind == \"refund\" || paid");
}

TEST_F(AggregateCalls, arguments_may_be_absent_and_integer_literals_are_known) {
  EXPECT_TRUE(compile("count()")->arguments.empty());
  EXPECT_EQ(compile("count()")->where, nullptr);
  const auto average = compile("avg(amount, 2)");
  ASSERT_TRUE(average);
  EXPECT_EQ(average->arguments[0].literal, std::nullopt);
  EXPECT_EQ(average->arguments[1].literal, 2);
}

TEST_F(AggregateCalls, problems_are_found_in_arguments_and_condition_at_once) {
  EXPECT_FALSE(compile("sum(amuont) where curency == \"USD\""));
  ASSERT_EQ(row.problems.size(), 2u);
  EXPECT_EQ(row.problems[0].begin, 4u);
  EXPECT_EQ(row.problems[1].begin, 18u);
}

TEST_F(AggregateCalls, what_is_no_call_is_refused) {
  for (const char* const text : {"amount", "sum(amount) + 1", "sum(amount) where", "sum(amount) when paid",
                                 "", "sum(amount", "amount.sum()", "sum(amount) where currency"}) {
    EXPECT_FALSE(compile(text)) << text;
    EXPECT_EQ(row.problems.size(), 1u) << text;
  }
}

TEST(MetadataFields, those_that_a_text_uses_are_listed_once) {
  EXPECT_EQ(metadata_fields_used("meta.op == \"c\" && meta.lsn > 1 || meta.op == \"r\""),
            (std::vector<std::string>{"op", "lsn"}));
  EXPECT_EQ(metadata_fields_used("max(meta.offset) where meta.op != \"d\""),
            (std::vector<std::string>{"offset", "op"}));
  EXPECT_TRUE(metadata_fields_used("amount > 0").empty());
  EXPECT_TRUE(metadata_fields_used("meta.op ==").empty());
}

}  // namespace
}  // namespace tallymill::topology::tests
