#include <gtest/gtest.h>

#include "tests/unit/expr/sample_row.h"

namespace tallymill::topology::tests {
namespace {

/// Amounts in the currency of a column, in two constant ones, and a plain number.
class CurrencyOfExpressions : public testing::Test {
 protected:
  CurrencyOfExpressions() {
    add("amount", TypeKind::decimal, {Currency::Kind::column, "cur"});
    add("fee", TypeKind::decimal, {Currency::Kind::column, "cur"});
    add("pounds", TypeKind::decimal, {Currency::Kind::constant, "GBP"});
    add("yen", TypeKind::decimal, {Currency::Kind::constant, "JPY"});
    add("rate", TypeKind::decimal, {Currency::Kind::undeclared, {}});
    add("quantity", TypeKind::integer, {});
    add("cur", TypeKind::string, {});
    add("other", TypeKind::string, {});
  }

  std::string currency(std::string_view text) {
    std::vector<ExpressionProblem> problems;
    const auto program = compile_expression(text, columns_, {}, problems);
    if (program == nullptr) return problems.at(0).message;
    switch (program->currency().kind) {
      case Currency::Kind::none:
        return "none";
      case Currency::Kind::undeclared:
        return "undeclared";
      case Currency::Kind::column:
        return program->currency().name;
      case Currency::Kind::constant:
        return "\"" + program->currency().name + "\"";
      case Currency::Kind::unknown:
        break;
    }
    return "unknown";
  }

  RowType columns_;

 private:
  void add(std::string name, Type type, Currency currency) {
    columns_.columns.push_back(
        {.name = std::move(name), .type = std::move(type), .currency = std::move(currency)});
  }
};

TEST_F(CurrencyOfExpressions, AmountsKeepItBesidePlainNumbers) {
  EXPECT_EQ(currency("amount"), "cur");
  EXPECT_EQ(currency("amount * rate"), "cur");
  EXPECT_EQ(currency("2 * amount"), "cur");
  EXPECT_EQ(currency("div(amount, 100, 2)"), "cur");
  EXPECT_EQ(currency("amount - fee"), "cur");
  EXPECT_EQ(currency("-round(abs(amount), 2)"), "cur");
  EXPECT_EQ(currency("coalesce(amount, 0.0)"), "cur");
  EXPECT_EQ(currency("quantity > 1 ? amount : null"), "cur");
  EXPECT_EQ(currency("math.greatest(amount, fee)"), "cur");
  EXPECT_EQ(currency("rate * 2"), "undeclared");
  EXPECT_EQ(currency("quantity * 2"), "none");
}

TEST_F(CurrencyOfExpressions, SeveralInOneResultAreNoCurrency) {
  EXPECT_EQ(currency("pounds + yen"), "unknown");
  EXPECT_EQ(currency("amount + pounds"), "unknown");
  EXPECT_EQ(currency("amount * fee"), "unknown") << "square dollars";
  EXPECT_EQ(currency("div(amount, fee, 4)"), "none") << "a ratio";
  EXPECT_EQ(currency("div(pounds, yen, 4)"), "unknown");
  EXPECT_EQ(currency("quantity > 1 ? pounds : yen"), "unknown");
  EXPECT_EQ(currency("[pounds, yen][0]"), "unknown");
}

TEST_F(CurrencyOfExpressions, IsNotLostOnTheWayThroughATextOrAMacro) {
  EXPECT_EQ(currency("decimal(string(amount))"), "cur");
  EXPECT_EQ(currency("int(amount * 100)"), "cur");
  EXPECT_EQ(currency("decimal(double(amount))"), "cur");
  EXPECT_EQ(currency("decimal(string(amount).replace(\",\", \"\"))"), "cur");
  EXPECT_EQ(currency("cel.bind(x, amount, x + x)"), "cur");
  EXPECT_EQ(currency("[amount].map(x, x * 2)[0]"), "cur");
  EXPECT_EQ(currency("amount > 1"), "none") << "a truth is no amount";
}

TEST_F(CurrencyOfExpressions, IsStated) {
  EXPECT_EQ(currency("in_currency(amount * rate, \"GBP\")"), "\"GBP\"");
  EXPECT_EQ(currency("in_currency(amount * rate, other)"), "other");
  EXPECT_EQ(currency("in_currency(amount, \"GBP\") + pounds"), "\"GBP\"");
  EXPECT_EQ(currency("in_currency(rate, \"cur\")"),
            "\"cur\" in quotes is a currency, and there is a column of that name");
  EXPECT_EQ(currency("in_currency(rate, string(quantity))"),
            "the currency is neither a column of texts nor a text in quotes");
}

TEST_F(CurrencyOfExpressions, IsWhatAConditionHoldsItsColumnAt) {
  EXPECT_EQ(currency("cur == \"USD\" ? amount : null"), "\"USD\"");
  EXPECT_EQ(currency("cur == \"JPY\" ? div(amount, 100, 2) : amount"), "cur");
  columns_.columns[6].fixed_text = "EUR";
  EXPECT_EQ(currency("amount * rate"), "\"EUR\"");
}

}  // namespace
}  // namespace tallymill::topology::tests
