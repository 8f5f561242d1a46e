#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "topology/base/result.h"
#include "topology/base/time.h"
#include "topology/data/row_codec.h"

namespace tallymill::processor {

/// A message of a repartition topic: many partials of one flush of one upstream task for one partition.
///
///   u8 format = 1 | varint sub-topology | varint input | varint hop | i64 watermark | varint partials |
///   varint partials sent so far, with these | then per partial: varint length, key | varint length, delta
///
/// The watermark is the upstream task's after the data of this frame and all before it.
struct FrameHeader {
  std::uint16_t sub_topology = 0;  ///< of the upstream task
  std::uint32_t input = 0;         ///< likewise, see TaskId
  std::uint16_t hop = 0;           ///< which of the upstream task's exchanges
  topology::EventTime watermark = topology::EventTime::minus_infinity();
  std::uint64_t partials = 0;  ///< in this frame
  /// All partials that the upstream task ever sent to this partition: what was lost or doubled on the way
  /// shows.
  std::uint64_t sent_total = 0;
};

inline constexpr std::size_t frame_bytes_max = 64 * 1024;

void append_frame_header(std::string& out, const FrameHeader& header);
void append_frame_partial(std::string& out, std::string_view key, std::string_view delta);

/// Reads a frame; partials view into its bytes.
class FrameReader {
 public:
  /// Error: malformed_record.
  static topology::Result<FrameReader> open(std::string_view bytes);

  const FrameHeader& header() const { return header_; }
  struct Entry {
    std::string_view key;
    std::string_view delta;
  };
  /// The next partial; nothing at the end. After it, ok() says whether the end was clean.
  std::optional<Entry> next();
  bool ok() const { return reader_.ok(); }

 private:
  FrameReader(FrameHeader header, topology::ByteReader reader) : header_(header), reader_(reader) {}

  FrameHeader header_;
  topology::ByteReader reader_;
};

}  // namespace tallymill::processor
