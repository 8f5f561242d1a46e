#include "processor/runtime/plan_registry.h"

#include <gtest/gtest.h>

#include "ops/operator_catalog.h"
#include "tests/driver/driver_fixture.h"

namespace tallymill::driver {
namespace {

using processor::Durability;
using processor::PartitionLayout;
using topology::ErrorCode;

struct Variant {
  std::string filter = "amount > 0";
  std::string output = "totals";
  std::string last_filter = "total > 0";
};

topology::Plan plan_of(const Variant& variant) {
  const std::string text = R"(version: 1
name: registry
sources:
  payments:
    topic: cdc.payments
    primary_key: [id]
    columns: { id: string, user: string, amount: decimal }
pipelines:
  totals:
    from: payments
    steps:
      - filter: )" + variant.filter +
                           R"(
      - aggregate: { by: [user], compute: { total: sum(amount) } }
      - name: late_filter
        filter: )" + variant.last_filter +
                           R"(
    to: { topic: )" + variant.output +
                           " }\n";
  topology::Diagnostics diagnostics;
  auto loaded = topology::load_topology(text, "registry.yaml", ".", ops::operator_catalog(), diagnostics);
  EXPECT_TRUE(loaded.plan.has_value()) << diagnostics.to_text();
  return std::move(*loaded.plan);
}

/// A sink of which no transaction is committed, as where the right to write is missing.
class RefusedSink final : public processor::TransactionalSink {
 public:
  RefusedSink(std::unique_ptr<processor::TransactionalSink> sink, std::optional<topology::Error> cause)
      : sink_(std::move(sink)), cause_(std::move(cause)) {}

  topology::Status begin() override { return sink_->begin(); }
  topology::Status produce(const processor::OutputRecord& record) override { return sink_->produce(record); }
  topology::Status send_offsets(const processor::Offsets& offsets, const processor::GroupMetadata& group) override {
    return sink_->send_offsets(offsets, group);
  }
  processor::CommitOutcome commit() override {
    EXPECT_TRUE(sink_->abort());
    return processor::CommitOutcome::aborted;
  }
  std::optional<topology::Error> commit_failure() const override { return cause_; }
  topology::Status abort() override { return sink_->abort(); }
  topology::Status recreate() override { return sink_->recreate(); }
  std::uint64_t recreations() const override { return sink_->recreations(); }

 private:
  std::unique_ptr<processor::TransactionalSink> sink_;
  std::optional<topology::Error> cause_;
};

/// A group that starts topologies one after the other on the same broker.
class PlanRegistry : public testing::Test {
 protected:
  topology::Status start(const Variant& variant, std::int32_t partitions = 2) {
    const topology::Plan plan = plan_of(variant);
    broker_.create_topic("cdc.payments", partitions);
    broker_.create_topic(plan.plan_topic(), 1);
    auto layout = PartitionLayout::make(plan, topics_, Durability::changelogs);
    EXPECT_TRUE(layout.ok());
    processor::WorkerConnections connections;
    connections.sink = std::make_unique<processor::LocalSink>(broker_, "registry-0", clock_);
    if (is_refused_) connections.sink = std::make_unique<RefusedSink>(std::move(connections.sink), refusal_);
    connections.changelogs = std::make_unique<processor::LocalChangelogReader>(broker_);
    connections.topics = std::make_unique<processor::LocalTopics>(broker_);
    return register_plan(plan, *layout, connections, stop_);
  }

  ManualClock clock_;
  processor::LocalBroker broker_;
  processor::LocalTopics topics_{broker_};
  std::atomic<bool> stop_{false};
  bool is_refused_ = false;  ///< no commit counts from now on
  std::optional<topology::Error> refusal_;
};

TEST_F(PlanRegistry, TheSamePlanStartsAgain) {
  ASSERT_TRUE(start({}));
  EXPECT_TRUE(start({}));
  const std::string member = broker_.join();
  EXPECT_TRUE(start({})) << "beside a running instance too";
}

TEST_F(PlanRegistry, APlanThatWouldReadTheStateOtherwiseIsRefusedAndTheLineIsNamed) {
  ASSERT_TRUE(start({}));
  const auto status = start({.filter = "amount > 10"});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::plan_differs);
  EXPECT_NE(status.error().message.find("amount > 10"), std::string::npos) << status.error().message;
  EXPECT_NE(status.error().message.find("amount > 0"), std::string::npos) << status.error().message;
  EXPECT_TRUE(start({})) << "what is stored stayed";
}

TEST_F(PlanRegistry, WhatNoStateDependsOnMayChangeWhileNobodyRuns) {
  ASSERT_TRUE(start({}));
  const std::string member = broker_.join();
  const auto status = start({.last_filter = "total > 100"});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::plan_differs);
  EXPECT_NE(status.error().message.find("running under the same name"), std::string::npos)
      << status.error().message;
  broker_.leave(member);
  EXPECT_TRUE(start({.output = "other-totals", .last_filter = "total > 100"}));
  EXPECT_TRUE(start({.output = "other-totals", .last_filter = "total > 100"}));
}

TEST_F(PlanRegistry, APlanThatDoesNotStandThereIsNotRegistered) {
  is_refused_ = true;
  const auto passing = start({});
  ASSERT_FALSE(passing) << "another topology could write into the same state";
  EXPECT_EQ(passing.error().code, ErrorCode::broker_unreachable) << "it is tried again";
  refusal_ = topology::Error{ErrorCode::not_authorized, "the brokers refuse access to topic registry.plan", ""};
  const auto final_one = start({});
  ASSERT_FALSE(final_one);
  EXPECT_EQ(final_one.error().code, ErrorCode::not_authorized);
  is_refused_ = false;
  EXPECT_TRUE(start({}));
}

TEST_F(PlanRegistry, AnotherNumberOfPartitionsIsRefused) {
  ASSERT_TRUE(start({}, 2));
  const auto status = start({}, 3);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::partition_count_changed);
  EXPECT_NE(status.error().message.find("was: cdc.payments 2; is: cdc.payments 3"), std::string::npos)
      << status.error().message;
}

}  // namespace
}  // namespace tallymill::driver
