#include "topology/base/error.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "topology/base/ids.h"
#include "topology/base/result.h"

namespace tallymill::topology {
namespace {

constexpr ErrorCode all_codes[] = {
#define TALLYMILL_ERROR_CODE(name, error_class, meaning) ErrorCode::name,
#include "topology/base/error_codes.def"
#undef TALLYMILL_ERROR_CODE
};

TEST(ErrorTableTest, NamesAndClassesComeFromTheTable) {
  EXPECT_EQ(name_of(ErrorCode::missing_column), "missing_column");
  EXPECT_EQ(class_of(ErrorCode::missing_column), ErrorClass::record);
  EXPECT_EQ(class_of(ErrorCode::division_by_zero), ErrorClass::evaluation);
  EXPECT_EQ(class_of(ErrorCode::unknown_column), ErrorClass::configuration);
  EXPECT_EQ(class_of(ErrorCode::lsn_regression), ErrorClass::stop);
  EXPECT_EQ(meaning_of(ErrorCode::unknown_column), "no such column");
}

TEST(ErrorTableTest, EveryMeaningIsOneClauseWithoutAFullStop) {
  for (const ErrorCode code : all_codes) {
    EXPECT_FALSE(meaning_of(code).empty()) << name_of(code);
    EXPECT_NE(meaning_of(code).back(), '.') << name_of(code);
  }
}

TEST(ErrorTableTest, ClassesStandTogether) {
  std::set<ErrorClass> closed;
  ErrorClass current = class_of(all_codes[0]);
  for (const ErrorCode code : all_codes) {
    if (class_of(code) == current) continue;
    closed.insert(current);
    current = class_of(code);
    EXPECT_FALSE(closed.contains(current)) << name_of(code) << " stands apart from the others of its class";
  }
}

TEST(ResultTest, HoldsAValueOrAnError) {
  const Result<std::string> value(std::string("twelve"));
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(*value, "twelve");
  const Result<std::string> failure(Error{ErrorCode::wrong_type, "it is no number", ""});
  ASSERT_FALSE(failure.ok());
  EXPECT_EQ(failure.error().code, ErrorCode::wrong_type);
}

TEST(ResultTest, AStatusIsSuccessUntilItHoldsAnError) {
  EXPECT_TRUE(Status().ok());
  const Status failure(Error{ErrorCode::usage, "there is no such command", "see --help"});
  ASSERT_FALSE(failure.ok());
  EXPECT_EQ(failure.error().hint, "see --help");
}

TEST(ResultDeathTest, TheValueOfAFailureIsABrokenInvariant) {
  const Result<int> failure(Error{ErrorCode::wrong_type, "it is no number", ""});
  EXPECT_DEATH(failure.value(), "broken invariant at .*result.h.*value of a failed result.*report");
}

TEST(StrongIdTest, OrdersByValueAndHashesAsItsNumber) {
  EXPECT_LT(Offset{1}, Offset{2});
  EXPECT_EQ(Offset{}, Offset{0});
  EXPECT_EQ(std::hash<Partition>{}(Partition{7}), std::hash<std::int32_t>{}(7));
  static_assert(!std::is_convertible_v<Offset, std::int64_t> && !std::is_convertible_v<std::int64_t, Offset>);
  static_assert(!std::is_same_v<SourceIndex, StoreIndex>);
}

}  // namespace
}  // namespace tallymill::topology
