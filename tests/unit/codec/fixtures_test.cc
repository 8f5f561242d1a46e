// The recorded files as a whole: whatever the connector's settings, the same rows come out, and they add up
// to what SQL said.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "tests/unit/codec/fixture_records.h"
#include "tests/unit/codec/one_column.h"
#include "topology/data/decimal.h"

namespace tallymill::tests {
namespace {

using processor::DebeziumDecoder;
using topology::Arena;
using topology::ChangeOperation;
using topology::Decimal;
using topology::Value;

enum FixtureColumn : std::size_t { transaction_id, user_id, timestamp, amount, currency };

struct Payment {
  std::string user;
  std::string currency;
  std::int64_t minute;
  std::optional<Decimal> amount;
};

struct Group {
  int count = 0;
  Decimal sum;
};

using GroupKey = std::tuple<std::string, std::string, std::int64_t>;

class Fixtures : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    for (FixtureRecord& record : read_fixture(GetParam())) {
      if (record.topic.ends_with(".transactions")) records_.push_back(std::move(record));
    }
    if (records_.empty()) GTEST_SKIP() << "the shared fixture " << GetParam() << " is not there";
  }

  std::vector<FixtureRecord> records_;
};

std::optional<Decimal> decimal_of(const Value& value) {
  if (value.is_null()) return std::nullopt;
  return Decimal::from_value(value);
}

/// Applies the changes by key and gives the table at the end.
std::map<std::string, Payment> table_at_the_end(const std::vector<FixtureRecord>& records) {
  DebeziumDecoder decoder(transactions_format());
  Arena arena;
  std::map<std::string, Payment> table;
  for (const FixtureRecord& record : records) {
    const auto change = decoder.decode(record.key, record.value, arena);
    if (!change.ok() || change->error) {
      ADD_FAILURE() << text_of(change) << "\n" << record.value.value_or("null");
      continue;
    }
    const std::string key(change->key.values[0].as_text());
    if (!change->after) {
      table.erase(key);
      continue;
    }
    const auto row = *change->after;
    EXPECT_EQ(row[transaction_id].as_text(), key);
    table[key] = {std::string(row[user_id].as_text()), std::string(row[currency].as_text()),
                  row[timestamp].as_timestamp().seconds / 60 * 60, decimal_of(row[amount])};
  }
  return table;
}

std::map<GroupKey, Group> totals_of(const std::map<std::string, Payment>& table) {
  std::map<GroupKey, Group> totals;
  for (const auto& [id, payment] : table) {
    Group& group = totals[{payment.user, payment.currency, payment.minute}];
    ++group.count;
    if (payment.amount) group.sum += *payment.amount;
  }
  return totals;
}

TEST_P(Fixtures, EveryRecordIsReadWithItsKeyAndPosition) {
  DebeziumDecoder decoder(transactions_format());
  Arena arena;
  std::map<ChangeOperation, int> operations;
  for (const FixtureRecord& record : records_) {
    const auto change = decoder.decode(record.key, record.value, arena);
    ASSERT_TRUE(change.ok() && !change->error) << text_of(change) << "\n" << record.value.value_or("null");
    ASSERT_EQ(change->key.form, topology::RecordKey::Form::identity);
    ++operations[change->operation];
    if (change->operation == ChangeOperation::tombstone) continue;
    EXPECT_TRUE(change->lsn.has_value());
    EXPECT_TRUE(change->source_time_ms.has_value());
    EXPECT_EQ(change->after.has_value(), change->operation != ChangeOperation::remove);
  }
  EXPECT_GE(operations[ChangeOperation::create], 111);
  EXPECT_GE(operations[ChangeOperation::update], 37);
  EXPECT_GE(operations[ChangeOperation::remove], 16);
  EXPECT_GE(operations[ChangeOperation::read], 1);
  EXPECT_EQ(operations[ChangeOperation::ignored], 0);
}

TEST_P(Fixtures, ASchemaIsParsedOnce) {
  DebeziumDecoder decoder(transactions_format());
  Arena arena;
  for (const FixtureRecord& record : records_) {
    ASSERT_TRUE(decoder.decode(record.key, record.value, arena).ok());
    arena.reset();
  }
  const bool has_schemas = records_.front().value->starts_with("{\"schema\":");
  EXPECT_EQ(decoder.statistics().schema_prefix_misses, has_schemas ? 1u : 0u);
  EXPECT_EQ(decoder.statistics().schema_prefix_hits > 100, has_schemas);
}

TEST_P(Fixtures, TheRowsAddUpToWhatSqlSaid) {
  std::ifstream truth(TALLYMILL_SOURCE_DIR "/../shared/fixtures/truth_spend_per_user.csv");
  if (!truth) GTEST_SKIP() << "the shared truth is not there";
  const std::map<GroupKey, Group> totals = totals_of(table_at_the_end(records_));
  std::string line;
  std::getline(truth, line);
  int groups = 0;
  while (std::getline(truth, line)) {
    std::istringstream cells(line);
    std::string user, unit, minute, count, sum;
    for (std::string* cell : {&user, &unit, &minute, &count, &sum}) std::getline(cells, *cell, ',');
    const auto start = topology::parse_instant(minute);
    ASSERT_TRUE(start.has_value()) << line;
    const auto group = totals.find({user, unit, start->seconds});
    ASSERT_NE(group, totals.end()) << line;
    EXPECT_EQ(std::to_string(group->second.count), count) << line;
    EXPECT_EQ(group->second.sum, Decimal::from_text(sum.empty() ? "0" : sum).value()) << line;
    ++groups;
  }
  EXPECT_GT(groups, 80);
}

INSTANTIATE_TEST_SUITE_P(Recorded, Fixtures,
                         testing::Values("schemas.jsonl", "no_schemas.jsonl", "decimal_string.jsonl",
                                         "flattened_with_schemas.jsonl"),
                         [](const auto& file) {
                           const std::string name = file.param;
                           return name.substr(0, name.find('.'));
                         });

}  // namespace
}  // namespace tallymill::tests
