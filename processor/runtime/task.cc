#include "processor/runtime/task.h"

#include <algorithm>

#include "processor/codec/partial_frame.h"
#include "processor/runtime/side_outputs.h"
#include "processor/runtime/task_metadata.h"
#include "processor/state/changelog.h"

namespace tallymill::processor {

using topology::Error;
using topology::ErrorClass;
using topology::ErrorCode;
using topology::EventTime;
using topology::Status;

namespace {

WireFormat wire_format_of(const topology::SourcePlan& source) {
  const topology::SourceDeclaration& declaration = source.declaration;
  WireFormat format;
  for (const topology::ColumnDeclaration& column : declaration.columns) {
    format.columns.push_back({.name = column.name,
                              .wire_name = column.wire_name,
                              .type = column.type,
                              .optional = column.optional,
                              .sensitive = column.sensitive,
                              .scale = column.scale,
                              .digits = column.digits,
                              .from_metadata = column.metadata.has_value(),
                              .may_be_absent = column.absent != topology::AbsentReaction::refuse,
                              .unit = column.unit,
                              .wire = column.wire,
                              .encoding = column.encoding});
  }
  format.row_size = source.type.size();
  format.primary_key = source.primary_key;
  format.mode = declaration.mode;
  const topology::FactOperations& facts = declaration.operations;
  format.needs_operation =
      declaration.mode == topology::SourceMode::events && !(facts.create && facts.update && facts.remove);
  format.unavailable_value = declaration.unavailable_value;
  format.operation_field = declaration.operation_field;
  format.deleted_field = declaration.deleted_field;
  return format;
}

std::int32_t partitions_of_topic(const PartitionLayout& layout, const std::string& topic) {
  return static_cast<std::int32_t>(
      std::count_if(layout.inputs().begin(), layout.inputs().end(),
                    [&](const TopicPartition& input) { return input.topic == topic; }));
}

Error broken_hop(const InputRecord& record, std::string_view what) {
  return {ErrorCode::hop_broken,
          "repartition topic \"" + record.from->topic + "\" partition " +
              std::to_string(record.from->partition.value) + " offset " +
              std::to_string(record.offset.value) + ": " + std::string(what),
          "records were lost or doubled between two parts of the topology: reset the application"};
}

}  // namespace

Task::Task(const topology::Plan& plan, const PartitionLayout& layout, TaskId id,
           std::unique_ptr<TaskState> state)
    : plan_(plan),
      sub_topology_(plan.sub_topologies[id.sub_topology.value]),
      source_(sub_topology_.source ? &plan.sources[sub_topology_.source->value] : nullptr),
      topic_partitions_(partitions_of_topic(layout, layout.input_of(id).topic)),
      state_(std::move(state)),
      overlay_(*state_, OperatorChain::make_cycle_states(sub_topology_)),
      context_{.plan = plan,
               .layout = layout,
               .task = id,
               .overlay = overlay_,
               .record_arena = topology::Arena(),
               .payload = {}},
      chain_(context_),
      initial_fates_(state_->progress.fates) {
  counters_.nodes.resize(sub_topology_.nodes.size());
  if (source_ == nullptr) return;
  decoder_.emplace(wire_format_of(*source_));
  context_.payload.emplace(plan, *source_, wire_format_of(*source_));
  normalizer_.emplace(*source_);
}

std::unique_ptr<TaskState> Task::make_state(const topology::Plan& plan, const PartitionLayout& layout,
                                            TaskId id) {
  const topology::SubTopology& sub_topology = plan.sub_topologies[id.sub_topology.value];
  auto state = std::make_unique<TaskState>();
  for (const topology::StorePlan& store : sub_topology.stores) state->stores.emplace_back(store.kind);
  if (sub_topology.source) {
    state->stores.emplace_back(topology::StoreKind::point);    // rows
    state->stores.emplace_back(topology::StoreKind::ordered);  // tombs
  }
  state->progress.fates = FateTotals::for_places(layout.counted_places());
  for (const topology::NodePlan& node : sub_topology.nodes) {
    if (node.exchange) state->progress.hops.emplace_back();
  }
  return state;
}

Status Task::process(const InputRecord& record) {
  TaskProgress& progress = overlay_.progress();
  // A record that was processed before is dropped and counted; gaps are legal (control records, aborted
  // data).
  if (record.offset < progress.next_offset) {
    ++progress.fates.observations[static_cast<std::size_t>(ops::Observation::offset_regression)];
    return {};
  }
  if (record.offset > progress.next_offset) ++offset_gaps_;
  ++cycle_records_;
  cycle_bytes_consumed_ += record.key.value_or("").size() + record.value.value_or("").size();
  Status status = source_ != nullptr ? process_source(record) : process_frame(record);
  context_.record_arena.reset();
  if (status) progress.next_offset = topology::Offset(record.offset.value + 1);
  return status;
}

Status Task::refuse_unproducible(const InputRecord& record, const Error& cause) {
  if (source_ == nullptr) {
    return Error{cause.code,
                 "a frame of " + record.from->topic + " leads to what cannot be produced: " + cause.message,
                 cause.hint};
  }
  TaskProgress& progress = overlay_.progress();
  context_.record = &record;
  ++progress.fates.read;
  ++progress.fates.records[static_cast<std::size_t>(ops::RecordFate::dead)];
  write_dead_letter_pointer(context_, ErrorCode::unproducible, cause.message + "; " + cause.hint);
  context_.record = nullptr;
  ++cycle_records_;
  progress.next_offset = topology::Offset(record.offset.value + 1);
  return {};
}

Status Task::process_source(const InputRecord& record) {
  context_.record = &record;
  context_.lsn.reset();
  ++overlay_.progress().fates.read;
  // Both halves are judged by the watermark as it stood before the record.
  context_.lateness_watermark = source_watermark(overlay_.progress());
  const auto envelope = decoder_->decode(record.key, record.value, batch_arena_);
  Status status;
  if (!envelope) {
    ops::NormalizedRecord unreadable;
    unreadable.fate = ops::RecordFate::dead;
    unreadable.dead = envelope.error();
    unreadable.observe(ops::Observation::identity_unknown);
    status = finish(unreadable);
  } else {
    context_.lsn = envelope->lsn;
    if (envelope->source_time_ms) note_source_time(*envelope->source_time_ms);
    const topology::RecordOrigin origin{record.from->topic, record.from->partition, record.offset,
                                        record.timestamp_ms, topic_partitions_, record.key};
    ops::StateStore& rows = overlay_.store(sub_topology_.stores.size());
    const auto normalized =
        normalizer_->normalize(*envelope, origin, overlay_.progress().source, rows, batch_arena_);
    status = normalized ? finish(*normalized) : Status(normalized.error());
  }
  context_.record = nullptr;
  context_.lateness_watermark = EventTime::minus_infinity();
  return status;
}

Status Task::finish(const ops::NormalizedRecord& normalized) {
  TaskProgress& progress = overlay_.progress();
  if (normalized.dead) {
    if (const Status status = refuse(*normalized.dead); !status) return status;
  }
  ++progress.fates.records[static_cast<std::size_t>(normalized.fate)];
  for (std::size_t i = 0; i < ops::observation_count; ++i) {
    progress.fates.observations[i] += normalized.observed(static_cast<ops::Observation>(i)) ? 1 : 0;
  }
  const std::size_t rows = sub_topology_.stores.size();
  for (const ops::RowMove& move : normalized.moves()) {
    if (move.change) chain_.process(*move.change);
    if (move.entry == ops::RowMove::Entry::untouched) continue;
    normalizer_->remember(move, progress.source, overlay_.store(rows), overlay_.store(rows + 1));
  }
  if (normalized.stream_time) progress.stream_time = std::max(progress.stream_time, *normalized.stream_time);
  return {};
}

/// Writes the dead letter of the record in hand.
Status Task::refuse(const Error& error) {
  if (source_->declaration.on_error == topology::RecordErrorReaction::fail) {
    const InputRecord& record = *context_.record;
    return Error{ErrorCode::record_refused,
                 record.from->topic + "/" + std::to_string(record.from->partition.value) + " offset " +
                     std::to_string(record.offset.value) + ": " + std::string(name_of(error.code)) + ": " +
                     error.message,
                 "correct the record's cause, or set on_error: dead_letter"};
  }
  write_dead_letter(context_, error.code,
                    error.hint.empty() ? error.message : error.message + "; " + error.hint, "");
  return {};
}

Status Task::process_frame(const InputRecord& record) {
  auto frame = FrameReader::open(record.value.value_or(std::string_view()));
  if (!frame) return frame.error();
  const FrameHeader& header = frame->header();
  UpstreamProgress& upstream =
      overlay_.progress()
          .upstream[{{topology::SubTopologyIndex(header.sub_topology), header.input}, header.hop}];
  // Before the first partial is merged: what came twice or not at all must not touch a number.
  upstream.received_total += header.partials;
  if (upstream.received_total != header.sent_total) {
    return broken_hop(record, std::to_string(header.sent_total) + " partials were sent and " +
                                  std::to_string(upstream.received_total) + " arrived");
  }
  std::uint64_t merged = 0;
  while (const auto entry = frame->next()) {
    chain_.receive({.partition_key = {}, .key = entry->key, .delta = entry->delta});
    ++merged;
  }
  if (!frame->ok() || merged != header.partials) return broken_hop(record, "the frame is damaged");
  upstream.watermark = std::max(upstream.watermark, header.watermark);
  return {};
}

void Task::flush() {
  TaskProgress& progress = overlay_.progress();
  context_.watermark = source_ != nullptr ? source_watermark(progress) : upstream_watermark(progress);
  chain_.flush();
  chain_.advance(context_.watermark);
  context_.record_arena.reset();
  ++progress.commit_number;
  write_changelog();
}

void Task::write_changelog() {
  const TopicPartition* changelog = context_.layout.changelog_of(context_.task);
  if (changelog == nullptr) return;
  topology::Arena& arena = overlay_.arena();
  const auto write = [&](std::string_view key, std::optional<std::string_view> value) {
    overlay_.outputs().push_back({changelog->topic, changelog->partition, arena.copy(key), value, {}});
  };
  for (std::size_t i = 0; i < state_->stores.size(); ++i) {
    overlay_.store(i).visit_changes([&](std::string_view key, std::optional<std::string_view> value) {
      key_text_.clear();
      append_changelog_key(key_text_, i, key);
      write(key_text_, value);
    });
  }
  write(metadata_changelog_key(),
        arena.copy(write_task_metadata(overlay_.progress(), context_.layout.counted_places())));
}

void Task::apply() {
  const auto& outputs = overlay_.outputs();
  for (std::size_t first = 0; first < outputs.size();) {
    std::size_t end = first;
    while (end < outputs.size() && outputs[end].topic.data() == outputs[first].topic.data()) ++end;
    const auto count = counters_.produced_records.try_emplace(std::string(outputs[first].topic)).first;
    count->second += end - first;
    first = end;
  }
  for (std::size_t i = 0; i < counters_.nodes.size(); ++i) counters_.nodes[i].add(overlay_.node_counts()[i]);
  counters_.consumed_records += std::exchange(cycle_records_, 0);
  counters_.consumed_bytes += std::exchange(cycle_bytes_consumed_, 0);
  overlay_.apply();
}

void Task::drop() {
  cycle_records_ = 0;
  cycle_bytes_consumed_ = 0;
  source_times_.clear();
  overlay_.drop();
}

void Task::note_source_time(std::int64_t source_time_ms) {
  if (source_times_.empty() || source_times_.back().source_time_ms != source_time_ms) {
    source_times_.push_back({source_time_ms, 0});
  }
  ++source_times_.back().records;
}

EventTime Task::source_watermark(const TaskProgress& progress) const {
  return saturating_subtract(progress.stream_time, source_->declaration.watermark.out_of_orderness);
}

EventTime Task::committed_watermark() const {
  return source_ != nullptr ? source_watermark(state_->progress) : upstream_watermark(state_->progress);
}

std::optional<TaskId> Task::watermark_holder() const {
  const auto& upstream = state_->progress.upstream;
  const auto lowest = std::min_element(upstream.begin(), upstream.end(), [](const auto& a, const auto& b) {
    return a.second.watermark < b.second.watermark;
  });
  return lowest == upstream.end() ? std::nullopt : std::optional(lowest->first.task);
}

std::size_t Task::upstream_lane_count() const {
  std::size_t count = 0;
  for (const topology::SubTopologyIndex upstream : sub_topology_.upstream)
    count += context_.layout.task_count(upstream);
  return count;
}

EventTime Task::upstream_watermark(const TaskProgress& progress) const {
  const auto& upstream = progress.upstream;
  // The minimum over all upstream lanes; one that never sent a frame has seen nothing.
  if (upstream.size() < upstream_lane_count()) return EventTime::minus_infinity();
  EventTime lowest = EventTime::infinity();
  for (const auto& [lane, each] : upstream) lowest = std::min(lowest, each.watermark);
  return lowest;
}

}  // namespace tallymill::processor
