#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "topology/data/row.h"

namespace tallymill::topology {

/// The fields of `meta`: what a record says beside its row.
enum class MetadataField : std::uint8_t {
  op,
  lsn,
  tx_id,
  source_time,
  topic,
  partition,
  offset,
  record_time,
  table,
  snapshot,
  schema,
  database,
  connector,
};
std::string_view name_of(MetadataField field);
std::optional<MetadataField> parse_metadata_field(std::string_view name);
Type type_of(MetadataField field);

/// All names, separated by ", ", for messages.
std::string metadata_field_names();

}  // namespace tallymill::topology
