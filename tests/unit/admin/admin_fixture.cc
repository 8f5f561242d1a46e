#include "tests/unit/admin/admin_fixture.h"

#include "ops/operator_catalog.h"
#include "processor/local/local_changelog_reader.h"
#include "processor/local/local_sink.h"
#include "processor/local/local_source.h"

namespace tallymill::processor {

topology::Result<WorkerConnections> TopicsOnly::connect_worker(std::uint32_t worker, Pulse&) {
  static const FixedClock clock;
  WorkerConnections connections;
  connections.source = std::make_unique<LocalSource>(broker_);
  connections.sink = std::make_unique<LocalSink>(broker_, "admin-" + std::to_string(worker), clock);
  connections.changelogs = std::make_unique<LocalChangelogReader>(broker_);
  connections.topics = std::make_unique<LocalTopics>(broker_);
  return connections;
}

topology::Result<std::unique_ptr<ChangelogReader>> TopicsOnly::connect_changelogs() {
  return std::unique_ptr<ChangelogReader>(std::make_unique<LocalChangelogReader>(broker_));
}

AdminFixture::AdminFixture() {
  topology::Diagnostics diagnostics;
  plan_ = topology::load_topology(R"(version: 1
name: admin
sources:
  payments:
    topic: cdc.payments
    primary_key: [id]
    columns: { id: string, user: string, amount: decimal }
pipelines:
  totals:
    from: payments
    steps:
      - aggregate: { by: [user], compute: { total: sum(amount) } }
    to: { topic: totals }
)",
                                  "admin.yaml", ".", ops::operator_catalog(), diagnostics)
              .plan;
  EXPECT_TRUE(plan_.has_value()) << diagnostics.to_text();
  broker_.create_topic("cdc.payments", 4);
  config_.settings.workers = 2;
  config_.settings.http = {"127.0.0.1", 0};
  config_.settings.admin = {"127.0.0.1", 0};
  config_.scrubbed = {{"workers", "2"}, {"admin.token", "(secret)"}};
  engine_ = std::make_unique<Engine>(*plan_, config_.settings, connector_, clock_, log_, stop_);
}

std::shared_ptr<WorkerReport> AdminFixture::busy_report(std::uint32_t worker) const {
  auto report = std::make_shared<WorkerReport>();
  report->worker = worker;
  report->reported_at = clock_.now();
  report->reported_at_steady = clock_.steady();
  report->is_in_group = true;
  report->sub_topologies.resize(plan_->sub_topologies.size());
  for (SubTopologyCounters& counters : report->sub_topologies) {
    counters.consumed_records = 10;
    counters.consumed_bytes = 1'000;
    counters.fates.read = 10;
    counters.fates.records = {9, 0, 1, 0, 0, 0};
    counters.fates.observations[0] = 2;
    const CountedPlaces places = CountedPlaces::of(*plan_);
    counters.fates.pipelines.resize(places.pipelines.size());
    counters.fates.pipelines[0] = {9, {9, 0, 0, 0}};
    counters.fates.steps.resize(places.steps.size());
    counters.fates.steps[*places.find("totals", "aggregate results")] = {8, {7, 0, 0, 1}};
  }
  report->produced_records = {{"totals", 5}};
  report->samples.dead_by_reason = {{"wrong_type", 3}};
  report->commits = 3;
  report->aborts = 1;
  report->commit_seconds.observe({20'000});
  report->end_to_end_seconds.observe({200'000}, 9);
  TaskReport running;
  running.id.input = 2 * worker;
  running.input = {"cdc.payments", topology::Partition(static_cast<std::int32_t>(2 * worker))};
  running.phase = TaskReport::Phase::running;
  running.next_offset = topology::Offset(40);
  running.end_offset = topology::Offset(50);
  running.unstable_records = 3;
  running.watermark = {clock_.now().microseconds - 5'000'000};
  running.state_entries = 7;
  running.state_bytes = 70;
  TaskReport restoring = running;
  restoring.id.input = 2 * worker + 1;
  restoring.input.partition = topology::Partition(static_cast<std::int32_t>(2 * worker + 1));
  restoring.phase = TaskReport::Phase::restoring;
  restoring.restore_position = topology::Offset(100);
  restoring.restore_end = topology::Offset(400);
  report->tasks = {running, restoring};
  return report;
}

}  // namespace tallymill::processor
