#include "ops/stored_row.h"

#include "topology/data/row_codec.h"

namespace tallymill::ops {
namespace {

// Two bytes of flags say which parts follow.
constexpr std::uint32_t flag_last_was_delete = 1U << 0;
constexpr std::uint32_t flag_row = 1U << 1;
constexpr std::uint32_t flag_written_by_snapshot = 1U << 2;
constexpr std::uint32_t flag_fence = 1U << 3;
constexpr std::uint32_t flag_fence_by_delete = 1U << 4;
constexpr std::uint32_t flag_snapshot = 1U << 5;
constexpr std::uint32_t flag_snapshot_time = 1U << 6;
constexpr std::uint32_t flag_snapshot_lsn = 1U << 7;
constexpr std::uint32_t flag_snapshot_transaction = 1U << 8;
constexpr std::uint32_t flag_epoch = 1U << 9;
constexpr std::uint32_t flag_previous_epoch = 1U << 10;
constexpr std::uint32_t flag_deleted_at = 1U << 11;
constexpr std::uint32_t flag_home_table = 1U << 12;
constexpr std::uint32_t flag_other_table = 1U << 13;
constexpr std::uint32_t flag_beside_key = 1U << 14;
constexpr std::uint32_t flag_contested = 1U << 15;

topology::Error damaged() {
  return {topology::ErrorCode::malformed_record, "an entry of the row store is damaged",
          "remove the local state; it is rebuilt"};
}

std::uint32_t flags_of(const StoredRow& stored, const TableName& home) {
  const auto flag = [](bool set, std::uint32_t value) { return set ? value : 0; };
  const auto& snapshot = stored.snapshot;
  const bool has_table = !stored.table.empty();
  const bool at_home = has_table && stored.table == home;
  return flag(stored.last_was_delete, flag_last_was_delete) | flag(stored.row.has_value(), flag_row) |
         flag(stored.written_by_snapshot, flag_written_by_snapshot) |
         flag(stored.fence.has_value(), flag_fence) |
         flag(stored.fence && stored.fence->by_delete, flag_fence_by_delete) |
         flag(snapshot.has_value(), flag_snapshot) |
         flag(snapshot && snapshot->source_time_ms, flag_snapshot_time) |
         flag(snapshot && snapshot->lsn, flag_snapshot_lsn) |
         flag(snapshot && snapshot->transaction_id, flag_snapshot_transaction) |
         flag(stored.epoch != 0, flag_epoch) |
         flag(stored.previous_epoch_time_ms.has_value(), flag_previous_epoch) |
         flag(stored.deleted_at_ms.has_value(), flag_deleted_at) | flag(at_home, flag_home_table) |
         flag(has_table && !at_home, flag_other_table) |
         flag(!stored.beside_key.empty(), flag_beside_key) | flag(stored.is_contested, flag_contested);
}

SnapshotPosition read_snapshot(topology::ByteReader& reader, std::uint32_t flags) {
  SnapshotPosition snapshot;
  snapshot.epoch = static_cast<std::uint32_t>(reader.varint());
  if ((flags & flag_snapshot_time) != 0) snapshot.source_time_ms = reader.i64();
  if ((flags & flag_snapshot_lsn) != 0) snapshot.lsn = topology::Lsn(reader.u64());
  if ((flags & flag_snapshot_transaction) != 0) snapshot.transaction_id = reader.i64();
  return snapshot;
}

bool parts_differ(std::string_view a, std::string_view b) { return !a.empty() && !b.empty() && a != b; }

}  // namespace

std::string TableName::text() const {
  std::string text;
  for (const std::string_view part : {database, schema, table}) {
    if (part.empty()) continue;
    if (!text.empty()) text += '.';
    text += part;
  }
  return text.empty() ? std::string(server) : text;
}

TableName table_of(const topology::Envelope& envelope) {
  return {envelope.server, envelope.database, envelope.schema, envelope.table};
}

bool differ(const TableName& a, const TableName& b) {
  return parts_differ(a.table, b.table) || parts_differ(a.schema, b.schema) || differ_in_database(a, b);
}

bool differ_in_database(const TableName& a, const TableName& b) {
  return parts_differ(a.database, b.database) || parts_differ(a.server, b.server);
}

bool StoredRow::empty() const {
  return !row && !fence && !snapshot && !last_was_delete && !previous_epoch_time_ms && beside_key.empty() &&
         !is_contested;
}

void append_stored_row(std::string& out, const StoredRow& stored, const TableName& home) {
  const std::uint32_t flags = flags_of(stored, home);
  topology::append_u8(out, topology::stored_row_format);
  topology::append_u8(out, static_cast<std::uint8_t>(flags));
  topology::append_u8(out, static_cast<std::uint8_t>(flags >> 8));
  if (stored.fence) {
    topology::append_u64(out, stored.fence->lsn.value);
    topology::append_i64(out, stored.fence->source_time_ms);
  }
  if (const auto& snapshot = stored.snapshot) {
    topology::append_varint(out, snapshot->epoch);
    if (snapshot->source_time_ms) topology::append_i64(out, *snapshot->source_time_ms);
    if (snapshot->lsn) topology::append_u64(out, snapshot->lsn->value);
    if (snapshot->transaction_id) topology::append_i64(out, *snapshot->transaction_id);
  }
  if (stored.epoch != 0) topology::append_varint(out, stored.epoch);
  if (stored.previous_epoch_time_ms) topology::append_i64(out, *stored.previous_epoch_time_ms);
  if (stored.deleted_at_ms) topology::append_i64(out, *stored.deleted_at_ms);
  if ((flags & flag_other_table) != 0) {
    for (const std::string_view part :
         {stored.table.server, stored.table.database, stored.table.schema, stored.table.table}) {
      topology::append_bytes(out, part);
    }
  }
  if ((flags & flag_beside_key) != 0) {
    topology::append_u64(out, std::uint64_t{stored.beside_key.names} << 32 | stored.beside_key.values);
  }
  if (stored.row) topology::append_row(out, *stored.row);
}

topology::Result<StoredRow> read_stored_row(std::string_view bytes, const TableName& home, std::size_t columns,
                                            topology::Arena& arena) {
  topology::ByteReader reader(bytes);
  const bool is_known = reader.u8() == topology::stored_row_format;
  std::uint32_t flags = reader.u8();
  flags |= static_cast<std::uint32_t>(reader.u8()) << 8;
  topology::Result<StoredRow> result(std::in_place);
  StoredRow& stored = *result;
  stored.last_was_delete = (flags & flag_last_was_delete) != 0;
  stored.written_by_snapshot = (flags & flag_written_by_snapshot) != 0;
  if ((flags & flag_fence) != 0) {
    const topology::Lsn lsn(reader.u64());
    stored.fence = Fence{lsn, reader.i64(), (flags & flag_fence_by_delete) != 0};
  }
  if ((flags & flag_snapshot) != 0) stored.snapshot = read_snapshot(reader, flags);
  if ((flags & flag_epoch) != 0) stored.epoch = static_cast<std::uint32_t>(reader.varint());
  if ((flags & flag_previous_epoch) != 0) stored.previous_epoch_time_ms = reader.i64();
  if ((flags & flag_deleted_at) != 0) stored.deleted_at_ms = reader.i64();
  if ((flags & flag_home_table) != 0) stored.table = home;
  if ((flags & flag_other_table) != 0) {
    for (std::string_view TableName::* part :
         {&TableName::server, &TableName::database, &TableName::schema, &TableName::table}) {
      stored.table.*part = reader.bytes();
    }
  }
  if ((flags & flag_beside_key) != 0) {
    const std::uint64_t beside = reader.u64();
    stored.beside_key = {static_cast<std::uint32_t>(beside >> 32), static_cast<std::uint32_t>(beside)};
  }
  stored.is_contested = (flags & flag_contested) != 0;
  if (!is_known || !reader.ok()) {
    result = damaged();
    return result;
  }
  std::string_view rest = reader.rest();
  if ((flags & flag_row) != 0) {
    auto row = topology::read_row(rest, columns, arena);
    if (row) stored.row = *row;
    if (!row) result = row.error();
  }
  if (result && !rest.empty()) result = damaged();
  return result;
}

}  // namespace tallymill::ops
