#pragma once

#include <string_view>

#include "topology/plan/plan.h"
#include "topology/spec/document.h"

namespace tallymill::topology {

/// Whether the pipeline names the source or pipeline in `from`.
bool reads(const PipelineDeclaration& pipeline, std::string_view name);

/// Topics of which Kafka would refuse to create the second, because their names differ in `.` and `_` only.
void check_names_in_metrics(const Document& document, const Plan& plan, Diagnostics& diagnostics);

/// What is legal and probably not meant: sources and pipelines that lead nowhere, facts that are added up
/// whatever becomes of them, names too long for Kafka. For a topology without errors.
void add_plan_warnings(const Document& document, const Plan& plan, Diagnostics& diagnostics);

}  // namespace tallymill::topology
