#pragma once

#include <span>

#include "topology/data/envelope.h"
#include "topology/plan/plan.h"

namespace tallymill::ops {

/// The value of `meta.FIELD` for one record. Text views into the record's arena; null where the record does not
/// state it.
topology::Value metadata_value(topology::MetadataField field, const topology::Envelope& envelope,
                               const topology::RecordOrigin& origin);

/// Fills the origin column, the columns declared `from: meta.FIELD` and the hidden ones.
void fill_metadata(const topology::SourcePlan& source, const topology::Envelope& envelope,
                   const topology::RecordOrigin& origin, std::span<topology::Value> row);

}  // namespace tallymill::ops
