#include "topology/plan/plan_builder.h"

#include <algorithm>

#include "topology/plan/internal_topics.h"
#include "topology/plan/plan_checks.h"
#include "topology/plan/source_plan.h"

namespace tallymill::topology {
namespace {

bool same_columns(const RowType& a, const RowType& b) {
  return std::equal(a.columns.begin(), a.columns.end(), b.columns.begin(), b.columns.end(),
                    [](const Column& x, const Column& y) { return x.name == y.name && x.type == y.type; });
}

/// Rows of two streams with equal keys are two rows: only an origin column that is never the same tells them
/// apart.
void join_identity(Identity& a, const Identity& b) {
  const bool have_common_origin = std::find_first_of(a.origins.begin(), a.origins.end(), b.origins.begin(),
                                                     b.origins.end()) != a.origins.end();
  if (a.columns != b.columns || a.origins.empty() || b.origins.empty() || have_common_origin) {
    a.kind = Identity::Kind::lost;
    return;
  }
  a.origins.insert(a.origins.end(), b.origins.begin(), b.origins.end());
}

/// The windows above a union still change as long as those of any of its streams.
void join_windows(std::optional<UpstreamWindow>& a, const std::optional<UpstreamWindow>& b) {
  if (!b) return;
  if (!a) {
    a = b;
  } else if (a->grace && (!b->grace || *b->grace > *a->grace)) {
    a->grace = b->grace;
  }
}

/// A column is one of both streams, so that it may stand for the one that says nothing; a constant is one's
/// own.
Currency currency_in_union(const Currency& a, const Currency& b) {
  using Kind = Currency::Kind;
  if (a == b) return a;
  const auto says_nothing = [](const Currency& each) {
    return each.kind == Kind::none || each.kind == Kind::undeclared;
  };
  if (says_nothing(a) && says_nothing(b)) return {Kind::undeclared, {}};
  if (says_nothing(a) && b.kind == Kind::column) return b;
  if (says_nothing(b) && a.kind == Kind::column) return a;
  return {Kind::unknown, {}};
}

/// A union of two streams with the same columns: what holds for both.
StreamShape merged(StreamShape a, const StreamShape& b) {
  for (std::size_t i = 0; i < a.type.size(); ++i) {
    Column& column = a.type.columns[i];
    const Column& other = b.type.columns[i];
    column.nullable |= other.nullable;
    column.sensitive |= other.sensitive;
    column.currency = currency_in_union(column.currency, other.currency);
    if (column.fixed_text != other.fixed_text) column.fixed_text.reset();
  }
  if (a.identity.kind == Identity::Kind::columns) join_identity(a.identity, b.identity);
  join_windows(a.upstream_window, b.upstream_window);
  a.partitioning = {};
  a.keyless |= b.keyless;
  a.has_event_time &= b.has_event_time;
  if (a.event_time_column != b.event_time_column) a.event_time_column.reset();
  return a;
}

}  // namespace

Plan PlanBuilder::build() {
  plan_.name = document_.name;
  plan_.internal_prefix = document_.name;
  plan_.dead_letter_topic = document_.dead_letter_topic;
  plan_.dead_letter_payload = document_.dead_letter_payload;
  plan_.dead_letter_hash_key = document_.name;
  plan_.late_topic = document_.late_topic;
  check_topics();
  add_sources();
  add_pipelines();
  if (!diagnostics_.has_errors()) {
    check_names_in_metrics(document_, plan_, diagnostics_);
    add_plan_warnings(document_, plan_, diagnostics_);
  }
  return std::move(plan_);
}

void PlanBuilder::check_topics() {
  if (!document_.late_topic.empty() && document_.late_topic == document_.dead_letter_topic) {
    diagnostics_.error(
        ErrorCode::duplicate_name, document_.name_range,
        "late rows and dead letters would go to the same topic \"" + document_.late_topic + "\"",
        "give `late` and `dead_letter` topics of their own");
  }
  const auto refuse_internal = [&](const std::string& topic, SourceRange range) {
    if (!is_internal_topic(topic, document_.name)) return;
    diagnostics_.error(ErrorCode::duplicate_name, range,
                       "topic \"" + topic + "\" has a name that is kept for the application's own topics",
                       "choose another topic, or another name for the topology");
  };
  for (const std::string& topic : {document_.late_topic, document_.dead_letter_topic})
    refuse_internal(topic, document_.name_range);
  for (const SourceDeclaration& source : document_.sources) {
    for (const std::string& topic : source.topics) refuse_internal(topic, source.topics_range);
  }
  std::map<std::string, std::string> readers;
  for (const SourceDeclaration& source : document_.sources) {
    for (const std::string& topic : source.topics) {
      const auto [reader, is_new] = readers.emplace(topic, source.name);
      if (is_new) continue;
      diagnostics_.error(
          ErrorCode::duplicate_name, source.topics_range,
          "topic \"" + topic + "\" is read by source \"" + reader->second + "\" already",
          "declare the topic once, with all columns; any number of pipelines can read the source");
    }
  }
}

/// In mode changelog the before image is what is retracted, and it has not the metadata that its row was added with.
void PlanBuilder::check_metadata(const SourceDeclaration& source, const std::vector<MetadataField>& used) {
  if (source.mode != SourceMode::changelog) return;
  for (const MetadataField field : used) {
    const bool is_of_the_table = field == MetadataField::table || field == MetadataField::schema ||
                                 field == MetadataField::database || field == MetadataField::connector ||
                                 field == MetadataField::topic;
    if (is_of_the_table) continue;
    diagnostics_.error(ErrorCode::invalid_value, source.mode_range,
                       "`meta." + std::string(name_of(field)) + "` of source \"" + source.name +
                           "\" is used, and in mode changelog a row is retracted by its before image, which does not "
                           "have it",
                       "use the row's own columns, or give the table a primary key");
  }
}

void PlanBuilder::add_sources() {
  const auto metadata = metadata_used(document_);
  for (std::size_t i = 0; i < document_.sources.size(); ++i) {
    check_metadata(document_.sources[i], metadata[i]);
    for (const ColumnDeclaration& column : document_.sources[i].columns) {
      if (column.metadata) check_metadata(document_.sources[i], {*column.metadata});
    }
    plan_.sources.push_back(make_source_plan(document_.sources[i], metadata[i]));
    const SubTopologyIndex index(static_cast<std::uint16_t>(plan_.sub_topologies.size()));
    SubTopology sub_topology;
    sub_topology.name = document_.sources[i].name;
    sub_topology.source = SourceIndex(static_cast<std::uint16_t>(i));
    plan_.sub_topologies.push_back(std::move(sub_topology));
    streams_[document_.sources[i].name] = {shape_of(plan_.sources.back()), {{index, std::nullopt}}};
  }
}

void PlanBuilder::add_pipelines() {
  for (const PipelineDeclaration* pipeline : ordered_pipelines()) add_pipeline(*pipeline);
}

std::vector<const PipelineDeclaration*> PlanBuilder::ordered_pipelines() {
  std::vector<const PipelineDeclaration*> result;
  std::map<const PipelineDeclaration*, bool> done;  // false while its inputs are being visited
  for (const PipelineDeclaration& pipeline : document_.pipelines) order(pipeline, done, result);
  return result;
}

bool PlanBuilder::order(const PipelineDeclaration& pipeline, std::map<const PipelineDeclaration*, bool>& done,
                        std::vector<const PipelineDeclaration*>& result) {
  const auto [entry, is_new] = done.emplace(&pipeline, false);
  if (!is_new) return entry->second;
  for (const NameUse& from : pipeline.from) {
    for (const PipelineDeclaration& other : document_.pipelines) {
      if (other.name != from.name) continue;
      if (done.contains(&other) ? !done[&other] : !order(other, done, result)) {
        if (diagnostics_.has_errors()) return false;
        diagnostics_.error(ErrorCode::invalid_value, from.range,
                           "pipeline \"" + pipeline.name + "\" reads itself through \"" + from.name + "\"",
                           "break the circle: a pipeline reads sources and pipelines before it");
        return false;
      }
    }
  }
  done[&pipeline] = true;
  result.push_back(&pipeline);
  return true;
}

void PlanBuilder::report_unknown_input(const NameUse& from) {
  std::vector<std::string> names;
  for (const SourceDeclaration& source : document_.sources) names.push_back(source.name);
  for (const PipelineDeclaration& pipeline : document_.pipelines) names.push_back(pipeline.name);
  // A name that has errors of its own, or may stand in a file that could not be read, is not reported again.
  if (document_.lacks_sources || std::find(names.begin(), names.end(), from.name) != names.end()) return;
  const std::string nearest = nearest_name(from.name, names);
  diagnostics_.error(ErrorCode::unknown_name, from.range,
                     "no source or pipeline is called \"" + from.name + "\"",
                     nearest.empty() ? "" : "did you mean \"" + nearest + "\"?");
}

std::optional<PlanBuilder::Stream> PlanBuilder::input_of(const PipelineDeclaration& pipeline) {
  std::optional<Stream> result;
  bool complete = true;
  for (const NameUse& from : pipeline.from) {
    const auto found = streams_.find(from.name);
    if (found == streams_.end()) {
      report_unknown_input(from);
      complete = false;
    } else if (!result) {
      result = found->second;
    } else if (!same_columns(result->shape.type, found->second.shape.type)) {
      diagnostics_.error(
          ErrorCode::invalid_value, from.range,
          "\"" + from.name + "\" has other columns than \"" + pipeline.from.front().name + "\"",
          "a list after `from` takes streams with the same columns; align them with `map` first");
      complete = false;
    } else if (result->shape.insert_only() != found->second.shape.insert_only()) {
      diagnostics_.error(ErrorCode::invalid_value, from.range,
                         "\"" + from.name + "\" and \"" + pipeline.from.front().name +
                             "\" differ in mode: one is a changing table, the other events",
                         "give both sources the same `mode`");
      complete = false;
    } else {
      result->shape = merged(std::move(result->shape), found->second.shape);
      result->places.insert(result->places.end(), found->second.places.begin(), found->second.places.end());
    }
  }
  return complete ? result : std::nullopt;
}

void PlanBuilder::add_pipeline(const PipelineDeclaration& pipeline) {
  auto input = input_of(pipeline);
  if (!input) return;
  Layout layout{
      .pipeline = &pipeline, .stream = std::move(*input), .run = {}, .run_descriptions = {}, .run_input = {}};
  for (const StepDeclaration& step : pipeline.steps) {
    if (!add_step(layout, step)) return;
  }
  end_run(layout);
  if (pipeline.sinks.empty()) {
    // A pipeline without a sink ends in a node of its own, so that what passes it can be counted.
    NodePlan end;
    end.pipeline = pipeline.name;
    end.stage = "pipeline";
    end.ledger = layout.is_behind_aggregate ? LedgerPlace::behind : LedgerPlace::end;
    const bool is_read =
        std::any_of(document_.pipelines.begin(), document_.pipelines.end(),
                    [&](const PipelineDeclaration& other) { return reads(other, pipeline.name); });
    end.description =
        is_read ? "read by other pipelines" : "the end: nothing is written, and no pipeline reads it";
    attach(layout, end);
  } else {
    add_sink(layout);
  }
  streams_[pipeline.name] = std::move(layout.stream);
}

bool PlanBuilder::add_step(Layout& layout, const StepDeclaration& step) {
  if (step.operator_spec == nullptr || step.operator_spec->availability == Availability::planned)
    return false;
  const OperatorKind& kind = catalog_.kind_of(*step.operator_spec);
  ResolveContext context(layout.stream.shape, layout.pipeline->name, step, diagnostics_);
  auto resolved = kind.resolve(context);
  if (!resolved) return false;
  for (const PhysicalStage& stage : resolved->stages)
    add_stage(layout, step, stage, &stage == &resolved->stages.back());
  layout.stream.shape = std::move(resolved->output);
  return true;
}

void PlanBuilder::add_stage(Layout& layout, const StepDeclaration& step, const PhysicalStage& stage,
                            bool is_last) {
  if (stage.row_step != nullptr) {
    if (layout.run.empty()) layout.run_input = layout.stream.shape;
    layout.run.push_back({step.name, stage.row_step, layout.stream.shape.type});
    layout.run_descriptions.push_back(stage.description);
    return;
  }
  end_run(layout);
  NodePlan node;
  node.pipeline = layout.pipeline->name;
  node.step = step.name;
  node.stage = stage.name;
  node.stage_operator = stage.stateful;
  node.description = stage.description;
  node.input = layout.stream.shape;
  node.counted_as = {step.name + stage.counted_suffix};
  node.makes_rows = stage.exchange_before.has_value();
  node.holds_sensitive = stage.holds_sensitive;
  node.writes_late = stage.writes_late;
  // A stage that others of its step stand behind folds images into partials: nothing of them goes further.
  layout.is_behind_aggregate |= node.makes_rows;
  node.ledger = layout.is_behind_aggregate ? LedgerPlace::behind
                : is_last                  ? LedgerPlace::inside
                                           : LedgerPlace::end;
  if (stage.exchange_before) {
    if (stage.exchange_before->needed) add_exchange(layout, step, stage);
    node.exchange_reason = stage.exchange_before->reason;
  }
  attach(layout, node, stage.stores);
}

void PlanBuilder::end_run(Layout& layout) {
  if (layout.run.empty()) return;
  NodePlan node;
  node.pipeline = layout.pipeline->name;
  node.input = std::move(layout.run_input);
  node.ledger = layout.is_behind_aggregate ? LedgerPlace::behind : LedgerPlace::inside;
  for (const NamedRowStep& step : layout.run) {
    node.step += (node.step.empty() ? "" : " + ") + step.name;
    node.counted_as.push_back(step.name);
  }
  node.stage = "stateless";
  node.stage_operator = catalog_.fuse(std::move(layout.run));
  for (const std::string& description : layout.run_descriptions) {
    node.description += (node.description.empty() ? "" : "; ") + description;
  }
  layout.run.clear();
  layout.run_descriptions.clear();
  attach(layout, node);
}

void PlanBuilder::add_exchange(Layout& layout, const StepDeclaration& step, const PhysicalStage& stage) {
  const SubTopologyIndex target(static_cast<std::uint16_t>(plan_.sub_topologies.size()));
  SubTopology sub_topology;
  sub_topology.name = layout.pipeline->name + "." + step.name;
  sub_topology.repartition_topic = plan_.name + "." + sub_topology.name + ".repartition";
  for (const Attachment& place : layout.stream.places) sub_topology.upstream.push_back(place.sub_topology);

  NodePlan node;
  node.pipeline = layout.pipeline->name;
  node.step = step.name;
  node.stage = "exchange";
  node.exchange = ExchangePlan{sub_topology.repartition_topic, target, stage.watermark_slice};
  node.holds_sensitive = stage.holds_sensitive;
  std::string columns;
  for (const std::string& name : stage.exchange_before->key) columns += (columns.empty() ? "" : ", ") + name;
  node.description = "by " + (columns.empty() ? std::string("nothing: one partition") : columns);
  attach(layout, node);
  plan_.sub_topologies.push_back(std::move(sub_topology));
  layout.stream.places = {{target, std::nullopt}};
}

void PlanBuilder::attach(Layout& layout, const NodePlan& node, const std::vector<StoreSpec>& stores) {
  for (Attachment& place : layout.stream.places) {
    SubTopology& sub_topology = plan_.sub_topologies[place.sub_topology.value];
    const NodeIndex index(static_cast<std::uint16_t>(sub_topology.nodes.size()));
    NodePlan added = node;
    for (const StoreSpec& store : stores) {
      added.stores.emplace_back(static_cast<std::uint16_t>(sub_topology.stores.size()));
      sub_topology.stores.push_back({node.pipeline + "." + node.step + "." + store.name, store.kind});
    }
    sub_topology.nodes.push_back(std::move(added));
    if (place.node) {
      sub_topology.nodes[place.node->value].downstream.push_back(index);
    } else {
      sub_topology.heads.push_back(index);
    }
    place.node = index;
  }
}

}  // namespace tallymill::topology
