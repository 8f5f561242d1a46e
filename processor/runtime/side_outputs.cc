#include "processor/runtime/side_outputs.h"

#include <algorithm>
#include <array>

#include "ops/failure.h"
#include "processor/codec/json_encoder.h"
#include "processor/codec/keyed_hash.h"

namespace tallymill::processor {
namespace {

using topology::DeadLetterPayload;
using topology::EventTime;

topology::Partition side_partition(const TaskContext& context, std::string_view topic) {
  const auto partitions = static_cast<std::uint32_t>(context.layout.partition_count(topic));
  return topology::Partition(static_cast<std::int32_t>(context.task.input % partitions));
}

void append_time(std::string& out, EventTime time) {
  if (time == EventTime::minus_infinity() || time == EventTime::infinity()) {
    out += "null";
    return;
  }
  out += '"';
  append_instant(out, to_instant(time), 6);
  out += '"';
}

void append_image(std::string& out, const ops::LateFormat& format,
                  const std::optional<ops::LateImage>& image) {
  if (!image) {
    out += "null";
    return;
  }
  out += image->is_late ? "{\"late\":true,\"group\":" : "{\"late\":false,\"group\":";
  append_json_key(out, json_fields(format.group), image->group);
  out += ",\"window_start\":";
  append_time(out, image->window_start);
  out += ",\"window_end\":";
  append_time(out, image->window_end);
  out += ",\"columns\":";
  append_json_known(out, json_fields(format.columns), image->columns);
  out += '}';
}

/// Longer expressions are cut: a header is read by people.
constexpr std::size_t expression_bytes_max = 1000;

/// A dead letter while its headers are put together.
class LetterWriter {
 public:
  LetterWriter(TaskContext& context, topology::ErrorCode reason, std::string_view message,
               std::string_view step)
      : context_(context), arena_(context.overlay.arena()) {
    record_.topic = context.plan.dead_letter_topic;
    record_.partition = side_partition(context, record_.topic);
    add("tallymill.reason", name_of(reason));
    add("tallymill.message", arena_.copy(message));
    add("tallymill.step", arena_.copy(step));
    add("tallymill.plan", context.plan.name);
  }

  void add(std::string_view name, std::string_view value) { headers_[header_count_++] = {name, value}; }
  void add_text(std::string_view name, std::string_view value) {
    if (!value.empty()) add(name, arena_.copy(value));
  }

  void add_record(DeadLetterPayload payload) {
    const InputRecord& record = *context_.record;
    add("tallymill.topic", arena_.copy(record.from->topic));
    add("tallymill.partition", arena_.copy(std::to_string(record.from->partition.value)));
    add("tallymill.offset", arena_.copy(std::to_string(record.offset.value)));
    add("tallymill.timestamp", arena_.copy(std::to_string(record.timestamp_ms)));
    const RecordPayload::Shown shown = context_.payload->show(record, payload, arena_);
    record_.key = shown.key;
    record_.value = shown.value;
  }

  void add_row(const topology::StreamShape& received, const ops::DeadLetter& letter) {
    const DeadLetterPayload payload = context_.plan.dead_letter_payload;
    if (payload == DeadLetterPayload::none) return;
    std::vector<std::size_t> groups;
    if (letter.received.empty()) {
      for (std::size_t column = 0; column < letter.row.row.size(); ++column) groups.push_back(column);
      add_columns("tallymill.group", *letter.row.type, groups, letter.row.row);
    } else {
      const auto& windows = received.window_columns;
      for (const std::size_t column : received.identity.columns) {
        if (std::find(windows.begin(), windows.end(), column) == windows.end()) groups.push_back(column);
      }
      add_columns("tallymill.group", received.type, groups, letter.received);
      add_columns("tallymill.window", received.type, windows, letter.received);
    }
    if (payload == DeadLetterPayload::keys) return;
    std::string json;
    append_json_known(json, json_fields(*letter.row.type), letter.row.row);
    record_.value = arena_.copy(json);
  }

  void write() {
    const auto headers = arena_.allocate_array<Header>(header_count_);
    std::copy_n(headers_.begin(), header_count_, headers.begin());
    record_.headers = headers;
    context_.overlay.outputs().push_back(record_);
  }

 private:
  void add_columns(std::string_view header, const topology::RowType& type,
                   const std::vector<std::size_t>& columns, topology::Row row) {
    if (columns.empty()) return;
    std::string json;
    for (const JsonField& field : json_fields(type, columns)) {
      json += json.empty() ? '{' : ',';
      json += field.quoted_name;
      std::string value;
      append_json_key_value(value, row[field.column]);
      if (!type.columns[field.column].sensitive) {
        json += value;
      } else {
        append_json_string(json, keyed_hash(context_.plan.dead_letter_hash_key, value));
      }
    }
    add(header, arena_.copy(json + '}'));
  }

  static constexpr std::size_t headers_max = 11;

  TaskContext& context_;
  topology::Arena& arena_;
  OutputRecord record_;
  std::array<Header, headers_max> headers_;
  std::size_t header_count_ = 0;
};

}  // namespace

void write_dead_letter(TaskContext& context, topology::ErrorCode reason, std::string_view message,
                       std::string_view step) {
  LetterWriter letter(context, reason, message, step);
  letter.add_record(context.plan.dead_letter_payload);
  letter.write();
}

void write_dead_letter(TaskContext& context, const topology::NodePlan& node, const ops::DeadLetter& letter) {
  const std::string_view step = letter.step.empty() ? std::string_view(node.step) : letter.step;
  LetterWriter writer(context, letter.reason, letter.message, node.pipeline + "." + std::string(step));
  writer.add("tallymill.pipeline", node.pipeline);
  writer.add_text("tallymill.column", letter.column);
  writer.add_text("tallymill.expression", ops::shortened(letter.expression, expression_bytes_max));
  if (context.record != nullptr) {
    writer.add_record(context.plan.dead_letter_payload);
  } else {
    writer.add_row(node.input, letter);
  }
  writer.write();
}

void write_dead_letter_pointer(TaskContext& context, topology::ErrorCode reason, std::string_view message) {
  LetterWriter letter(context, reason, message, "");
  letter.add_record(DeadLetterPayload::none);
  letter.write();
}

void write_late(TaskContext& context, const topology::NodePlan& node, const ops::LateChange& change) {
  const bool before_applied = change.before && !change.before->is_late;
  const bool after_applied = change.after && !change.after->is_late;
  std::string json = "{\"pipeline\":";
  append_json_string(json, node.pipeline);
  json += ",\"step\":";
  append_json_string(json, node.step);
  json += ",\"applied\":\"";
  json += before_applied ? "before" : after_applied ? "after" : "none";
  json += "\",\"before\":";
  append_image(json, *change.format, change.before);
  json += ",\"after\":";
  append_image(json, *change.format, change.after);
  if (const InputRecord* record = context.record) {
    json += ",\"topic\":";
    append_json_string(json, record->from->topic);
    json += ",\"partition\":" + std::to_string(record->from->partition.value);
    json += ",\"offset\":" + std::to_string(record->offset.value);
  }
  json += ",\"lsn\":" + (context.lsn ? std::to_string(context.lsn->value) : std::string("null"));
  json += ",\"watermark\":";
  append_time(json, context.lateness_watermark);
  json += '}';
  OutputRecord late;
  late.topic = context.plan.late_topic;
  late.partition = side_partition(context, late.topic);
  late.value = context.overlay.arena().copy(json);
  context.overlay.outputs().push_back(late);
}

}  // namespace tallymill::processor
