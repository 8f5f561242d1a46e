#include "processor/admin/routes.h"

#include <algorithm>
#include <array>

#include "processor/admin/console_assets.h"
#include "processor/admin/counts_json.h"
#include "processor/admin/samples_json.h"
#include "processor/admin/time_json.h"
#include "processor/codec/json_writer.h"
#include "processor/metrics/collector.h"
#include "processor/plan_json.h"
#include "processor/runtime/watchdog.h"
#include "topology/base/invariant.h"

namespace tallymill::processor {

using topology::EventTime;

namespace {

constexpr std::string_view json = "application/json";
constexpr std::string_view text = "text/plain; charset=utf-8";
constexpr std::string_view prometheus_text = "text/plain; version=0.0.4; charset=utf-8";

/// Without an answer for so long the brokers are away: a broker's own fail-over takes less.
constexpr std::int64_t answer_age_max_us = 10'000'000;
constexpr std::int64_t ready_quiet_max_us = 10'000'000;

std::string seconds_text(std::int64_t microseconds) { return std::to_string(microseconds / 1'000'000) + " s"; }

void append_task(JsonWriter& writer, const topology::Plan& plan, std::uint32_t worker,
                 const TaskReport& task) {
  const bool is_running = task.phase == TaskReport::Phase::running;
  writer.open('{').name("worker").number(worker);
  writer.name("sub_topology").text(plan.sub_topologies[task.id.sub_topology.value].name);
  writer.name("topic").text(task.input.topic).name("partition").number(task.input.partition.value);
  writer.name("state").text(is_running ? "running" : "restoring");
  writer.name("next_offset").number(task.next_offset.value).name("end_offset");
  task.end_offset ? writer.number(task.end_offset->value) : writer.null();
  write_time(writer, "stream_time", task.stream_time);
  write_time(writer, "watermark", task.watermark);
  writer.name("watermark_holder");
  if (task.watermark_holder) {
    writer.open('{')
        .name("sub_topology")
        .text(plan.sub_topologies[task.watermark_holder->sub_topology.value].name);
    writer.name("input").number(task.watermark_holder->input).close('}');
  } else {
    writer.null();
  }
  writer.name("commits").number(task.commit_number);
  writer.name("state_entries").number(task.state_entries).name("state_bytes").number(task.state_bytes);
  writer.name("restored_records").number(task.restored_records);
  writer.name("restore_position").number(task.restore_position.value);
  writer.name("restore_end").number(task.restore_end.value).close('}');
}

void append_worker(JsonWriter& writer, const WorkerReport& report) {
  writer.open('{').name("worker").number(report.worker);
  write_time(writer, "reported_at", report.reported_at);
  writer.name("in_group").boolean(report.is_in_group).name("member").text(report.member);
  writer.name("commits").number(report.commits).name("aborts").number(report.aborts);
  writer.name("producer_recreations").number(report.producer_recreations);
  writer.name("rebalances").number(report.rebalances);
  writer.name("partitions_lost").number(report.partitions_lost).close('}');
}

}  // namespace

Routes::Routes(const ServedParts& parts) : parts_(parts), started_(parts.clock.now()) {
  for (const ListenerSettings& peer : parts_.config.settings.admin_peers)
    peers_.push_back(address_text(peer));
}

Response Routes::get(Audience audience, std::string_view path) const {
  struct Route {
    std::string_view path;
    Audience audience;
    Response (Routes::*answer)() const;
  };
  static constexpr auto routes = std::to_array<Route>({
      {"/livez", Audience::everyone, &Routes::livez},
      {"/readyz", Audience::everyone, &Routes::readyz},
      {"/metrics", Audience::everyone, &Routes::metrics},
      {"/version", Audience::everyone, &Routes::version},
      {"/topology", Audience::operators, &Routes::topology},
      {"/tasks", Audience::operators, &Routes::tasks},
      {"/results", Audience::operators, &Routes::results},
      {"/letters", Audience::operators, &Routes::letters},
      {"/config", Audience::operators, &Routes::config},
      {"/console", Audience::operators, &Routes::console},
      {"/", Audience::operators, &Routes::root},
  });
  std::string known;
  for (const Route& route : routes) {
    if (route.audience == Audience::operators && audience == Audience::everyone) continue;
    if (route.path == path) return (this->*route.answer)();
    known += " " + std::string(route.path);
  }
  if (audience == Audience::operators) {
    if (const ConsoleAsset* asset = find_console_asset(path))
      return {200, asset->content_type, std::string(asset->body), {}};
  }
  return {404, text, "no such path; there are" + known + "\n"};
}

WorkerReports Routes::reports() const {
  WorkerReports all;
  for (const auto& slot : parts_.engine.reports()) {
    if (auto report = slot->latest()) all.push_back(std::move(report));
  }
  return all;
}

Response Routes::livez() const {
  // A worker that waits for brokers beats: they are no reason to start the process again.
  for (std::size_t i = 0; i < parts_.engine.pulses().size(); ++i) {
    const topology::Duration quiet = parts_.engine.pulses()[i]->quiet();
    if (quiet <= quiet_max) continue;
    return {503, text,
            "worker " + std::to_string(i) + " has not come round for " + seconds_text(quiet.microseconds) + "\n"};
  }
  return {200, text, "live\n"};
}

std::vector<std::string> Routes::reasons_not_ready() const {
  std::vector<std::string> reasons;
  if (parts_.engine.layout() == nullptr) reasons.emplace_back("brokers or source topics are waited for");
  for (std::size_t i = 0; i < parts_.engine.reports().size(); ++i) {
    const auto report = parts_.engine.reports()[i]->latest();
    const std::string worker = "worker " + std::to_string(i);
    if (report == nullptr || !report->is_in_group) {
      reasons.push_back(worker + " has not joined the group");
      continue;
    }
    const std::int64_t report_age_us =
        parts_.clock.steady().microseconds - report->reported_at_steady.microseconds;
    const std::int64_t answer_age_us = report->since_answer.microseconds + report_age_us;
    const std::int64_t quiet_us = parts_.engine.pulses()[i]->quiet().microseconds;
    if (quiet_us > ready_quiet_max_us) {
      reasons.push_back(worker + " has not come round for " + seconds_text(quiet_us));
    } else if (answer_age_us > answer_age_max_us) {
      reasons.push_back(worker + " has had no answer from a broker for " + seconds_text(answer_age_us));
    }
    for (const TaskReport& task : report->tasks) {
      if (task.phase == TaskReport::Phase::running) continue;
      reasons.push_back(worker + " restores " + task.input.topic + "/" +
                        std::to_string(task.input.partition.value));
    }
  }
  return reasons;
}

Response Routes::readyz() const {
  const std::vector<std::string> reasons = reasons_not_ready();
  JsonWriter writer;
  writer.open('{').name("ready").boolean(reasons.empty()).texts("reasons", reasons).close('}');
  return {reasons.empty() ? 200U : 503U, json, writer.result() + "\n"};
}

Response Routes::metrics() const {
  return {200, prometheus_text,
          metrics_text(collect_metrics(parts_.plan, reports(), parts_.engine.reports().size(), started_,
                                       parts_.clock))};
}

Response Routes::version() const {
  JsonWriter writer;
  writer.open('{').name("version").text(TALLYMILL_VERSION).name("topology").text(parts_.plan.name).close('}');
  return {200, json, writer.result() + "\n"};
}

Response Routes::topology() const {
  JsonWriter writer;
  writer.open('{');
  write_plan(parts_.plan, writer);
  write_counts(parts_.plan, sum_of(parts_.plan, reports()), parts_.clock.now(), writer);
  writer.close('}');
  return {200, json, writer.result() + "\n"};
}

Response Routes::tasks() const {
  JsonWriter writer;
  const WorkerReports all = reports();
  writer.open('{');
  write_time(writer, "at", parts_.clock.now());
  const std::vector<std::string> reasons = reasons_not_ready();
  writer.name("ready").boolean(reasons.empty()).texts("reasons", reasons);
  writer.name("workers").open('[');
  for (const auto& report : all) append_worker(writer, *report);
  writer.close(']').name("tasks").open('[');
  for (const auto& report : all) {
    for (const TaskReport& task : report->tasks) append_task(writer, parts_.plan, report->worker, task);
  }
  writer.close(']').close('}');
  return {200, json, writer.result() + "\n"};
}

Response Routes::results() const {
  JsonWriter writer;
  writer.open('{');
  write_time(writer, "at", parts_.clock.now());
  write_results(parts_.plan, reports(), writer);
  writer.close('}');
  return {200, json, writer.result() + "\n"};
}

Response Routes::letters() const {
  const WorkerReports all = reports();
  JsonWriter writer;
  writer.open('{');
  write_time(writer, "at", parts_.clock.now());
  write_letters(parts_.plan, all, sum_of(parts_.plan, all), writer);
  writer.close('}');
  return {200, json, writer.result() + "\n"};
}

Response Routes::root() const {
  return {302, text, "the console is at /console\n", {{"Location", "/console"}}};
}

Response Routes::console() const {
  const ConsoleAsset* page = find_console_asset("/console/index.html");
  INVARIANT(page != nullptr, "the console's page is not in the binary");
  // Nothing but what this listener serves may be loaded, and only the other instances asked.
  std::string policy =
      "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; connect-src 'self'";
  for (const std::string& peer : peers_) policy += " http://" + peer;
  return {200, page->content_type, std::string(page->body), {{"Content-Security-Policy", policy}}};
}

bool Routes::may_read_from(std::string_view origin) const {
  constexpr std::string_view scheme = "http://";
  return origin.starts_with(scheme) &&
         std::ranges::find(peers_, origin.substr(scheme.size())) != peers_.end();
}

Response Routes::config() const {
  JsonWriter writer;
  writer.open('{');
  for (const auto& [path, value] : parts_.config.scrubbed) writer.name(path).text(value);
  writer.close('}');
  return {200, json, writer.result() + "\n"};
}

}  // namespace tallymill::processor
