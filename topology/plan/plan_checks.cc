#include "topology/plan/plan_checks.h"

#include <algorithm>
#include <map>
#include <set>

#include "topology/plan/internal_topics.h"

namespace tallymill::topology {
namespace {

const PipelineDeclaration* find_pipeline(const Document& document, std::string_view name) {
  const auto found = std::find_if(document.pipelines.begin(), document.pipelines.end(),
                                  [&](const PipelineDeclaration& pipeline) { return pipeline.name == name; });
  return found == document.pipelines.end() ? nullptr : &*found;
}

bool is_read(const Document& document, std::string_view name) {
  return std::any_of(document.pipelines.begin(), document.pipelines.end(),
                     [&](const PipelineDeclaration& pipeline) { return reads(pipeline, name); });
}

void warn_of_what_leads_nowhere(const Document& document, Diagnostics& diagnostics) {
  for (const SourceDeclaration& source : document.sources) {
    if (is_read(document, source.name)) continue;
    diagnostics.warning(
        ErrorCode::unused_source, source.range, "no pipeline reads source \"" + source.name + "\"",
        "delete it, or name it in a pipeline's `from`: it is read and its rows are kept all the same");
  }
  for (const PipelineDeclaration& pipeline : document.pipelines) {
    if (!pipeline.sinks.empty() || is_read(document, pipeline.name)) continue;
    diagnostics.warning(ErrorCode::dead_end, pipeline.range,
                        "pipeline \"" + pipeline.name + "\" writes no topic, and no pipeline reads it",
                        "write `to: { topic: .. }`, or name it in another pipeline's `from`");
  }
}

const StepDeclaration* first_step_with_state(const PipelineDeclaration& pipeline) {
  const auto found =
      std::find_if(pipeline.steps.begin(), pipeline.steps.end(), [](const StepDeclaration& step) {
        return step.operator_spec != nullptr && step.operator_spec->keeps_state;
      });
  return found == pipeline.steps.end() ? nullptr : &*found;
}

/// The first pipeline, among those that get the rows of `name` as they are, that adds them up. `seen` keeps a
/// topology of many ways to one pipeline from being walked way by way.
const PipelineDeclaration* pipeline_that_adds(const Document& document, std::string_view name,
                                              std::set<const PipelineDeclaration*>& seen) {
  for (const PipelineDeclaration& pipeline : document.pipelines) {
    if (!reads(pipeline, name) || !seen.insert(&pipeline).second) continue;
    if (first_step_with_state(pipeline) != nullptr) return &pipeline;
    if (const auto* behind = pipeline_that_adds(document, pipeline.name, seen)) return behind;
  }
  return nullptr;
}

void warn_of_facts(const Document& document, Diagnostics& diagnostics) {
  for (const SourceDeclaration& source : document.sources) {
    if (source.mode == SourceMode::table) continue;
    if (source.mode == SourceMode::changelog) {
      diagnostics.warning(
          ErrorCode::repeats_count, source.mode_range,
          "a record of source \"" + source.name +
              "\" that the connector repeats counts again: without a key nothing tells it from a new one",
          "switch on the connector's exactly-once support (exactly.once.support=required), or give the "
          "table a primary key");
      continue;
    }
    std::set<const PipelineDeclaration*> seen;
    const PipelineDeclaration* adds =
        source.operations.only_create() ? nullptr : pipeline_that_adds(document, source.name, seen);
    if (adds == nullptr) continue;
    diagnostics.warning(
        ErrorCode::facts_added, source.mode_range,
        "every change of source \"" + source.name +
            "\" is a fact, so that an update and a delete are "
            "added to the totals of pipeline \"" +
            adds->name + "\" as well",
        "write `primary_key: [column]` for totals that are corrected, or `operations: [create]` to take "
        "nothing but inserts");
  }
}

void warn_of_long_names(const Document& document, const Plan& plan, Diagnostics& diagnostics) {
  for (const SubTopology& sub_topology : plan.sub_topologies) {
    const std::string changelog = plan.changelog_topic(sub_topology);
    const std::string& longest =
        sub_topology.repartition_topic.size() > changelog.size() ? sub_topology.repartition_topic : changelog;
    if (longest.size() <= topic_name_bytes_max) continue;
    const std::string owner = sub_topology.name.substr(0, sub_topology.name.find('.'));
    const PipelineDeclaration* pipeline = find_pipeline(document, owner);
    const SourceRange range =
        pipeline != nullptr ? pipeline->range : document.sources[sub_topology.source->value].range;
    diagnostics.warning(
        ErrorCode::name_too_long, range,
        "the internal topic \"" + longest + "\" has a name of " + std::to_string(longest.size()) +
            " characters, and Kafka takes " + std::to_string(topic_name_bytes_max),
        "shorten the names by " + std::to_string(longest.size() - topic_name_bytes_max) +
            " characters, or set a shorter internal_topics.prefix; else `run` refuses to start");
  }
}

}  // namespace

bool reads(const PipelineDeclaration& pipeline, std::string_view name) {
  return std::any_of(pipeline.from.begin(), pipeline.from.end(),
                     [&](const NameUse& from) { return from.name == name; });
}

void check_names_in_metrics(const Document& document, const Plan& plan, Diagnostics& diagnostics) {
  std::map<std::string, std::string> topics;  // by their name in metrics
  const auto check = [&](const std::string& topic, SourceRange range) {
    const auto [first, is_new] = topics.emplace(name_in_metrics(topic), topic);
    if (is_new || first->second == topic) return;
    diagnostics.error(ErrorCode::duplicate_name, range,
                      "topics \"" + first->second + "\" and \"" + topic +
                          "\" differ in `.` and `_` only, and Kafka "
                          "refuses to create the second",
                      "choose another name");
  };
  for (const SourceDeclaration& source : document.sources) {
    for (const std::string& topic : source.topics) check(topic, source.topics_range);
  }
  for (const std::string& topic : internal_topics(plan)) check(topic, document.name_range);
  for (const std::string& topic : {document.late_topic, document.dead_letter_topic})
    check(topic, document.name_range);
  for (const PipelineDeclaration& pipeline : document.pipelines) {
    for (const SinkDeclaration& sink : pipeline.sinks) check(sink.topic, sink.topic_range);
  }
}

void add_plan_warnings(const Document& document, const Plan& plan, Diagnostics& diagnostics) {
  warn_of_what_leads_nowhere(document, diagnostics);
  warn_of_facts(document, diagnostics);
  warn_of_long_names(document, plan, diagnostics);
}

}  // namespace tallymill::topology
