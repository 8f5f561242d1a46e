#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "topology/base/ids.h"
#include "topology/base/result.h"
#include "topology/data/arena.h"
#include "topology/data/row.h"

namespace tallymill::ops {

/// The last applied position of a primary key in the database's log.
struct Fence {
  topology::Lsn lsn;
  std::int64_t source_time_ms = 0;  ///< highest source.ts_ms applied; 0 if the wire has none
};

/// An entry of a source's row store.
struct StoredRow {
  bool last_was_delete = false;
  std::optional<Fence> fence;
  std::optional<topology::Row> row;

  bool empty() const { return !last_was_delete && !fence && !row; }
};

/// Format byte 1, flags, fence, row bytes.
void append_stored_row(std::string& out, const StoredRow& stored);
/// `columns` values of the row view into `bytes`. Error: malformed_record (the store is damaged).
topology::Result<StoredRow> read_stored_row(std::string_view bytes, std::size_t columns,
                                            topology::Arena& arena);

}  // namespace tallymill::ops
