#include "processor/runtime/side_outputs.h"

#include "processor/codec/json_encoder.h"

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

void append_half(std::string& out, const ops::LateFormat& format, const std::optional<ops::LateHalf>& half) {
  if (!half) {
    out += "null";
    return;
  }
  out += half->is_late ? "{\"late\":true,\"group\":" : "{\"late\":false,\"group\":";
  append_json_key(out, json_fields(format.group), half->group);
  out += ",\"window_start\":";
  append_time(out, half->window_start);
  out += ",\"window_end\":";
  append_time(out, half->window_end);
  out += ",\"columns\":";
  append_json_object(out, json_fields(format.columns), half->columns);
  out += '}';
}

}  // namespace

namespace {

void write_letter(TaskContext& context, topology::ErrorCode reason, std::string_view message,
                  std::string_view step, DeadLetterPayload payload) {
  topology::Arena& arena = context.overlay.arena();
  const auto headers = arena.allocate_array<Header>(context.record == nullptr ? 4 : 8);
  headers[0] = {"tallymill.reason", name_of(reason)};
  headers[1] = {"tallymill.message", arena.copy(message)};
  headers[2] = {"tallymill.step", arena.copy(step)};
  headers[3] = {"tallymill.plan", context.plan.name};
  OutputRecord letter;
  letter.topic = context.plan.dead_letter_topic;
  letter.partition = side_partition(context, letter.topic);
  if (const InputRecord* record = context.record) {
    headers[4] = {"tallymill.topic", arena.copy(record->from->topic)};
    headers[5] = {"tallymill.partition", arena.copy(std::to_string(record->from->partition.value))};
    headers[6] = {"tallymill.offset", arena.copy(std::to_string(record->offset.value))};
    headers[7] = {"tallymill.timestamp", arena.copy(std::to_string(record->timestamp_ms))};

    if (record->key && payload != DeadLetterPayload::none) letter.key = arena.copy(*record->key);
    if (record->value && payload == DeadLetterPayload::full) letter.value = arena.copy(*record->value);
  } else {
    ++context.overlay.progress().fates.derived_dead;
  }
  letter.headers = headers;
  context.overlay.outputs().push_back(letter);
}

}  // namespace

void write_dead_letter(TaskContext& context, topology::ErrorCode reason, std::string_view message,
                       std::string_view step) {
  write_letter(context, reason, message, step, context.plan.dead_letter_payload);
}

void write_dead_letter_pointer(TaskContext& context, topology::ErrorCode reason, std::string_view message) {
  write_letter(context, reason, message, "", DeadLetterPayload::none);
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
  append_half(json, *change.format, change.before);
  json += ",\"after\":";
  append_half(json, *change.format, change.after);
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
