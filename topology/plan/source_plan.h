#pragma once

#include <string>
#include <vector>

#include "topology/plan/plan.h"

namespace tallymill::topology {

/// The source's row type and the positions of its special columns. `metadata` are the fields of `meta` that
/// expressions downstream use. The declaration's own names were checked when the document was read.
SourcePlan make_source_plan(const SourceDeclaration& declaration, const std::vector<MetadataField>& metadata);

/// What flows out of the source.
StreamShape shape_of(const SourcePlan& source);

/// For each source of `document` the metadata that its event time and the pipelines reading it, directly or
/// through others, use.
std::vector<std::vector<MetadataField>> metadata_used(const Document& document);

}  // namespace tallymill::topology
