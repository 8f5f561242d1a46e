#include "processor/runtime/output_samples.h"

#include <algorithm>
#include <utility>

#include "processor/codec/json_encoder.h"
#include "processor/codec/printed_json.h"
#include "topology/expr/utf8.h"
#include "topology/plan/sensitive_topics.h"

namespace tallymill::processor {

using topology::EventTime;

namespace {

/// Even of many tasks each shows something.
constexpr std::size_t rows_of_task_min = 4;
constexpr std::string_view masked = "\"***\"";

void add_sensitive(const topology::RowType& type, std::vector<std::string>& names) {
  for (const topology::Column& column : type.columns) {
    if (column.sensitive) names.push_back(column.name);
  }
}

/// The beginning of bytes that may be anything, as text: never half a character.
std::string excerpt_of(std::string_view bytes) {
  std::string_view part = bytes.substr(0, OutputSamples::excerpt_bytes_max);
  if (part.size() < bytes.size()) {
    while (!part.empty() && (static_cast<unsigned char>(bytes[part.size()]) & 0xC0) == 0x80)
      part.remove_suffix(1);
  }
  if (!topology::is_utf8(part)) return "(" + std::to_string(bytes.size()) + " bytes that are no text)";
  return std::string(part) + (part.size() < bytes.size() ? "…" : "");
}

template <class Sample>
void keep_newest(std::deque<std::shared_ptr<const Sample>>& kept, Sample sample) {
  kept.push_back(std::make_shared<const Sample>(std::move(sample)));
  if (kept.size() > OutputSamples::letters_max) kept.pop_front();
}

/// Calls `keep` for each, oldest first, and forgets them.
template <class Keep>
void drain(std::vector<const OutputRecord*>& newest_first, const Keep& keep) {
  for (auto record = newest_first.rbegin(); record != newest_first.rend(); ++record) keep(**record);
  newest_first.clear();
}

}  // namespace

OutputSamples::OutputSamples(const topology::Plan& plan, const topology::Clock& clock)
    : plan_(plan), clock_(clock), has_sensitive_columns_(topology::has_sensitive_columns(plan)) {
  for (const OutputTopic& output : output_topics(plan)) {
    Topic& topic = topics_.emplace_back();
    topic.name = output.branch->topic;  // the plan's own text, which outgoing records point to
    add_sensitive(output.sink->type, topic.sensitive);
    topic.has_text_keys = output.branch->key_as_string;
    topic.masks_key_whole =
        topic.has_text_keys && output.sink->type.columns[output.branch->key.front()].sensitive;
    topic.is_insert_only = output.sink->insert_only;
  }
}

std::vector<OutputTopic> output_topics(const topology::Plan& plan) {
  std::map<std::string_view, OutputTopic> topics;
  for (const topology::SubTopology& sub_topology : plan.sub_topologies) {
    for (const topology::NodePlan& node : sub_topology.nodes) {
      if (!node.sink) continue;
      for (const topology::SinkBranch& branch : node.sink->branches) {
        topics.try_emplace(branch.topic, OutputTopic{node.pipeline, &*node.sink, &branch});
      }
    }
  }
  std::vector<OutputTopic> sorted;
  for (const auto& [name, topic] : topics) sorted.push_back(topic);
  return sorted;
}

OutputSamples::Topic* OutputSamples::topic_of(std::string_view name) {
  const auto found = std::ranges::find(topics_, name, &Topic::name);
  return found == topics_.end() ? nullptr : &*found;
}

void OutputSamples::take(TaskId task, std::span<const OutputRecord> outputs, std::size_t task_count) {
  if (outputs.empty()) return;
  const std::size_t share = std::max(rows_of_task_min, rows_max / std::max<std::size_t>(1, task_count));
  for (Topic& topic : topics_) {
    topic.left_in_commit = share;
    topic.was_passed_over = false;
  }
  collect(outputs);
  const EventTime now = clock_.now();
  for (Topic& topic : topics_) keep_rows(topic, task, now);
  drain(taken_letters_, [&](const OutputRecord& record) { keep_dead_letter(record, now); });
  drain(taken_late_, [&](const OutputRecord& record) { keep_late(record, now); });
}

/// From the newest on: the first ones met are those that are kept.
void OutputSamples::collect(std::span<const OutputRecord> outputs) {
  std::string_view name;  // of the record before, whose topic most often is this one's too
  Topic* topic = nullptr;
  for (auto record = outputs.rbegin(); record != outputs.rend(); ++record) {
    if (record->topic.data() != name.data()) {
      name = record->topic;
      topic = topic_of(name);
    }
    if (topic != nullptr) {
      ++topic->committed_rows;
      if (topic->left_in_commit == 0) {
        ++topic->skipped_rows;
        topic->was_passed_over = true;
        continue;
      }
      --topic->left_in_commit;
      topic->taken.push_back(&*record);
    } else if (name == plan_.dead_letter_topic) {
      for (const Header& header : record->headers) {
        if (header.name != "tallymill.reason") continue;
        const auto count = dead_by_reason_.find(header.value);
        count == dead_by_reason_.end() ? void(dead_by_reason_.emplace(header.value, 1))
                                       : void(++count->second);
      }
      if (taken_letters_.size() < letters_max) taken_letters_.push_back(&*record);
    } else if (name == plan_.late_topic && taken_late_.size() < letters_max) {
      taken_late_.push_back(&*record);
    }
  }
}

void OutputSamples::keep_rows(Topic& topic, TaskId task, EventTime now) {
  // Rows that were passed over may have replaced any that are kept of this task.
  if (topic.was_passed_over) {
    for (auto row = topic.rows.begin(); row != topic.rows.end();) {
      row = (*row)->task == task ? drop_row(topic, row) : std::next(row);
    }
  }
  drain(topic.taken, [&](const OutputRecord& record) { keep_row(topic, task, record, now); });
  while (topic.rows.size() > rows_max) drop_row(topic, topic.rows.begin());
}

void OutputSamples::keep_row(Topic& topic, TaskId task, const OutputRecord& record, EventTime now) {
  ResultSample sample{next_id_, task, now, {}, {}};
  const bool has_key = record.key && !topic.is_insert_only;
  std::string key(record.key.value_or(""));
  if (const auto found = has_key ? topic.by_key.find(key) : topic.by_key.end(); found != topic.by_key.end()) {
    sample.id = (*found->second)->id;
    drop_row(topic, found->second);
  } else {
    ++next_id_;
  }
  if (key.size() + record.value.value_or("").size() > row_bytes_max) {
    ++topic.skipped_rows;
    return;
  }
  sample.key = key_text(topic, record);
  if (record.value) {
    sample.value =
        topic.sensitive.empty() ? std::string(*record.value) : mask_fields(*record.value, topic.sensitive);
  }
  const auto row =
      topic.rows.insert(topic.rows.end(), std::make_shared<const ResultSample>(std::move(sample)));
  if (!has_key) return;
  topic.keys_by_id.emplace((*row)->id, key);
  topic.by_key.emplace(std::move(key), row);
}

std::string OutputSamples::key_text(const Topic& topic, const OutputRecord& record) {
  if (!record.key) return "null";
  if (topic.masks_key_whole) return std::string(masked);
  if (!topic.has_text_keys) {
    return topic.sensitive.empty() ? std::string(*record.key) : mask_fields(*record.key, topic.sensitive);
  }
  std::string text;
  append_json_string(text, *record.key);
  return text;
}

OutputSamples::Rows::iterator OutputSamples::drop_row(Topic& topic, Rows::iterator row) {
  if (const auto key = topic.keys_by_id.find((*row)->id); key != topic.keys_by_id.end()) {
    topic.by_key.erase(key->second);
    topic.keys_by_id.erase(key);
  }
  return topic.rows.erase(row);
}

void OutputSamples::keep_dead_letter(const OutputRecord& record, EventTime now) {
  DeadLetterSample sample;
  sample.committed_at = now;
  const std::pair<std::string_view, std::string*> fields[] = {
      {"tallymill.reason", &sample.reason},       {"tallymill.message", &sample.message},
      {"tallymill.step", &sample.step},           {"tallymill.topic", &sample.topic},
      {"tallymill.partition", &sample.partition}, {"tallymill.offset", &sample.offset},
      {"tallymill.timestamp", &sample.timestamp}, {"tallymill.group", &sample.group},
      {"tallymill.window", &sample.window},
  };
  for (const Header& header : record.headers) {
    for (const auto& [name, field] : fields) {
      if (header.name == name) *field = excerpt_of(header.value);
    }
  }
  if (!has_sensitive_columns_) {
    sample.key = excerpt_of(record.key.value_or(""));
    sample.value = excerpt_of(record.value.value_or(""));
  }
  keep_newest(dead_letters_, std::move(sample));
}

void OutputSamples::keep_late(const OutputRecord& record, EventTime now) {
  // Late records show rows from the middle of a pipeline, under names that no source or sink has.
  static const std::vector<std::string> rows = {"group", "columns"};
  const std::string_view json = record.value.value_or("");
  if (json.size() > row_bytes_max) return;
  keep_newest(late_, {now, has_sensitive_columns_ ? mask_fields(json, rows) : std::string(json)});
}

void OutputSamples::forget(TaskId task) {
  for (Topic& topic : topics_) {
    for (auto row = topic.rows.begin(); row != topic.rows.end();) {
      row = (*row)->task == task ? drop_row(topic, row) : std::next(row);
    }
  }
}

OutputSampleReport OutputSamples::report() const {
  OutputSampleReport report;
  for (const Topic& topic : topics_) {
    report.results.push_back(
        {topic.committed_rows, topic.skipped_rows, {topic.rows.begin(), topic.rows.end()}});
  }
  report.dead_by_reason = dead_by_reason_;
  report.dead_letters.assign(dead_letters_.begin(), dead_letters_.end());
  report.late.assign(late_.begin(), late_.end());
  return report;
}

}  // namespace tallymill::processor
