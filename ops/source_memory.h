#pragma once

#include <cstdint>
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
  /// The Kafka key of the last `d`, of a source whose nulls cannot name their row: the primary key takes columns from
  /// metadata, or there is none. Forgotten with that null, or with another record that has the key.
  std::string last_delete_key;
  /// Mode changelog: records other than snapshot rows have come, so a snapshot row is one of a second snapshot.
  bool is_streaming = false;
  /// Mode changelog: how far the snapshot of the first table has come, as far as the connector marks it.
  enum class Snapshot : std::uint8_t { not_begun, begun, ended };
  Snapshot snapshot = Snapshot::not_begun;

  TableName home() const { return {server, database, schema, table}; }
  void note_home(const topology::Envelope& envelope) {
    if (!home().empty()) return;
    server = envelope.server;
    database = envelope.database;
    schema = envelope.schema;
    table = envelope.table;
  }
  static Shape shape_of(const topology::Envelope& envelope) {
    return envelope.flattened ? Shape::flattened : Shape::envelopes;
  }
};

}  // namespace tallymill::ops
