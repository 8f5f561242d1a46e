#include "processor/local/record_placement.h"

#include "processor/codec/partitioner.h"

namespace tallymill::processor {

topology::Partition RecordPlacement::place(LocalRecord& record, bool has_key,
                                           std::optional<std::int32_t> partition) const {
  if (partition) return topology::Partition(*partition);
  if (has_key) return record.key ? partition_of(*record.key, partitions_) : topology::Partition(0);
  if (partitions_ == 1 || !record.value) return topology::Partition(0);
  auto key = row_keys_.read(*record.value);
  // Two rows have two keys, and a record one: without a key the engine says that none names the row.
  if (!key || key->moves) return topology::Partition(0);
  record.key = std::move(key->bytes);
  return partition_of(key->identity, partitions_);
}

}  // namespace tallymill::processor
