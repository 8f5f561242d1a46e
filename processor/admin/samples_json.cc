#include "processor/admin/samples_json.h"

#include <algorithm>

#include "ops/fate.h"
#include "processor/admin/time_json.h"
#include "processor/runtime/output_samples.h"

namespace tallymill::processor {

namespace {

void write_columns(const OutputTopic& output, JsonWriter& json) {
  const auto& key = output.branch->key;
  json.name("columns").open('[');
  for (std::size_t i = 0; i < output.sink->type.size(); ++i) {
    const topology::Column& column = output.sink->type.columns[i];
    if (column.hidden) continue;
    json.open('{').name("name").text(column.name).name("type").text(column.type.text());
    json.name("key").boolean(std::ranges::find(key, i) != key.end());
    json.name("sensitive").boolean(column.sensitive).name("currency_column");
    column.currency.kind == topology::Currency::Kind::column ? json.text(column.currency.name) : json.null();
    json.close('}');
  }
  json.close(']');
}

void write_rows(const WorkerReport& report, const ResultSamples& samples, JsonWriter& json) {
  json.open('{').name("worker").number(report.worker);
  json.name("committed_rows").number(samples.committed_rows);
  json.name("skipped_rows").number(samples.skipped_rows);
  json.name("rows").open('[');
  for (auto row = samples.rows.rbegin(); row != samples.rows.rend(); ++row) {
    json.open('{').name("id").number((*row)->id);
    write_time(json, "committed_at", (*row)->committed_at);
    json.name("key").json((*row)->key).name("value");
    (*row)->value ? json.json(*(*row)->value) : json.null();
    json.close('}');
  }
  json.close(']').close('}');
}

struct SeenLetter {
  std::uint32_t worker;
  const DeadLetterSample* letter;
};
struct SeenLate {
  std::uint32_t worker;
  const LateSample* late;
};

void write_text_or_null(JsonWriter& json, std::string_view name, const std::string& text) {
  json.name(name);
  text.empty() ? json.null() : json.text(text);
}

void write_number_or_null(JsonWriter& json, std::string_view name, const std::string& digits) {
  json.name(name);
  digits.empty() ? json.null() : json.json(digits);
}

void write_dead_letter(const SeenLetter& seen, JsonWriter& json) {
  const DeadLetterSample& letter = *seen.letter;
  json.open('{').name("worker").number(seen.worker);
  write_time(json, "committed_at", letter.committed_at);
  json.name("reason").text(letter.reason).name("message").text(letter.message);
  write_text_or_null(json, "step", letter.step);
  write_text_or_null(json, "topic", letter.topic);
  write_number_or_null(json, "partition", letter.partition);
  write_number_or_null(json, "offset", letter.offset);
  write_text_or_null(json, "group", letter.group);
  write_text_or_null(json, "window", letter.window);
  write_text_or_null(json, "key", letter.key);
  write_text_or_null(json, "value", letter.value);
  json.close('}');
}

template <class Seen, class CommittedAt>
void sort_newest_first(std::vector<Seen>& all, const CommittedAt& committed_at) {
  std::ranges::stable_sort(all, std::greater<>(), committed_at);
  if (all.size() > OutputSamples::letters_max) all.resize(OutputSamples::letters_max);
}

}  // namespace

void write_results(const topology::Plan& plan, const WorkerReports& reports, JsonWriter& json) {
  const std::vector<OutputTopic> outputs = output_topics(plan);
  json.name("rows_max").number(OutputSamples::rows_max).name("outputs").open('[');
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    json.open('{').name("pipeline").text(outputs[i].pipeline).name("topic").text(outputs[i].branch->topic);
    json.name("events").boolean(outputs[i].sink->insert_only);
    write_columns(outputs[i], json);
    json.name("workers").open('[');
    for (const auto& report : reports) {
      if (i < report->samples.results.size()) write_rows(*report, report->samples.results[i], json);
    }
    json.close(']').close('}');
  }
  json.close(']');
}

void write_letters(const topology::Plan& plan, const WorkerReports& reports, const WorkerReport& sum,
                   JsonWriter& json) {
  std::map<std::string, std::uint64_t, std::less<>> reasons;
  std::vector<SeenLetter> letters;
  std::vector<SeenLate> late;
  for (const auto& report : reports) {
    for (const auto& [reason, count] : report->samples.dead_by_reason) reasons[reason] += count;
    const auto& samples = report->samples;
    for (auto each = samples.dead_letters.rbegin(); each != samples.dead_letters.rend(); ++each) {
      letters.push_back({report->worker, each->get()});
    }
    for (auto each = samples.late.rbegin(); each != samples.late.rend(); ++each) {
      late.push_back({report->worker, each->get()});
    }
  }
  sort_newest_first(letters, [](const SeenLetter& each) { return each.letter->committed_at; });
  sort_newest_first(late, [](const SeenLate& each) { return each.late->committed_at; });

  json.name("dead_letters").open('{').name("by_reason").open('{');
  for (const auto& [reason, count] : reasons) json.name(reason).number(count);
  json.close('}').name("newest").open('[');
  for (const SeenLetter& each : letters) write_dead_letter(each, json);
  json.close(']').close('}');

  const CountedPlaces places = CountedPlaces::of(plan);
  FateTotals all = FateTotals::for_places(places);
  for (const SubTopologyCounters& counters : sum.sub_topologies) all.add(counters.fates);
  json.name("late").open('{').name("images_by_pipeline").open('{');
  for (std::size_t i = 0; i < places.pipelines.size(); ++i) {
    json.name(places.pipelines[i]).number(all.pipelines[i].of(ops::ImageFate::late));
  }
  json.close('}').name("newest").open('[');
  for (const SeenLate& each : late) {
    json.open('{').name("worker").number(each.worker);
    write_time(json, "committed_at", each.late->committed_at);
    json.name("record").json(each.late->json).close('}');
  }
  json.close(']').close('}');
}

}  // namespace tallymill::processor
