#pragma once

#include <optional>
#include <span>

#include "ops/stored_row.h"
#include "topology/base/result.h"
#include "topology/data/change.h"
#include "topology/data/envelope.h"
#include "topology/plan/plan.h"

namespace tallymill::ops {

/// The row that a change is known to have been applied to, for what the record does not say.
struct KnownRow {
  std::optional<topology::Row> stored;     ///< under the same key: gives columns that are absent
  std::optional<topology::Row> unchanged;  ///< gives columns that the change left as they were (placeholders)
  bool says_all = false;  ///< a snapshot's record: what it lacks the table does not have
};

/// What stands for the columns that a `c` or `u` does not say. `left`: the row that it leaves if it changes the primary
/// key, else null.
KnownRow known_row(const topology::Envelope& envelope, const StoredRow* left, const StoredRow& stored);

/// Makes images of a source's rows: fills what a record lacks, and says when they happened. Immutable.
class SourceImages {
 public:
  explicit SourceImages(const topology::SourcePlan& source) : source_(source) {}

  /// Fills what the wire did not have into `row`, but for metadata. A placeholder whose value nobody knows stays
  /// `unavailable`: it concerns whatever reads it. Error: missing_column.
  topology::Status complete(const topology::Envelope& envelope, std::span<topology::Value> row,
                            const KnownRow& known) const;

  topology::Half image(topology::Row row) const;

  /// What the row says of stream time, at most the connector's clock (or where the wire lacks it the record's own
  /// time) and max_ahead.
  struct StreamTime {
    topology::EventTime time;
    bool is_capped = false;
  };
  std::optional<StreamTime> stream_time(const topology::Envelope& envelope, const topology::RecordOrigin& origin,
                                        topology::Row row) const;

  /// Whether the before image has other values than the stored row. Without REPLICA IDENTITY FULL it has nulls for
  /// what it does not know.
  bool differs(std::span<const topology::Value> before, topology::Row stored) const;
  /// Whether two rows are equal in what the table says; their metadata may differ.
  bool equal_in_content(topology::Row a, topology::Row b) const;

 private:
  const topology::SourcePlan& source_;
};

}  // namespace tallymill::ops
