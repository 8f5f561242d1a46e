#pragma once

#include <cstdint>
#include <optional>

#include "processor/codec/row_key.h"
#include "processor/local/broker.h"

namespace tallymill::processor {

/// Where a record of `pipe` and `test` stands in its topic, by one rule for both. A record whose partition is
/// said stands there; else where its key hashes to; without a key in partition 0. A record of which only the
/// value is known has, on a topic of several partitions, the key that a connector gives to its row, since
/// there the key decides in which task a row lives; of one partition it needs none.
class RecordPlacement {
 public:
  /// `partitions` of the topic, at least 1.
  RecordPlacement(const topology::SourcePlan& source, std::int32_t partitions)
      : row_keys_(source), partitions_(partitions) {}

  std::int32_t partitions() const { return partitions_; }
  /// `has_key`: whether the record's key is known, null included. Where it is not, and one key names the row,
  /// the record is given it.
  topology::Partition place(LocalRecord& record, bool has_key, std::optional<std::int32_t> partition) const;

 private:
  RowKeyReader row_keys_;
  std::int32_t partitions_;
};

}  // namespace tallymill::processor
