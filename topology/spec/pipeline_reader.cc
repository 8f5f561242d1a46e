#include "topology/spec/pipeline_reader.h"

#include "topology/spec/document_tables.h"
#include "topology/spec/excerpt.h"
#include "topology/spec/sink_reader.h"
#include "topology/spec/step_reader.h"

namespace tallymill::topology {

PipelineDeclaration read_pipeline(const YamlNode::Entry& entry,
                                  std::span<const OperatorSpec* const> operators, Diagnostics& diagnostics) {
  const std::string owner = "pipeline " + in_quotes(entry.key);
  const FieldSet fields = read_fields(entry.value, pipeline_fields(), owner, diagnostics);
  PipelineDeclaration pipeline;
  pipeline.name = entry.key;
  pipeline.range = entry.key_range;
  const auto from = fields.names("from");
  pipeline.from.assign(from.begin(), from.end());
  if (const YamlNode* steps = fields.subtree("steps")) {
    pipeline.steps = read_steps(*steps, owner, operators, diagnostics);
  }
  if (const FieldValue* to = fields.find("to"); to != nullptr && fields.objects("to").empty()) {
    diagnostics.error(
        ErrorCode::invalid_value, to->range, owner + " writes to an empty list",
        "name a topic, as `to: { topic: .. }`, or leave `to` out if only other pipelines read it");
  }
  pipeline.sinks = read_sinks(fields.objects("to"), owner, diagnostics);
  return pipeline;
}

}  // namespace tallymill::topology
