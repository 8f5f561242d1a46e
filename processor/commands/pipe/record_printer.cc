#include "processor/commands/pipe/record_printer.h"

#include <charconv>
#include <iostream>

#include "processor/codec/json_encoder.h"
#include "processor/codec/printed_json.h"

namespace tallymill::processor {

namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

void add_sensitive(const topology::RowType& type, std::set<std::string>& names) {
  for (const topology::Column& column : type.columns) {
    if (column.sensitive) names.insert(column.name);
  }
}

void append_headers(std::string& line, const Headers& headers) {
  if (headers.empty()) return;
  line += ",\"headers\":{";
  for (const auto& [name, value] : headers) {
    if (line.back() != '{') line += ',';
    append_json_string(line, name);
    line += ':';
    append_json_string(line, as_utf8(value));
  }
  line += '}';
}

std::string_view find(const Headers& headers, std::string_view name) {
  for (const auto& [each, value] : headers) {
    if (each == name) return value;
  }
  return {};
}

template <class Integer>
std::optional<Integer> number_of(std::string_view text) {
  Integer number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  return code == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

}  // namespace

RecordPrinter::RecordPrinter(const topology::Plan& plan, const PipeOptions& options,
                             const RecordFeeder& feeder)
    : plan_(plan),
      options_(options),
      feeder_(feeder),
      fact_topics_({plan.dead_letter_topic, plan.late_topic}) {
  std::set<std::string> sensitive;
  for (const topology::SourcePlan& source : plan.sources) add_sensitive(source.type, sensitive);
  for (const topology::SubTopology& sub_topology : plan.sub_topologies) {
    for (const topology::NodePlan& node : sub_topology.nodes) {
      if (!node.sink) continue;
      add_sensitive(node.sink->type, sensitive);
      for (const topology::SinkBranch& branch : node.sink->branches) {
        if (node.sink->insert_only) fact_topics_.insert(branch.topic);
        if (branch.key_as_string) text_key_topics_.insert(branch.topic);
      }
    }
  }
  if (options.show_sensitive || sensitive.empty()) return;
  // Late records show rows from the middle of a pipeline, under names that no sink has.
  sensitive.insert({"group", "columns"});
  sensitive_.assign(sensitive.begin(), sensitive.end());
}

void RecordPrinter::take(const VisibleRecord& visible) {
  const LocalRecord& record = *visible.record;
  const std::string& topic = visible.from->topic;
  std::string line = "{\"topic\":";
  append_json_string(line, topic);
  line += ",\"key\":";
  // What the sinks and the late topic hold is JSON of our own; a dead letter holds anything.
  const bool is_dead_letter = topic == plan_.dead_letter_topic;
  const Content content = is_dead_letter ? Content::unknown : Content::json;
  append_bytes(line, text_key_topics_.contains(topic) ? Content::text : content, record.key);
  line += ",\"value\":";
  append_bytes(line, content, record.value);
  if (is_dead_letter) {
    Headers headers = record.headers;
    note_dead_letter(headers, place_of(headers));
    append_headers(line, headers);
  } else {
    append_headers(line, record.headers);
  }
  line += "}\n";
  if (!options_.final_tables) {
    std::cout << line;
  } else if (!record.key || fact_topics_.contains(topic)) {
    facts_.push_back(std::move(line));
  } else if (record.value) {
    tables_[{topic, *record.key}] = std::move(line);
  } else {
    tables_.erase({topic, *record.key});
  }
}

void RecordPrinter::take_broken(const topology::Error& error, const InputPlace& place) {
  std::string line = "{\"topic\":";
  append_json_string(line, plan_.dead_letter_topic);
  line += ",\"key\":null,\"value\":null";
  Headers headers = {
      {"tallymill.reason", std::string(name_of(error.code))},
      {"tallymill.message", error.hint.empty() ? error.message : error.message + "; " + error.hint},
      {"tallymill.step", ""},
      {"tallymill.plan", plan_.name}};
  note_dead_letter(headers, place);
  append_headers(line, headers);
  line += "}\n";
  if (options_.final_tables) {
    facts_.push_back(std::move(line));
  } else {
    std::cout << line;
  }
}

void RecordPrinter::finish() {
  for (const auto& [key, line] : tables_) std::cout << line;
  for (const std::string& line : facts_) std::cout << line;
  std::cout.flush();
}

std::optional<InputPlace> RecordPrinter::place_of(const Headers& headers) const {
  const auto partition = number_of<std::int32_t>(find(headers, "tallymill.partition"));
  const auto offset = number_of<std::int64_t>(find(headers, "tallymill.offset"));
  if (!partition || !offset) return std::nullopt;
  return feeder_.place_of(find(headers, "tallymill.topic"), *partition, *offset);
}

void RecordPrinter::note_dead_letter(Headers& headers, std::optional<InputPlace> place) {
  ++dead_letters_[std::string(find(headers, "tallymill.reason"))];
  if (first_dead_letter_.empty()) {
    if (place) first_dead_letter_ = to_text(*place) + ": ";
    first_dead_letter_ += find(headers, "tallymill.message");
  }
  if (place) headers.emplace_back("tallymill.input", to_text(*place));
}

void RecordPrinter::append_bytes(std::string& line, Content content,
                                 const std::optional<std::string>& bytes) const {
  if (!bytes) {
    line += "null";
  } else if (content == Content::json) {
    line += sensitive_.empty() ? *bytes : mask_fields(*bytes, sensitive_);
  } else if (!sensitive_.empty()) {
    line += "\"***\"";
  } else if (content == Content::unknown && is_json_object(*bytes)) {
    line += on_one_line(*bytes);
  } else {
    append_json_string(line, as_utf8(*bytes));
  }
}

}  // namespace tallymill::processor
