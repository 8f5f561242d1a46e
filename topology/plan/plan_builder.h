#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "topology/plan/plan.h"

namespace tallymill::topology {

/// Builds a plan from a document: sources, then pipelines in the order of what they read, each laid out as
/// nodes of the sub-topologies that feed it and cut where a stage has an exchange.
class PlanBuilder {
 public:
  PlanBuilder(const Document& document, const OperatorCatalog& catalog, Diagnostics& diagnostics)
      : document_(document), catalog_(catalog), diagnostics_(diagnostics) {}

  Plan build();

 private:
  /// A place where nodes can be attached: behind a node, or at the head of a sub-topology.
  struct Attachment {
    SubTopologyIndex sub_topology;
    std::optional<NodeIndex> node;
  };
  /// What a source or a finished pipeline offers to those that read it. A union has several places.
  struct Stream {
    StreamShape shape;
    std::vector<Attachment> places;
  };
  /// A pipeline while it is laid out.
  struct Layout {
    const PipelineDeclaration* pipeline;
    Stream stream;
    /// Stateless steps not yet fused into a node.
    std::vector<NamedRowStep> run;
    std::vector<std::string> run_descriptions;
    StreamShape run_input;  ///< of the first of them
    bool is_behind_aggregate = false;
  };

  void check_metadata(const SourceDeclaration& source, const std::vector<MetadataField>& used);
  void add_sources();
  void check_topics();
  void add_pipelines();
  /// Pipelines with everything they read before them; reports unknown names and cycles.
  std::vector<const PipelineDeclaration*> ordered_pipelines();
  bool order(const PipelineDeclaration& pipeline, std::map<const PipelineDeclaration*, bool>& done,
             std::vector<const PipelineDeclaration*>& result);
  void report_unknown_input(const NameUse& from);
  void add_pipeline(const PipelineDeclaration& pipeline);
  std::optional<Stream> input_of(const PipelineDeclaration& pipeline);
  bool add_step(Layout& layout, const StepDeclaration& step);
  void add_stage(Layout& layout, const StepDeclaration& step, const PhysicalStage& stage, bool is_last);
  void end_run(Layout& layout);
  void add_exchange(Layout& layout, const StepDeclaration& step, const PhysicalStage& stage);
  void add_sink(Layout& layout);
  std::optional<SinkBranch> make_branch(const Layout& layout, const SinkDeclaration& sink);
  bool choose_key(const StreamShape& shape, const SinkDeclaration& sink, SinkBranch& branch);
  std::optional<std::vector<std::size_t>> positions_of(const StreamShape& shape,
                                                       const std::vector<NameUse>& names);
  /// Appends a copy of `node` behind every place of the layout, which then stands behind those copies.
  void attach(Layout& layout, const NodePlan& node, const std::vector<StoreSpec>& stores = {});

  const Document& document_;
  const OperatorCatalog& catalog_;
  Diagnostics& diagnostics_;
  Plan plan_;
  std::map<std::string, Stream, std::less<>> streams_;       ///< by name of source or pipeline
  std::map<std::string, std::string, std::less<>> writers_;  ///< output topic -> pipeline
};

}  // namespace tallymill::topology
