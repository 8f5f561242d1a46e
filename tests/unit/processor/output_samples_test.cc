#include "processor/runtime/output_samples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ops/operator_catalog.h"

namespace tallymill::processor {
namespace {

using testing::HasSubstr;
using testing::Not;

class FixedClock final : public topology::Clock {
 public:
  topology::EventTime now() const override { return {1'795'622'400'000'000}; }
  topology::Duration steady() const override { return {}; }
};

topology::Plan plan_with(std::string_view card_column) {
  topology::Diagnostics diagnostics;
  const std::string text = R"(version: 1
name: samples
sources:
  payments:
    topic: cdc.payments
    primary_key: [id]
    columns: { id: string, user: string, card: )" +
                           std::string(card_column) + R"(, amount: decimal }
pipelines:
  users:
    from: payments
    steps:
      - aggregate: { by: [user], compute: { total: sum(amount), card: max(card) } }
    to: { topic: users }
  cards:
    from: payments
    steps:
      - aggregate: { by: [card], compute: { total: sum(amount) } }
    to: { topic: cards, key_format: string }
)";
  auto plan = topology::load_topology(text, "samples.yaml", ".", ops::operator_catalog(), diagnostics).plan;
  EXPECT_TRUE(plan.has_value()) << diagnostics.to_text();
  return std::move(*plan);
}

class OutputSamplesTest : public testing::Test {
 protected:
  void restart(std::string_view card_column) {
    plan_ = plan_with(card_column);
    samples_.emplace(*plan_, clock_);
  }
  void SetUp() override { restart("string"); }

  /// A record of an output topic; the plan's own text of the topic's name, as the sink gives it.
  OutputRecord record(std::size_t topic, std::string_view key, std::optional<std::string_view> value) const {
    return {output_topics(*plan_)[topic].branch->topic, topology::Partition(0), key, value, {}};
  }
  void take(const std::vector<OutputRecord>& records, std::uint32_t task = 0, std::size_t task_count = 1) {
    samples_->take({topology::SubTopologyIndex(1), task}, records, task_count);
  }
  const ResultSamples& results(std::size_t topic) {
    report_ = samples_->report();
    return report_.results.at(topic);
  }

  static constexpr std::size_t cards = 0;  // topics are sorted by name
  static constexpr std::size_t users = 1;
  FixedClock clock_;
  std::optional<topology::Plan> plan_;
  std::optional<OutputSamples> samples_;
  OutputSampleReport report_;
};

TEST_F(OutputSamplesTest, KeepsTheNewestValueOfEachKeyInOrder) {
  take({record(users, R"({"user":"ann"})", "{\"total\":1}"),
        record(users, R"({"user":"bob"})", "{\"total\":2}")});
  take({record(users, R"({"user":"ann"})", "{\"total\":3}")});
  const ResultSamples& kept = results(users);
  ASSERT_EQ(kept.rows.size(), 2U);
  EXPECT_EQ(kept.rows.front()->key, R"({"user":"bob"})");
  EXPECT_EQ(kept.rows.back()->value, "{\"total\":3}");
  EXPECT_EQ(kept.committed_rows, 3U);
  EXPECT_EQ(kept.skipped_rows, 0U);
}

TEST_F(OutputSamplesTest, ARowThatEndedIsSaidToHaveEnded) {
  take({record(users, R"({"user":"ann"})", "{}")});
  take({record(users, R"({"user":"ann"})", std::nullopt)});
  ASSERT_EQ(results(users).rows.size(), 1U);
  EXPECT_EQ(results(users).rows.front()->value, std::nullopt);
}

TEST_F(OutputSamplesTest, IsBoundedHoweverManyKeysThereAre) {
  std::vector<std::string> keys;
  for (int i = 0; i < 1'000; ++i) keys.push_back("{\"user\":\"" + std::to_string(i) + "\"}");
  for (const std::string& key : keys) take({record(users, key, "{}")});
  EXPECT_EQ(results(users).rows.size(), OutputSamples::rows_max);
  EXPECT_EQ(results(users).rows.back()->key, keys.back());
  EXPECT_EQ(results(users).committed_rows, 1'000U);
}

TEST_F(OutputSamplesTest, WhatALargeCommitMayHaveReplacedIsForgotten) {
  take({record(users, R"({"user":"old"})", "{\"total\":1}")});
  take({record(users, R"({"user":"other task"})", "{}")}, 1);
  std::vector<std::string> keys;
  std::vector<OutputRecord> records = {record(users, R"({"user":"old"})", "{\"total\":2}")};
  for (int i = 0; i < 300; ++i) keys.push_back("{\"user\":\"" + std::to_string(i) + "\"}");
  for (const std::string& key : keys) records.push_back(record(users, key, "{}"));
  take(records, 0, 4);
  const ResultSamples& kept = results(users);
  EXPECT_EQ(kept.rows.size(), 1 + OutputSamples::rows_max / 4) << "four tasks share what is kept of a commit";
  EXPECT_EQ(kept.rows.front()->key, R"({"user":"other task"})");
  EXPECT_EQ(kept.rows.back()->key, keys.back());
  EXPECT_EQ(kept.skipped_rows, 301 - OutputSamples::rows_max / 4);
}

TEST_F(OutputSamplesTest, ARowThatIsTooLargeIsNotKeptAndNoOlderOneEither) {
  take({record(users, R"({"user":"ann"})", "{}")});
  const std::string large(OutputSamples::row_bytes_max + 1, 'x');
  take({record(users, R"({"user":"ann"})", large)});
  EXPECT_TRUE(results(users).rows.empty());
  EXPECT_EQ(results(users).skipped_rows, 1U);
}

TEST_F(OutputSamplesTest, ForgetsTheRowsOfATaskThatLeaves) {
  take({record(users, R"({"user":"ann"})", "{}")}, 0);
  take({record(users, R"({"user":"bob"})", "{}")}, 1);
  samples_->forget({topology::SubTopologyIndex(1), 0});
  ASSERT_EQ(results(users).rows.size(), 1U);
  EXPECT_EQ(results(users).rows.front()->key, R"({"user":"bob"})");
}

TEST_F(OutputSamplesTest, SensitiveColumnsAreMaskedInKeysValuesLettersAndLateRecords) {
  restart("{ type: string, sensitive: true }");
  take({record(users, R"({"user":"ann"})", R"({"user":"ann","total":"1","card":"4111"})"),
        record(cards, "4111", R"({"card":"4111","total":"1"})"), record(cards, "4222", std::nullopt)});
  EXPECT_EQ(results(users).rows.front()->value, R"({"user":"ann","total":"1","card":"***"})");
  ASSERT_EQ(results(cards).rows.size(), 2U) << "keys that look the same are not";
  EXPECT_EQ(results(cards).rows.front()->key, "\"***\"");
  EXPECT_EQ(results(cards).rows.front()->value, R"({"card":"***","total":"1"})");
  EXPECT_NE(results(cards).rows.front()->id, results(cards).rows.back()->id);

  const std::vector<Header> headers = {{"tallymill.reason", "wrong_type"}, {"tallymill.offset", "7"}};
  take({{plan_->dead_letter_topic, topology::Partition(0), "4111", "{\"kreditkarte\":\"4111\"}", headers},
        {plan_->late_topic,
         topology::Partition(0),
         {},
         R"({"after":{"group":{"c":"4111"},"columns":{"d":"4111"}}})",
         {}}});
  report_ = samples_->report();
  EXPECT_EQ(report_.dead_letters.front()->offset, "7");
  EXPECT_EQ(report_.dead_letters.front()->key + report_.dead_letters.front()->value, "");
  EXPECT_EQ(report_.late.front()->json, R"({"after":{"group":"***","columns":"***"}})");
}

TEST_F(OutputSamplesTest, DeadLettersAreCountedByReasonAndBoundedAndCutAsText) {
  const std::vector<Header> headers = {{"tallymill.reason", "wrong_type"}};
  const std::vector<Header> others = {{"tallymill.reason", "late_key"}};
  const std::string long_text = std::string(OutputSamples::excerpt_bytes_max - 1, 'x') + "\u00e4 and more";
  std::vector<OutputRecord> records;
  for (std::size_t i = 0; i < 100; ++i) {
    records.push_back({plan_->dead_letter_topic, topology::Partition(0), "\xff\xfe", long_text, headers});
  }
  records.push_back({plan_->dead_letter_topic, topology::Partition(0), {}, {}, others});
  take(records);
  report_ = samples_->report();
  EXPECT_EQ(report_.dead_by_reason.at("wrong_type"), 100U);
  EXPECT_EQ(report_.dead_by_reason.at("late_key"), 1U);
  ASSERT_EQ(report_.dead_letters.size(), OutputSamples::letters_max);
  EXPECT_EQ(report_.dead_letters.back()->reason, "late_key");
  EXPECT_EQ(report_.dead_letters.front()->key, "(2 bytes that are no text)");
  EXPECT_EQ(report_.dead_letters.front()->value,
            std::string(OutputSamples::excerpt_bytes_max - 1, 'x') + "\u2026")
      << "no half of a character";
}

}  // namespace
}  // namespace tallymill::processor
