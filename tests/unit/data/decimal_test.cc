// What tests/differential/decimal does not show: borders by name, errors in words, what hostile input costs.

#include "topology/data/decimal.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace tallymill::topology {
namespace {

constexpr Int128 largest = std::numeric_limits<Int128>::max();
constexpr Int128 lowest = std::numeric_limits<Int128>::min();
const std::string largest_text = "170141183460469231731687303715884105727";
const std::string lowest_text = "-170141183460469231731687303715884105728";

Decimal decimal(std::string_view text) {
  auto read = Decimal::from_text(text);
  EXPECT_TRUE(read.ok()) << text.substr(0, 60);
  return read.ok() ? *read : Decimal();
}

ErrorCode error_of(const Result<Decimal>& result) {
  EXPECT_FALSE(result.ok());
  return result.error().code;
}

TEST(DecimalTest, KeepsTheScaleAsWritten) {
  EXPECT_EQ(decimal("12.50").to_text(), "12.50");
  EXPECT_EQ(decimal("-0.05").to_text(), "-0.05");
  EXPECT_EQ(decimal("0.000").to_text(), "0.000");
  EXPECT_EQ(decimal("-0").to_text(), "0");
  EXPECT_EQ(decimal("+007.1").to_text(), "7.1");
}

TEST(DecimalTest, MultipliesAPositiveExponentOut) {
  EXPECT_EQ(decimal("1e3").to_text(), "1000");
  EXPECT_EQ(decimal("1.50E1").to_text(), "15.0");
  EXPECT_EQ(decimal("1e-3").to_text(), "0.001");
  EXPECT_EQ(decimal("1e38").to_text(), "1" + std::string(38, '0'));
  EXPECT_EQ(decimal("1e39").to_text(), "1" + std::string(39, '0'));
}

TEST(DecimalTest, EqualsByNumberAndNotByScale) {
  EXPECT_EQ(decimal("12.5"), decimal("12.50"));
  EXPECT_EQ(decimal("12.5").hash(), decimal("12.50").hash());
  EXPECT_EQ(decimal("0"), decimal("-0.00"));
  EXPECT_LT(decimal("12.49"), decimal("12.5"));
  EXPECT_LT(decimal("-12.5"), decimal("-12.49"));
}

TEST(DecimalTest, IsInPlaceExactlyWithin128Bits) {
  EXPECT_TRUE(decimal(largest_text).is_small());
  EXPECT_TRUE(decimal(lowest_text).is_small());
  EXPECT_EQ(decimal(lowest_text).small_coefficient(), lowest);
  EXPECT_FALSE((decimal(largest_text) + Decimal::from_integer(1)).is_small());
  EXPECT_FALSE((decimal(lowest_text) - Decimal::from_integer(1)).is_small());
}

TEST(DecimalTest, LeavesAndEnters128BitsWithoutALoss) {
  Decimal sum = Decimal::from_parts(largest, 2);
  sum += Decimal::from_parts(1, 2);
  EXPECT_EQ(sum.to_text(), "1701411834604692317316873037158841057.28");
  sum -= Decimal::from_parts(1, 2);
  EXPECT_TRUE(sum.is_small());
  EXPECT_EQ(sum.small_coefficient(), largest);
  EXPECT_EQ((-Decimal::from_parts(lowest, 0)).to_text(), lowest_text.substr(1));
  EXPECT_EQ((-(-Decimal::from_parts(lowest, 0))).to_text(), lowest_text);
}

TEST(DecimalTest, ASumHasTheLargerScale) {
  EXPECT_EQ((decimal("1.5") + decimal("2.250")).to_text(), "3.750");
  EXPECT_EQ((decimal("2.250") - decimal("2.25")).to_text(), "0.000");
}

TEST(DecimalTest, AddsToItself) {
  Decimal small = decimal("1.5");
  small += small;
  EXPECT_EQ(small.to_text(), "3.0");
  Decimal large = decimal("1e40");
  large -= large;
  EXPECT_EQ(large.to_text(), "0");
}

TEST(DecimalTest, CopiesOfLargeDecimalsAreIndependent) {
  const Decimal original = decimal("1e40");
  Decimal copy = original;
  copy += Decimal::from_integer(1);
  EXPECT_EQ(original, decimal("1e40"));
  EXPECT_LT(original, copy);
}

TEST(DecimalTest, RoundsHalfToEvenUnlessToldOtherwise) {
  EXPECT_EQ(decimal("0.125").rounded(2)->to_text(), "0.12");
  EXPECT_EQ(decimal("0.135").rounded(2)->to_text(), "0.14");
  EXPECT_EQ(decimal("-0.125").rounded(2, Rounding::half_up)->to_text(), "-0.13");
  EXPECT_EQ(decimal("-0.125").rounded(2, Rounding::half_down)->to_text(), "-0.12");
  EXPECT_EQ(decimal("-0.121").rounded(2, Rounding::floor)->to_text(), "-0.13");
  EXPECT_EQ(decimal("-0.129").rounded(2, Rounding::ceiling)->to_text(), "-0.12");
  EXPECT_EQ(decimal("0.9").rounded(4)->to_text(), "0.9000");
}

TEST(DecimalTest, DividesTheLowestCoefficientInPlaceByOneAndByMinusOne) {
  const Decimal lowest_decimal = Decimal::from_parts(lowest, 0);
  EXPECT_EQ(Decimal::divide(lowest_decimal, Decimal::from_integer(1), 0)->to_text(), lowest_text);
  EXPECT_EQ(Decimal::divide(lowest_decimal, Decimal::from_integer(-1), 0)->to_text(), lowest_text.substr(1));
}

TEST(DecimalTest, DividesToAScale) {
  EXPECT_EQ(Decimal::divide(decimal("10"), decimal("3"), 4)->to_text(), "3.3333");
  EXPECT_EQ(Decimal::divide(decimal("-1"), decimal("8"), 2)->to_text(), "-0.12");
  EXPECT_EQ(error_of(Decimal::divide(decimal("1"), decimal("0.00"), 2)), ErrorCode::division_by_zero);
  EXPECT_EQ(error_of(Decimal::divide(decimal("1"), decimal("3"), -1)), ErrorCode::invalid_argument);
  EXPECT_EQ(error_of(decimal("1").rounded(Decimal::max_scale + 1)), ErrorCode::invalid_argument);
}

TEST(DecimalTest, TheCanonicalFormHasNoZerosAfterThePoint) {
  EXPECT_EQ(decimal("12.50").canonical().to_text(), "12.5");
  EXPECT_EQ(decimal("100").canonical().to_text(), "100");
  EXPECT_EQ(decimal("100.00").canonical().to_text(), "100");
  EXPECT_EQ(decimal("0.000").canonical().to_text(), "0");
  EXPECT_EQ(decimal("1" + std::string(50, '0') + ".500").canonical().to_text(),
            "1" + std::string(50, '0') + ".5");
}

TEST(DecimalTest, GoesThroughAValueOfAnySize) {
  Arena arena;
  for (const std::string& text : {std::string("12.50"), lowest_text, "-" + std::string(70, '7') + ".10"}) {
    const Decimal original = decimal(text);
    const Value value = original.to_value(arena);
    EXPECT_EQ(value.is_small_decimal(), original.is_small());
    EXPECT_EQ(Decimal::from_value(value).to_text(), text);
    std::string printed = "amount ";
    append_decimal_text(printed, value);
    EXPECT_EQ(printed, "amount " + text);
  }
}

TEST(DecimalTest, ReadsConnectsBytes) {
  EXPECT_EQ(Decimal::from_big_endian("", 2)->to_text(), "0.00");
  EXPECT_EQ(Decimal::from_big_endian("\x7d", 1)->to_text(), "12.5");
  EXPECT_EQ(Decimal::from_big_endian("\xff", 0)->to_text(), "-1");
  EXPECT_EQ(Decimal::from_big_endian("\x05", -3)->to_text(), "5000");
  EXPECT_EQ(Decimal::from_big_endian(std::string("\x80", 1) + std::string(15, '\0'), 0)->to_text(),
            lowest_text);
  EXPECT_TRUE(Decimal::from_big_endian(std::string(20, '\xff'), 0)->is_small());
}

TEST(DecimalTest, SaysWhatIsWrongWithAText) {
  EXPECT_EQ(error_of(Decimal::from_text("NaN")), ErrorCode::decimal_not_finite);
  EXPECT_EQ(error_of(Decimal::from_text("-Infinity")), ErrorCode::decimal_not_finite);
  EXPECT_EQ(error_of(Decimal::from_text("+INF")), ErrorCode::decimal_not_finite);
  EXPECT_EQ(error_of(Decimal::from_text("")), ErrorCode::wrong_type);
  EXPECT_EQ(error_of(Decimal::from_text(" 1")), ErrorCode::wrong_type);
  EXPECT_EQ(error_of(Decimal::from_text(std::string_view("1\0", 2))), ErrorCode::wrong_type);
}

TEST(DecimalTest, ErrorsDoNotQuoteTheNumber) {
  // A column may be sensitive.
  const auto refused = Decimal::from_text("4711 EUR");
  EXPECT_EQ(refused.error().message.find("4711"), std::string::npos);
  EXPECT_EQ(refused.error().hint.find("4711"), std::string::npos);
}

TEST(DecimalTest, RefusesHostileSizesBeforeTheyCostAnything) {
  EXPECT_EQ(error_of(Decimal::from_text("1e999999999")), ErrorCode::decimal_out_of_range);
  EXPECT_EQ(error_of(Decimal::from_text("1e-999999999")), ErrorCode::decimal_out_of_range);
  EXPECT_EQ(error_of(Decimal::from_text("1e99999999999999999999999")), ErrorCode::decimal_out_of_range);
  EXPECT_EQ(error_of(Decimal::from_text(std::string(1'000'000, '9'))), ErrorCode::decimal_out_of_range);
  EXPECT_EQ(error_of(Decimal::from_big_endian("\x01", std::numeric_limits<std::int32_t>::min())),
            ErrorCode::decimal_out_of_range);
  EXPECT_EQ(error_of(Decimal::from_big_endian("\x01", std::numeric_limits<std::int32_t>::max())),
            ErrorCode::decimal_out_of_range);
  EXPECT_EQ(error_of(Decimal::from_big_endian(std::string(1'000'000, '\x7f'), 0)),
            ErrorCode::decimal_out_of_range);
  EXPECT_EQ(Decimal::from_text("0e999999999")->to_text(), "0");
  EXPECT_EQ(Decimal::from_big_endian("", std::numeric_limits<std::int32_t>::min())->to_text(), "0");
}

TEST(DecimalTest, ComparesAcrossTheWholeRangeOfScales) {
  const Decimal smallest = decimal("1e-16383");
  EXPECT_GT(smallest, Decimal());
  EXPECT_LT(smallest, decimal("1"));
  EXPECT_GT(decimal("1" + std::string(1'000, '0')), smallest);
  EXPECT_EQ(decimal("1." + std::string(Decimal::max_scale, '0')), decimal("1"));
}

TEST(DecimalTest, BecomesAnIntegerOnlyExactly) {
  EXPECT_EQ(decimal("100.00").to_integer(), 100);
  EXPECT_EQ(decimal("-9223372036854775808").to_integer(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(decimal("9223372036854775808").to_integer(), std::nullopt);
  EXPECT_EQ(decimal("0.5").to_integer(), std::nullopt);
  EXPECT_EQ(decimal("1e30").to_integer(), std::nullopt);
}

TEST(DecimalTest, BecomesTheNearestDouble) {
  EXPECT_EQ(decimal("0.1").to_double(), 0.1);
  EXPECT_EQ(decimal("-123456789012345678901234567890.5").to_double(), -123456789012345678901234567890.5);
  EXPECT_EQ(decimal("4.9e-324").to_double(), std::numeric_limits<double>::denorm_min());
  EXPECT_EQ(decimal("1e-400").to_double(), 0.0);
  EXPECT_EQ(decimal("-1e400").to_double(), -std::numeric_limits<double>::infinity());
}

TEST(DecimalDeathTest, AScaleOutOfRangeIsABrokenInvariant) {
  EXPECT_DEATH(Decimal::from_parts(1, -1), "scale out of range");
}

}  // namespace
}  // namespace tallymill::topology
