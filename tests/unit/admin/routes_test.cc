#include "processor/admin/routes.h"

#include "processor/codec/json_tree.h"
#include "processor/metrics/collector.h"
#include "processor/metrics/metric_table.h"
#include "tests/unit/admin/admin_fixture.h"

namespace tallymill::processor {
namespace {

class RoutesTest : public AdminFixture {
 protected:
  Response get(std::string_view path, Audience audience = Audience::operators) {
    if (!routes_) routes_.emplace(parts());
    return routes_->get(audience, path);
  }
  bool metrics_have(std::string_view line) {
    return ("\n" + get("/metrics").body).find("\n" + std::string(line) + "\n") != std::string::npos;
  }

 private:
  std::optional<Routes> routes_;
};

TEST_F(RoutesTest, IsReadyWhenBrokersAnsweredAllJoinedAndNothingIsRestored) {
  EXPECT_EQ(get("/readyz").status, 503U);
  EXPECT_NE(get("/readyz").body.find("waited for"), std::string::npos);
  EXPECT_EQ(get("/livez").status, 200U) << "it waits, and starting it again would not help";
  ASSERT_TRUE(engine_->prepare());
  EXPECT_NE(get("/readyz").body.find("worker 0 has not joined the group"), std::string::npos);
  for (std::uint32_t worker : {0, 1}) engine_->reports()[worker]->publish(busy_report(worker));
  EXPECT_NE(get("/readyz").body.find("worker 1 restores cdc.payments/3"), std::string::npos);
  for (std::uint32_t worker : {0, 1}) {
    auto report = busy_report(worker);
    report->tasks.clear();
    engine_->reports()[worker]->publish(report);
  }
  EXPECT_EQ(get("/readyz").status, 200U) << "an empty assignment is ready";
}

TEST_F(RoutesTest, IsLiveWhileEveryWorkerComesRound) {
  Pulse& pulse = *engine_->pulses()[0];
  const auto look_after = [&](std::int64_t seconds) {
    for (std::int64_t i = 0; i < seconds; ++i) (void)pulse.look({1'000'000});
  };
  look_after(70);
  EXPECT_EQ(get("/livez").status, 200U) << "a worker that has not begun is not missed";
  pulse.begin();
  look_after(60);
  EXPECT_EQ(get("/livez").status, 200U);
  clock_.time.microseconds += 3'600'000'000;
  EXPECT_EQ(get("/livez").status, 200U) << "the wall clock tells nothing";
  look_after(1);
  EXPECT_EQ(get("/livez").status, 503U);
  EXPECT_EQ(get("/livez").body, "worker 0 has not come round for 61 s\n");
  pulse.beat();
  look_after(1);
  EXPECT_EQ(get("/livez").status, 200U);
}

TEST_F(RoutesTest, IsReadyWhileBrokersAnswerAndWorkersComeRound) {
  ASSERT_TRUE(engine_->prepare());
  const auto publish = [&](std::int64_t since_answer_us) {
    for (std::uint32_t worker : {0, 1}) {
      auto report = busy_report(worker);
      report->tasks.clear();
      report->since_answer = {since_answer_us};
      engine_->reports()[worker]->publish(report);
    }
  };
  publish(9'000'000);
  EXPECT_EQ(get("/readyz").status, 200U);
  clock_.uptime.microseconds += 2'000'000;
  EXPECT_NE(get("/readyz").body.find("worker 1 has had no answer from a broker for 11 s"), std::string::npos)
      << "a report gets older too";
  EXPECT_TRUE(metrics_have("tallymill_broker_answer_age_seconds{topology=\"admin\",worker=\"1\"} 11"));
  EXPECT_EQ(get("/livez").status, 200U) << "an outage of the brokers is no reason to start again";
  publish(0);
  engine_->pulses()[0]->begin();
  for (int i = 0; i < 11; ++i) (void)engine_->pulses()[0]->look({1'000'000});
  EXPECT_NE(get("/readyz").body.find("worker 0 has not come round for 11 s"), std::string::npos);
}

TEST_F(RoutesTest, MetricsAreExactlyThoseOfTheTable) {
  ASSERT_TRUE(engine_->prepare());
  for (std::uint32_t worker : {0, 1}) engine_->reports()[worker]->publish(busy_report(worker));
  const std::string text = get("/metrics").body;
  std::size_t families = 0;
  for (std::size_t at = text.find("# TYPE "); at != std::string::npos; at = text.find("# TYPE ", at + 1))
    ++families;
  EXPECT_EQ(families, metric_table().size());
  for (const MetricSpec& spec : metric_table()) {
    EXPECT_NE(text.find("# HELP " + std::string(spec.name) + " " + std::string(spec.help) + "\n"),
              std::string::npos)
        << spec.name;
  }
}

TEST_F(RoutesTest, MetricsHaveTheTypesAndLabelsOfTheTable) {
  ASSERT_TRUE(engine_->prepare());
  const auto families = collect_metrics(*plan_, {busy_report(0)}, 2, clock_.now(), clock_);
  for (const prometheus::MetricFamily& family : families) {
    const MetricSpec& spec = metric_spec(family.name);
    EXPECT_EQ(family.type == prometheus::MetricType::Counter, spec.type == MetricType::counter) << spec.name;
    EXPECT_EQ(family.type == prometheus::MetricType::Counter, family.name.ends_with("_total")) << spec.name;
    EXPECT_EQ(family.type == prometheus::MetricType::Histogram, spec.type == MetricType::histogram)
        << spec.name;
    for (const prometheus::ClientMetric& metric : family.metric) {
      std::string labels;
      for (const auto& label : metric.label) labels += (labels.empty() ? "" : " ") + label.name;
      EXPECT_EQ(labels, "topology" + std::string(spec.labels.empty() ? "" : " ") + std::string(spec.labels))
          << spec.name;
    }
  }
}

TEST_F(RoutesTest, APartitionThatMovesIsCountedOnceAsLastSeen) {
  ASSERT_TRUE(engine_->prepare());
  auto before = busy_report(0);
  before->reported_at_steady.microseconds -= 1'000'000;
  before->tasks[1].restore_position = topology::Offset(0);
  auto after = busy_report(0);
  after->worker = 1;
  engine_->reports()[0]->publish(before);
  engine_->reports()[1]->publish(after);
  EXPECT_TRUE(metrics_have("tallymill_tasks{topology=\"admin\",state=\"running\"} 1"));
  EXPECT_TRUE(metrics_have("tallymill_state_bytes{topology=\"admin\",sub_topology=\"payments\"} 140"));
  EXPECT_TRUE(
      metrics_have("tallymill_restore_remaining_records{topology=\"admin\",sub_topology=\"payments\"} 300"));
  const std::string text = get("/metrics").body;
  const std::string_view series =
      "tallymill_input_lag_records{topology=\"admin\",topic=\"cdc.payments\",partition=\"0\"}";
  EXPECT_EQ(text.find(series), text.rfind(series)) << text;
}

TEST_F(RoutesTest, MetricsAreSummedOverWorkers) {
  ASSERT_TRUE(engine_->prepare());
  for (std::uint32_t worker : {0, 1}) engine_->reports()[worker]->publish(busy_report(worker));
  EXPECT_TRUE(
      metrics_have("tallymill_records_total{topology=\"admin\",source=\"payments\",fate=\"applied\"} 18"));
  EXPECT_TRUE(metrics_have("tallymill_dead_letters_total{topology=\"admin\",reason=\"wrong_type\"} 6"));
  EXPECT_TRUE(metrics_have("tallymill_produced_records_total{topology=\"admin\",topic=\"totals\"} 10"));
  EXPECT_TRUE(metrics_have("tallymill_aborts_total{topology=\"admin\"} 2"));
  EXPECT_TRUE(
      metrics_have("tallymill_images_total{topology=\"admin\",pipeline=\"totals\",fate=\"passed\"} 36"));
  EXPECT_TRUE(
      metrics_have("tallymill_step_images_total{topology=\"admin\",pipeline=\"totals\",step=\"aggregate "
                   "results\",fate=\"dead\"} 4"));
  EXPECT_TRUE(metrics_have("tallymill_tasks{topology=\"admin\",state=\"restoring\"} 2"));
  EXPECT_TRUE(
      metrics_have("tallymill_watermark_delay_seconds{topology=\"admin\",sub_topology=\"payments\"} 5"));
  EXPECT_TRUE(metrics_have(
      "tallymill_input_lag_records{topology=\"admin\",topic=\"cdc.payments\",partition=\"0\"} 10"));
  EXPECT_TRUE(
      metrics_have("tallymill_restore_remaining_records{topology=\"admin\",sub_topology=\"payments\"} 600"));
  EXPECT_TRUE(metrics_have(
      "tallymill_input_unstable_records{topology=\"admin\",topic=\"cdc.payments\",partition=\"0\"} 3"));
  EXPECT_TRUE(metrics_have("tallymill_commit_duration_seconds_bucket{topology=\"admin\",le=\"0.025\"} 2"));
  EXPECT_TRUE(metrics_have("tallymill_commit_duration_seconds_bucket{topology=\"admin\",le=\"0.01\"} 0"));
  EXPECT_TRUE(metrics_have("tallymill_end_to_end_latency_seconds_count{topology=\"admin\"} 18"));
}

TEST_F(RoutesTest, TheTopologyHasCountsOfAllWorkers) {
  EXPECT_NE(get("/topology").body.find("\"lag_records\":null"), std::string::npos) << "nothing is known yet";
  ASSERT_TRUE(engine_->prepare());
  for (std::uint32_t worker : {0, 1}) engine_->reports()[worker]->publish(busy_report(worker));
  const auto topology = parse_json_tree(get("/topology").body);
  ASSERT_TRUE(topology.has_value()) << get("/topology").body;
  EXPECT_EQ(topology->find("name")->text, "admin");
  const JsonTree& counts = *topology->find("counts");
  EXPECT_EQ(counts.find("at")->text, "2026-11-25T16:00:00.000000Z");
  const JsonTree& payments = counts.find("sub_topologies")->items.at(0);
  EXPECT_EQ(payments.find("name")->text, "payments");
  EXPECT_EQ(payments.find("consumed_records")->text, "20");
  EXPECT_EQ(payments.find("lag_records")->text, "40");
  EXPECT_EQ(payments.find("fates")->find("applied")->text, "18");
  EXPECT_EQ(payments.find("observations")->find("before_mismatch")->text, "4");
  EXPECT_EQ(counts.find("sub_topologies")->items.at(1).find("fates"), nullptr) << "partials have no fate";
  const JsonTree& totals = counts.find("pipelines")->items.at(0);
  EXPECT_EQ(totals.find("name")->text, "totals");
  EXPECT_EQ(totals.find("images")->text, "36");
  EXPECT_EQ(totals.find("fates")->find("passed")->text, "36");
  const std::vector<std::string> steps = {"aggregate", "aggregate results", "to"};
  ASSERT_EQ(totals.find("steps")->items.size(), steps.size());
  for (std::size_t i = 0; i < steps.size(); ++i)
    EXPECT_EQ(totals.find("steps")->items[i].find("name")->text, steps[i]);
  EXPECT_EQ(totals.find("steps")->items[1].find("fates")->find("dead")->text, "4");
}

TEST_F(RoutesTest, EveryoneSeesNeitherTasksNorSettings) {
  for (const std::string_view path : {"/tasks", "/topology", "/config", "/results", "/letters", "/",
                                      "/console", "/console/console.js", "/nothing", "", "/livez/"}) {
    EXPECT_EQ(get(path, Audience::everyone).status, 404U) << path;
  }
  EXPECT_EQ(get("/config").body, "{\"admin.token\":\"(secret)\",\"workers\":\"2\"}\n");
  EXPECT_NE(get("/topology").body.find("\"name\":\"admin\""), std::string::npos);
  engine_->reports()[0]->publish(busy_report(0));
  EXPECT_NE(get("/tasks").body.find("\"state\":\"restoring\",\"next_offset\":40,\"end_offset\":50"),
            std::string::npos)
      << get("/tasks").body;
  EXPECT_NE(get("/nothing").body.find("/tasks"), std::string::npos) << "it names what there is";
}

TEST_F(RoutesTest, ResultsAreRowsAsInTheTopicNewestFirst) {
  ASSERT_TRUE(engine_->prepare());
  auto report = busy_report(1);
  const auto row = [&](std::uint64_t id, std::string key, std::optional<std::string> value) {
    return std::make_shared<const ResultSample>(
        ResultSample{id, {}, clock_.now(), std::move(key), std::move(value)});
  };
  report->samples.results = {
      {7,
       1,
       {row(1, R"({"user":"ann"})", R"({"user":"ann","total":"1.50"})"), row(2, R"({"user":"bob"})", {})}}};
  engine_->reports()[1]->publish(report);
  const auto results = parse_json_tree(get("/results").body);
  ASSERT_TRUE(results.has_value()) << get("/results").body;
  EXPECT_EQ(results->find("rows_max")->text, "256");
  const JsonTree& totals = results->find("outputs")->items.at(0);
  EXPECT_EQ(totals.find("pipeline")->text, "totals");
  EXPECT_EQ(totals.find("columns")->items.at(0).find("name")->text, "user");
  EXPECT_EQ(totals.find("columns")->items.at(0).find("key")->text, "true");
  const JsonTree& worker = totals.find("workers")->items.at(0);
  EXPECT_EQ(worker.find("worker")->text, "1");
  EXPECT_EQ(worker.find("committed_rows")->text, "7");
  EXPECT_EQ(worker.find("skipped_rows")->text, "1");
  EXPECT_EQ(worker.find("rows")->items.at(0).find("value")->kind, JsonTree::Kind::null);
  EXPECT_EQ(worker.find("rows")->items.at(1).find("value")->find("total")->text, "1.50");
}

TEST_F(RoutesTest, LettersAreCountedOverWorkersAndTheNewestComeFirst) {
  ASSERT_TRUE(engine_->prepare());
  for (std::uint32_t worker : {0, 1}) {
    auto report = busy_report(worker);
    report->samples.dead_by_reason = {{"wrong_type", 2}};
    DeadLetterSample letter;
    letter.committed_at = {clock_.now().microseconds + worker};
    letter.reason = "wrong_type";
    letter.message = "worker " + std::to_string(worker);
    letter.offset = "12";
    report->samples.dead_letters = {std::make_shared<const DeadLetterSample>(letter)};
    report->samples.late = {std::make_shared<const LateSample>(LateSample{clock_.now(), "{\"lsn\":1}"})};
    report->sub_topologies[0].fates.pipelines[0].by_fate[2] = 4;
    engine_->reports()[worker]->publish(report);
  }
  const auto letters = parse_json_tree(get("/letters").body);
  ASSERT_TRUE(letters.has_value()) << get("/letters").body;
  const JsonTree& dead = *letters->find("dead_letters");
  EXPECT_EQ(dead.find("by_reason")->find("wrong_type")->text, "4");
  EXPECT_EQ(dead.find("newest")->items.at(0).find("message")->text, "worker 1");
  EXPECT_EQ(dead.find("newest")->items.at(0).find("offset")->text, "12");
  EXPECT_EQ(dead.find("newest")->items.at(0).find("topic")->kind, JsonTree::Kind::null);
  EXPECT_EQ(letters->find("late")->find("images_by_pipeline")->find("totals")->text, "8");
  EXPECT_EQ(letters->find("late")->find("newest")->items.at(0).find("record")->find("lsn")->text, "1");
}

TEST_F(RoutesTest, TheConsoleIsOnePageThatMayLoadNothingFromElsewhere) {
  config_.settings.admin_peers = {{"127.0.0.1", 9466}, {"::1", 9467}};
  EXPECT_EQ(get("/").status, 302U);
  EXPECT_EQ(get("/").headers.at(0).second, "/console");
  const Response page = get("/console");
  EXPECT_EQ(page.status, 200U);
  EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
  const std::string& policy = page.headers.at(0).second;
  EXPECT_TRUE(policy.starts_with("default-src 'self'; ")) << policy;
  EXPECT_TRUE(policy.ends_with("connect-src 'self' http://127.0.0.1:9466 http://[::1]:9467")) << policy;
  EXPECT_EQ(get("/console/console.js").content_type, "text/javascript; charset=utf-8");
  EXPECT_EQ(get("/console/console.css").content_type, "text/css; charset=utf-8");
  EXPECT_EQ(get("/console/").status, 404U);
  EXPECT_EQ(get("/console/../config").status, 404U);
}

}  // namespace
}  // namespace tallymill::processor
