#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ops/stored_row.h"
#include "topology/base/result.h"
#include "topology/data/arena.h"
#include "topology/data/envelope.h"
#include "topology/plan/plan.h"

namespace tallymill::ops {

/// other_table, of a record of one table that names the stored row of another.
topology::Error other_table_error(const TableName& table, const TableName& stored);
/// key_not_identity, where is_of_other_row(), or where a snapshot has two rows of one key.
topology::Error other_row_error();

/// Whether the record came under a Kafka key that has the stored row's primary key and another value beside it. The
/// row may be one whose last record could not be read.
bool is_under_other_key(const StoredRow& stored, const topology::Envelope& envelope);

/// Whether the record is of another row of the table that has the same primary key. A Kafka key that exceeds the
/// primary key may change with its row, which is a delete and an insert then; so an insert (or what may be one, since
/// nothing says what it is) over a row that is there is one of another row, and from then on (StoredRow::is_contested)
/// the two are told apart by their Kafka keys.
bool is_of_other_row(const StoredRow& stored, const topology::Envelope& envelope);

/// Which row of a table a record is about, and whether the record stands where the row's other changes stand.
/// Immutable.
class RowIdentity {
 public:
  explicit RowIdentity(const topology::SourcePlan& source);

  /// Whether the primary key takes columns from metadata, which no Kafka key names.
  bool has_metadata() const { return has_metadata_; }

  /// All changes of a row must meet in one task, and the Kafka key decides where they go: on a topic with several
  /// partitions it names the row and nothing else. Error: key_not_identity.
  topology::Status check_place(const topology::RecordKey& key, const topology::RecordOrigin& origin) const;

  /// An update that says nothing of the row as it was, under a Kafka key that does not have the whole primary key: of a
  /// row that is known it is an update; else it may have changed what the key lacks, and leave a row that is there.
  /// Error: key_not_identity.
  topology::Status check_update(const topology::Envelope& envelope, bool is_known) const;

  /// The row's key in the store: read from the Kafka key where it has the columns, else from `block`, the row that
  /// the record has (empty if none). A column that only the Kafka key has is filled into `block`. Errors:
  /// missing_key, key_mismatch.
  topology::Result<std::string_view> key_of(const topology::Envelope& envelope,
                                            const topology::RecordOrigin& origin,
                                            std::span<topology::Value> block, topology::Arena& arena) const;

  /// The key of an update's before image, if that has the whole primary key.
  std::optional<std::string_view> left_key(const topology::Envelope& envelope,
                                           const topology::RecordOrigin& origin, topology::Arena& arena) const;

 private:
  topology::Error no_value(const topology::Envelope& envelope, std::size_t column, std::string_view what) const;

  const topology::SourcePlan& source_;
  /// By position in the primary key: where its value comes from, if from metadata.
  std::vector<std::optional<topology::MetadataField>> metadata_;
  bool has_metadata_ = false;
};

}  // namespace tallymill::ops
