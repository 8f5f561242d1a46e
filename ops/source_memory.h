#pragma once

#include <string>

#include "ops/stored_row.h"

namespace tallymill::ops {

/// What the task of a source's partition remembers besides rows. Part of its progress: committed and dropped with
/// everything else, so that the same log gives the same answers whatever crashed in between.
struct SourceMemory {
  enum class Shape : std::uint8_t { unknown, envelopes, flattened };

  /// Of the last record with a row. Only on a flattened topic is a tombstone the only word of a delete.
  Shape shape = Shape::unknown;
  /// The first table that a record stated, so that its rows need not repeat it; four texts, see TableName.
  std::string server;
  std::string database;
  std::string schema;
  std::string table;
  /// The Kafka key of the last `d`, of a source whose primary key takes columns from metadata: the null behind it
  /// cannot name its row. Forgotten with that null, or with another record that has the key.
  std::string last_delete_key;
  /// Mode changelog: records other than snapshot rows have come, so a snapshot row is one of a second snapshot.
  bool is_streaming = false;

  TableName home() const { return {server, database, schema, table}; }
};

}  // namespace tallymill::ops
