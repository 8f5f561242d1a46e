#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "topology/plan/plan.h"

namespace tallymill::processor {

/// The Kafka key that a connector gives to a row.
struct RowKey {
  std::string bytes;  ///< with a schema where the value has one
  /// Without a schema: it decides the partition, so that a row with and without one stays where it is.
  std::string identity;
  /// Before and after image are two rows, which no one key names.
  bool moves = false;
};

/// Makes the keys of records of which only the value is known: lines of `pipe`, inputs of cases. Not on the
/// record path of the engine.
class RowKeyReader {
 public:
  explicit RowKeyReader(const topology::SourcePlan& source);

  /// The key of the row in an envelope (after, else before) or a flattened row, with those primary-key
  /// columns that it has; columns taken from metadata are no part of it. Nothing without a primary key, or
  /// where the value names no row.
  std::optional<RowKey> read(std::string_view value) const;

 private:
  std::vector<std::string> columns_;  ///< of the primary key, as the wire has them
};

}  // namespace tallymill::processor
