#include "ops/stored_row.h"

#include "topology/data/row_codec.h"

namespace tallymill::ops {
namespace {

constexpr std::uint8_t format_version = 1;
constexpr std::uint8_t flag_last_was_delete = 1;
constexpr std::uint8_t flag_fence = 2;
constexpr std::uint8_t flag_row = 4;

topology::Error damaged() {
  return {topology::ErrorCode::malformed_record, "an entry of the row store is damaged",
          "remove the local state; it is rebuilt"};
}

}  // namespace

void append_stored_row(std::string& out, const StoredRow& stored) {
  const int flags = (stored.last_was_delete ? flag_last_was_delete : 0) | (stored.fence ? flag_fence : 0) |
                    (stored.row ? flag_row : 0);
  topology::append_u8(out, format_version);
  topology::append_u8(out, static_cast<std::uint8_t>(flags));
  if (stored.fence) {
    topology::append_u64(out, stored.fence->lsn.value);
    topology::append_i64(out, stored.fence->source_time_ms);
  }
  if (stored.row) topology::append_row(out, *stored.row);
}

topology::Result<StoredRow> read_stored_row(std::string_view bytes, std::size_t columns,
                                            topology::Arena& arena) {
  topology::ByteReader reader(bytes);
  if (reader.u8() != format_version) return damaged();
  const std::uint8_t flags = reader.u8();
  StoredRow stored;
  stored.last_was_delete = (flags & flag_last_was_delete) != 0;
  if ((flags & flag_fence) != 0) {
    const topology::Lsn lsn(reader.u64());
    stored.fence = Fence{lsn, reader.i64()};
  }
  if (!reader.ok()) return damaged();
  std::string_view rest = reader.rest();
  if ((flags & flag_row) != 0) {
    auto row = topology::read_row(rest, columns, arena);
    if (!row) return row.error();
    stored.row = *row;
  }
  if (!rest.empty()) return damaged();
  return stored;
}

}  // namespace tallymill::ops
