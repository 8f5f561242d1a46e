#include "topology/plan/source_plan.h"

#include <set>

namespace tallymill::topology {
namespace {

using MetadataSet = std::set<MetadataField>;

void collect(const ExpressionText& expression, MetadataSet& out) {
  for (const std::string& name : metadata_fields_used(expression.text)) {
    if (const auto field = parse_metadata_field(name)) out.insert(*field);
  }
}

void collect(const FieldSet& fields, MetadataSet& out) {
  for (const FieldValue& value : fields.values()) {
    if (const auto* expression = std::get_if<ExpressionText>(&value.value)) {
      collect(*expression, out);
    } else if (const auto* named = std::get_if<std::vector<NamedExpression>>(&value.value)) {
      for (const NamedExpression& entry : *named) collect(entry.expression, out);
    } else if (const auto* groups = std::get_if<std::vector<GroupItem>>(&value.value)) {
      for (const GroupItem& group : *groups) {
        if (group.expression) collect(*group.expression, out);
      }
    } else if (const auto* objects = std::get_if<std::vector<FieldSet>>(&value.value)) {
      for (const FieldSet& object : *objects) collect(object, out);
    }
  }
}

MetadataSet used_by(const PipelineDeclaration& pipeline) {
  MetadataSet result;
  for (const StepDeclaration& step : pipeline.steps) collect(step.fields, result);
  for (const SinkDeclaration& sink : pipeline.sinks) {
    if (sink.when) collect(*sink.when, result);
  }
  return result;
}

/// The sources that `pipeline` reads, through other pipelines too.
void collect_sources(const Document& document, const PipelineDeclaration& pipeline,
                     std::set<const PipelineDeclaration*>& seen, std::set<std::size_t>& sources) {
  if (!seen.insert(&pipeline).second) return;
  for (const NameUse& from : pipeline.from) {
    for (std::size_t i = 0; i < document.sources.size(); ++i) {
      if (document.sources[i].name == from.name) sources.insert(i);
    }
    for (const PipelineDeclaration& other : document.pipelines) {
      if (other.name == from.name) collect_sources(document, other, seen, sources);
    }
  }
}

/// Rows that meet in a union have the same hidden columns, so that they have the same positions.
void align_unions(const Document& document, std::vector<MetadataSet>& by_source) {
  for (bool changed = true; changed;) {
    changed = false;
    for (const PipelineDeclaration& pipeline : document.pipelines) {
      std::set<const PipelineDeclaration*> seen;
      std::set<std::size_t> sources;
      collect_sources(document, pipeline, seen, sources);
      MetadataSet fields;
      for (const std::size_t source : sources)
        fields.insert(by_source[source].begin(), by_source[source].end());
      for (const std::size_t source : sources) {
        changed = changed || by_source[source] != fields;
        by_source[source] = fields;
      }
    }
  }
}

}  // namespace

std::vector<std::vector<MetadataField>> metadata_used(const Document& document) {
  std::vector<MetadataSet> by_source(document.sources.size());
  for (std::size_t i = 0; i < document.sources.size(); ++i) {
    if (document.sources[i].event_time.name == "meta.source_time")
      by_source[i].insert(MetadataField::source_time);
  }
  for (const PipelineDeclaration& pipeline : document.pipelines) {
    std::set<const PipelineDeclaration*> seen;  // stops at cycles, which are reported elsewhere
    std::set<std::size_t> sources;
    collect_sources(document, pipeline, seen, sources);
    const MetadataSet fields = used_by(pipeline);
    for (const std::size_t source : sources) by_source[source].insert(fields.begin(), fields.end());
  }
  align_unions(document, by_source);
  std::vector<std::vector<MetadataField>> result;
  for (const MetadataSet& fields : by_source) result.emplace_back(fields.begin(), fields.end());
  return result;
}

SourcePlan make_source_plan(const SourceDeclaration& declaration,
                            const std::vector<MetadataField>& metadata) {
  SourcePlan plan;
  plan.declaration = declaration;
  for (const ColumnDeclaration& column : declaration.columns) {
    Column added;
    added.name = column.name;
    added.type = column.type;
    added.sensitive = column.sensitive;
    added.currency = column.currency;
    if (column.currency.kind == Currency::Kind::none && column.type.kind == TypeKind::decimal)
      added.currency.kind = Currency::Kind::undeclared;
    plan.type.columns.push_back(std::move(added));
  }
  plan.declared_columns = plan.type.size();
  for (std::size_t i = 0; i < plan.declared_columns; ++i) {
    const std::optional<MetadataField> field = declaration.columns[i].metadata;
    if (field) plan.metadata.push_back({*field, i});
    if (!field) plan.content.push_back(i);
  }
  for (const NameUse& key : declaration.primary_key) {
    const auto position = plan.type.find(key.name);
    if (!position) continue;  // the document has reported it
    plan.primary_key.push_back(*position);
    plan.type.columns[*position].nullable = false;
  }
  if (!declaration.origin_column.empty()) {
    plan.origin_column = plan.type.size();
    plan.type.columns.push_back(
        {.name = declaration.origin_column, .type = TypeKind::string, .nullable = false});
  }
  for (const MetadataField field : metadata) {
    plan.metadata.push_back({field, plan.type.size()});
    Column hidden{.name = "meta." + std::string(name_of(field)), .type = type_of(field)};
    hidden.hidden = true;
    plan.type.columns.push_back(std::move(hidden));
  }
  if (!declaration.event_time.name.empty())
    plan.event_time_column = plan.type.find(declaration.event_time.name);
  return plan;
}

StreamShape shape_of(const SourcePlan& source) {
  StreamShape shape;
  shape.type = source.type;
  shape.has_event_time = source.event_time_column.has_value();
  shape.event_time_column = source.event_time_column;
  if (source.declaration.mode == SourceMode::events) return shape;
  if (source.declaration.mode == SourceMode::changelog) {
    shape.identity.kind = Identity::Kind::lost;  // a row is all of its columns, and two rows may be equal
    shape.keyless = true;
    return shape;
  }
  shape.identity.kind = Identity::Kind::columns;
  shape.identity.columns = source.primary_key;
  std::set<std::string> origins;
  for (const std::string& topic : source.declaration.topics) origins.insert(topic.substr(0, topic.find('.')));
  const bool one_topic = source.declaration.topics.size() == 1;
  if (one_topic) shape.partitioning = {Partitioning::Kind::source_key, source.primary_key};
  if (source.origin_column && origins.size() == source.declaration.topics.size()) {
    shape.identity.columns.insert(shape.identity.columns.begin(), *source.origin_column);
    shape.identity.origins.assign(origins.begin(), origins.end());
  } else if (!one_topic) {
    // Equal primary keys of two topics are two rows, and nothing tells them apart.
    shape.identity.kind = Identity::Kind::lost;
  }
  return shape;
}

}  // namespace tallymill::topology
