#include "processor/codec/partial_frame.h"

namespace tallymill::processor {

constexpr std::uint8_t frame_format = 1;

void append_frame_header(std::string& out, const FrameHeader& header) {
  topology::append_u8(out, frame_format);
  topology::append_varint(out, header.sub_topology);
  topology::append_varint(out, header.input);
  topology::append_varint(out, header.hop);
  topology::append_i64(out, header.watermark.microseconds);
  topology::append_varint(out, header.partials);
  topology::append_varint(out, header.sent_total);
}

void append_frame_partial(std::string& out, std::string_view key, std::string_view delta) {
  topology::append_bytes(out, key);
  topology::append_bytes(out, delta);
}

topology::Result<FrameReader> FrameReader::open(std::string_view bytes) {
  topology::ByteReader reader(bytes);
  FrameHeader header;
  const bool known = reader.u8() == frame_format;
  header.sub_topology = static_cast<std::uint16_t>(reader.varint());
  header.input = static_cast<std::uint32_t>(reader.varint());
  header.hop = static_cast<std::uint16_t>(reader.varint());
  header.watermark.microseconds = reader.i64();
  header.partials = reader.varint();
  header.sent_total = reader.varint();
  if (!known || !reader.ok()) {
    return topology::Error{topology::ErrorCode::malformed_record,
                           "a record of a repartition topic is no frame",
                           "only Tallymill writes internal topics; find out who else did"};
  }
  return FrameReader(header, reader);
}

std::optional<FrameReader::Entry> FrameReader::next() {
  if (!reader_.ok() || reader_.at_end()) return std::nullopt;
  Entry entry;
  entry.key = reader_.bytes();
  entry.delta = reader_.bytes();
  if (!reader_.ok()) return std::nullopt;
  return entry;
}

}  // namespace tallymill::processor
