#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "processor/commands/run.h"
#include "processor/local/broker.h"

namespace tallymill::processor {

class FixedClock final : public topology::Clock {
 public:
  topology::EventTime now() const override { return time; }
  topology::Duration steady() const override { return uptime; }
  topology::EventTime time{1'795'622'400'000'000};
  topology::Duration uptime{100'000'000};
};

/// Topics of a broker in memory; nothing else is asked for before an engine runs.
class TopicsOnly final : public Connector {
 public:
  explicit TopicsOnly(LocalBroker& broker) : broker_(broker) {}
  topology::Result<WorkerConnections> connect_worker(std::uint32_t, Pulse&) override;
  topology::Result<std::unique_ptr<Topics>> connect_topics() override {
    return std::unique_ptr<Topics>(std::make_unique<LocalTopics>(broker_));
  }
  topology::Result<std::unique_ptr<ChangelogReader>> connect_changelogs() override;

 private:
  LocalBroker& broker_;
};

/// An engine that is prepared, with two workers whose reports the tests write.
class AdminFixture : public testing::Test {
 protected:
  AdminFixture();
  /// A report in which everything has happened. Worker 0 runs partition 0 and restores 1, worker 1 likewise 2
  /// and 3.
  std::shared_ptr<WorkerReport> busy_report(std::uint32_t worker) const;
  ServedParts parts() { return {*plan_, config_, *engine_, clock_, log_}; }

  FixedClock clock_;
  SilentEventLog log_;
  LocalBroker broker_;
  TopicsOnly connector_{broker_};
  std::atomic<bool> stop_{false};
  std::optional<topology::Plan> plan_;
  EngineConfig config_;
  std::unique_ptr<Engine> engine_;
};

}  // namespace tallymill::processor
