#include "processor/runtime/task_metadata.h"

#include <algorithm>

#include "topology/data/row_codec.h"

namespace tallymill::processor {

using topology::append_i64;
using topology::append_varint;
using topology::ByteReader;

namespace {

constexpr std::uint8_t metadata_format = 2;

template <class Counts>
void append_counts(std::string& out, const Counts& counts) {
  append_varint(out, counts.size());
  for (const std::uint64_t count : counts) append_varint(out, count);
}

/// Fates that this version does not know are dropped; their sum would be wrong, so that is damage.
template <class Counts>
bool read_counts(ByteReader& reader, Counts& counts) {
  const std::uint64_t size = reader.varint();
  if (size > counts.size()) return false;
  for (std::uint64_t i = 0; i < size; ++i) counts[i] = reader.varint();
  return reader.ok();
}

void append_fates(std::string& out, const FateTotals& fates, const std::vector<std::string>& pipeline_names) {
  append_varint(out, fates.read);
  append_counts(out, fates.records);
  append_counts(out, fates.observations);
  append_varint(out, fates.derived_dead);
  append_varint(out, fates.pipelines.size());
  for (std::size_t i = 0; i < fates.pipelines.size(); ++i) {
    topology::append_bytes(out, pipeline_names[i]);
    append_varint(out, fates.pipelines[i].entered);
    append_counts(out, fates.pipelines[i].by_fate);
  }
}

bool read_fates(ByteReader& reader, FateTotals& fates, const std::vector<std::string>& pipeline_names) {
  fates.read = reader.varint();
  if (!read_counts(reader, fates.records) || !read_counts(reader, fates.observations)) return false;
  fates.derived_dead = reader.varint();
  fates.pipelines.resize(pipeline_names.size());
  for (std::uint64_t left = reader.varint(); left > 0 && reader.ok(); --left) {
    const std::string_view name = reader.bytes();
    FateTotals::PipelineHalves halves;
    halves.entered = reader.varint();
    if (!read_counts(reader, halves.by_fate)) return false;
    const auto found = std::find(pipeline_names.begin(), pipeline_names.end(), name);
    // A pipeline that was removed takes its counts with it.
    if (found != pipeline_names.end()) {
      fates.pipelines[static_cast<std::size_t>(found - pipeline_names.begin())] = halves;
    }
  }
  return reader.ok();
}

void append_upstream(std::string& out, const TaskProgress& progress) {
  append_varint(out, progress.upstream.size());
  for (const auto& [lane, upstream] : progress.upstream) {
    append_varint(out, lane.task.sub_topology.value);
    append_varint(out, lane.task.input);
    append_varint(out, lane.hop);
    append_i64(out, upstream.watermark.microseconds);
    append_varint(out, upstream.received_total);
  }
}

void read_upstream(ByteReader& reader, TaskProgress& progress) {
  for (std::uint64_t left = reader.varint(); left > 0 && reader.ok(); --left) {
    UpstreamLane lane;
    lane.task.sub_topology.value = static_cast<std::uint16_t>(reader.varint());
    lane.task.input = static_cast<std::uint32_t>(reader.varint());
    lane.hop = static_cast<std::uint16_t>(reader.varint());
    UpstreamProgress& upstream = progress.upstream[lane];
    upstream.watermark.microseconds = reader.i64();
    upstream.received_total = reader.varint();
  }
}

void append_hops(std::string& out, const TaskProgress& progress) {
  append_varint(out, progress.hops.size());
  for (const auto& partitions : progress.hops) {
    append_varint(out, partitions.size());
    for (const HopProgress& hop : partitions) {
      append_varint(out, hop.sent_total);
      append_i64(out, hop.announced.microseconds);
    }
  }
}

void read_hops(ByteReader& reader, TaskProgress& progress) {
  for (std::uint64_t hops = reader.varint(); hops > 0 && reader.ok(); --hops) {
    auto& partitions = progress.hops.emplace_back();
    for (std::uint64_t left = reader.varint(); left > 0 && reader.ok(); --left) {
      HopProgress& hop = partitions.emplace_back();
      hop.sent_total = reader.varint();
      hop.announced.microseconds = reader.i64();
    }
  }
}

void append_source(std::string& out, const ops::SourceMemory& source) {
  topology::append_u8(out, static_cast<std::uint8_t>(source.shape));
  topology::append_u8(out, source.is_streaming ? 1 : 0);
  for (const std::string& text :
       {source.server, source.database, source.schema, source.table, source.last_delete_key}) {
    topology::append_bytes(out, text);
  }
}

bool read_source(ByteReader& reader, ops::SourceMemory& source) {
  const std::uint8_t shape = reader.u8();
  if (shape > static_cast<std::uint8_t>(ops::SourceMemory::Shape::flattened)) return false;
  source.shape = static_cast<ops::SourceMemory::Shape>(shape);
  source.is_streaming = reader.u8() != 0;
  for (std::string* text :
       {&source.server, &source.database, &source.schema, &source.table, &source.last_delete_key}) {
    *text = reader.bytes();
  }
  return reader.ok();
}

}  // namespace

std::string write_task_metadata(const TaskProgress& progress,
                                const std::vector<std::string>& pipeline_names) {
  std::string out;
  topology::append_u8(out, metadata_format);
  append_varint(out, progress.commit_number);
  append_varint(out, static_cast<std::uint64_t>(progress.next_offset.value));
  append_i64(out, progress.stream_time.microseconds);
  append_upstream(out, progress);
  append_hops(out, progress);
  append_source(out, progress.source);
  append_fates(out, progress.fates, pipeline_names);
  return out;
}

topology::Result<TaskProgress> read_task_metadata(std::string_view bytes,
                                                  const std::vector<std::string>& pipeline_names) {
  ByteReader reader(bytes);
  TaskProgress progress;
  bool is_sound = reader.u8() == metadata_format;
  if (is_sound) {
    progress.commit_number = reader.varint();
    progress.next_offset.value = static_cast<std::int64_t>(reader.varint());
    progress.stream_time.microseconds = reader.i64();
    read_upstream(reader, progress);
    read_hops(reader, progress);
    is_sound = read_source(reader, progress.source);
  }
  if (!is_sound || !read_fates(reader, progress.fates, pipeline_names) || !reader.at_end()) {
    return topology::Error{topology::ErrorCode::changelog_damaged,
                           "the metadata record of a changelog is damaged or of an unknown version",
                           "run the version that wrote it, or reset the application"};
  }
  return progress;
}

}  // namespace tallymill::processor
