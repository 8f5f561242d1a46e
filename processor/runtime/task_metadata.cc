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

void append_images(std::string& out, const ImageCounts& counts) {
  append_varint(out, counts.received);
  append_counts(out, counts.by_fate);
}

bool read_images(ByteReader& reader, ImageCounts& counts) {
  counts.received = reader.varint();
  return read_counts(reader, counts.by_fate);
}

std::uint64_t number_visited(const std::vector<ImageCounts>& counts) {
  return static_cast<std::uint64_t>(
      std::count_if(counts.begin(), counts.end(), [](const ImageCounts& each) { return each.received > 0; }));
}

void append_fates(std::string& out, const FateTotals& fates, const CountedPlaces& places) {
  append_varint(out, fates.read);
  append_counts(out, fates.records);
  append_counts(out, fates.observations);
  append_varint(out, number_visited(fates.pipelines));
  for (std::size_t i = 0; i < fates.pipelines.size(); ++i) {
    if (fates.pipelines[i].received == 0) continue;
    topology::append_bytes(out, places.pipelines[i]);
    append_images(out, fates.pipelines[i]);
  }
  append_varint(out, number_visited(fates.steps));
  for (std::size_t i = 0; i < fates.steps.size(); ++i) {
    if (fates.steps[i].received == 0) continue;
    topology::append_bytes(out, places.steps[i].pipeline);
    topology::append_bytes(out, places.steps[i].step);
    append_images(out, fates.steps[i]);
  }
}

/// A pipeline or step that was removed takes its counts with it.
bool read_fates(ByteReader& reader, FateTotals& fates, const CountedPlaces& places) {
  fates = FateTotals::for_places(places);
  fates.read = reader.varint();
  if (!read_counts(reader, fates.records) || !read_counts(reader, fates.observations)) return false;
  for (std::uint64_t left = reader.varint(); left > 0 && reader.ok(); --left) {
    const auto place = places.find(reader.bytes());
    ImageCounts counts;
    if (!read_images(reader, counts)) return false;
    if (place) fates.pipelines[*place] = counts;
  }
  for (std::uint64_t left = reader.varint(); left > 0 && reader.ok(); --left) {
    const std::string_view pipeline = reader.bytes();
    const auto place = places.find(pipeline, reader.bytes());
    ImageCounts counts;
    if (!read_images(reader, counts)) return false;
    if (place) fates.steps[*place] = counts;
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
  topology::append_u8(out, static_cast<std::uint8_t>(source.snapshot));
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
  const std::uint8_t snapshot = reader.u8();
  if (snapshot > static_cast<std::uint8_t>(ops::SourceMemory::Snapshot::ended)) return false;
  source.snapshot = static_cast<ops::SourceMemory::Snapshot>(snapshot);
  for (std::string* text :
       {&source.server, &source.database, &source.schema, &source.table, &source.last_delete_key}) {
    *text = reader.bytes();
  }
  return reader.ok();
}

}  // namespace

std::string write_task_metadata(const TaskProgress& progress, const CountedPlaces& places) {
  std::string out;
  topology::append_u8(out, metadata_format);
  append_varint(out, progress.commit_number);
  append_varint(out, static_cast<std::uint64_t>(progress.next_offset.value));
  append_i64(out, progress.stream_time.microseconds);
  append_upstream(out, progress);
  append_hops(out, progress);
  append_source(out, progress.source);
  append_fates(out, progress.fates, places);
  return out;
}

topology::Result<TaskProgress> read_task_metadata(std::string_view bytes, const CountedPlaces& places) {
  ByteReader reader(bytes);
  TaskProgress progress;
  if (const std::uint8_t format = reader.u8(); reader.ok() && format != metadata_format) {
    return topology::Error{
        topology::ErrorCode::changelog_damaged,
        "the state in the changelog has format " + std::to_string(format) +
            ", and this version of Tallymill reads format " + std::to_string(metadata_format),
        "run the version that wrote it, or start the topology under a new name: its state is "
        "then built anew from the source topics"};
  }
  progress.commit_number = reader.varint();
  progress.next_offset.value = static_cast<std::int64_t>(reader.varint());
  progress.stream_time.microseconds = reader.i64();
  read_upstream(reader, progress);
  read_hops(reader, progress);
  if (!read_source(reader, progress.source) || !read_fates(reader, progress.fates, places) || !reader.at_end()) {
    return topology::Error{
        topology::ErrorCode::changelog_damaged, "the metadata record of a changelog is damaged",
        "start the topology under a new name: its state is then built anew from the source "
        "topics"};
  }
  return progress;
}

}  // namespace tallymill::processor
