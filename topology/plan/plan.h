#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "topology/base/ids.h"
#include "topology/plan/operator_kind.h"
#include "topology/spec/document.h"
#include "topology/data/metadata_field.h"

namespace tallymill::topology {

/// Where a source's rows hold a field of `meta`.
struct MetadataColumn {
  MetadataField field;
  std::size_t column;
};

/// A source with its names resolved.
struct SourcePlan {
  SourceDeclaration declaration;
  /// Declared columns, then the origin column, then hidden metadata columns that some expression uses.
  RowType type;
  std::size_t declared_columns = 0;
  std::vector<std::size_t> primary_key;
  /// A declared column, or the hidden column of `meta.source_time`, so that a row keeps the time it was put
  /// in with.
  std::optional<std::size_t> event_time_column;
  std::optional<std::size_t> origin_column;
  /// Declared `from: meta.FIELD`, then the hidden ones.
  std::vector<MetadataColumn> metadata;
  /// Declared columns that the row itself has, not its metadata.
  std::vector<std::size_t> content;
};

/// One branch of a sink: where rows go that match `when` and no branch before it.
struct SinkBranch {
  std::string topic;
  std::shared_ptr<const Program> when;    ///< null: all that is left
  std::vector<std::size_t> key;           ///< empty: records without a key (events)
  std::vector<std::size_t> partition_by;  ///< columns whose JSON decides the partition
  bool key_as_string = false;
  std::optional<std::int64_t> partitions;
  std::optional<std::int64_t> replication_factor;
  std::vector<std::pair<std::string, std::string>> config;
};

struct SinkPlan {
  RowType type;
  std::vector<SinkBranch> branches;
  bool insert_only = false;  ///< events: every row is a record of its own, nothing is coalesced
};

/// The end of a sub-topology: partials leave through a repartition topic to another one.
struct ExchangePlan {
  std::string topic;
  SubTopologyIndex target;
  std::optional<Duration> watermark_slice;
};

/// Where a node stands in its pipeline's ledger, which follows an image from where it enters the pipeline to
/// the first aggregate, or to the end if there is none. What an aggregate makes of its images are other
/// images.
enum class LedgerPlace : std::uint8_t {
  inside,
  end,     ///< what passes here has passed the pipeline, as far as the ledger goes
  behind,  ///< counted by step alone
};

/// One node of a sub-topology, in an order in which every node stands behind those that feed it.
struct NodePlan {
  std::string pipeline;
  std::string step;   ///< of the step; of a fused run, the names joined with " + "
  std::string stage;  ///< "stateless", "combine", "merge", "exchange", "sink", "pipeline"
  // At most one of the next three; none: the end of a pipeline that others read.
  std::shared_ptr<const ops::Operator> stage_operator;
  std::optional<SinkPlan> sink;
  std::optional<ExchangePlan> exchange;
  StreamShape input;  ///< of the rows that come to the node; of a stage that takes partials, to the step
  /// Under which names of its pipeline the node's images are counted, in order; empty: they are not.
  std::vector<std::string> counted_as;
  LedgerPlace ledger = LedgerPlace::inside;
  bool makes_rows = false;       ///< of partials: it counts the images of the rows it makes
  bool holds_sensitive = false;  ///< PhysicalStage::holds_sensitive
  bool writes_late = false;      ///< PhysicalStage::writes_late
  std::vector<StoreIndex> stores;
  std::vector<NodeIndex> downstream;
  std::string description;
  std::optional<std::string> exchange_reason;  ///< why an exchange stands before this stage, or why none does
};

struct StorePlan {
  std::string name;  ///< unique in the sub-topology, such as "spend_per_user.aggregate.slices"
  StoreKind kind = StoreKind::point;
};

/// A part of the topology between topics. A task is a sub-topology and one partition of its input.
struct SubTopology {
  std::string name;                        ///< "<source>" or "<pipeline>.<step>"
  std::optional<SourceIndex> source;       ///< fed by a source's topics, or
  std::string repartition_topic;           ///< by this one
  std::vector<SubTopologyIndex> upstream;  ///< of a repartition topic: who writes it, once per exchange
  std::vector<NodePlan> nodes;
  std::vector<NodeIndex> heads;   ///< nodes that the input feeds
  std::vector<StorePlan> stores;  ///< of nodes; a source's own row store is not among them
};

/// A topology that can run: names resolved, expressions compiled, cut at its exchanges. Immutable, shared by
/// all tasks and threads.
struct Plan {
  std::string name;
  std::string internal_prefix;  ///< of internal topics; the name, unless the engine is told otherwise
  std::vector<SourcePlan> sources;
  std::vector<SubTopology> sub_topologies;  ///< upstream before downstream
  std::string dead_letter_topic;
  DeadLetterPayload dead_letter_payload = DeadLetterPayload::full;
  /// Secret: the key of the keyed hash that stands for sensitive values in dead letters. The name, unless the
  /// engine is told otherwise: then the hash is a pseudonym, which whoever knows the name can undo by trying
  /// values.
  std::string dead_letter_hash_key;
  std::string late_topic;

  /// Topics that the sinks write, each once, sorted.
  std::vector<std::string> sink_topics() const;
  /// The topic that remembers what made the state.
  std::string plan_topic() const { return internal_prefix + ".plan"; }
  /// The topic that a sub-topology's stores are restored from. Behind the prefix there are three parts in
  /// every such name, so that those of two applications never meet, whatever dots their prefixes have.
  std::string changelog_topic(const SubTopology& sub_topology) const {
    return internal_prefix + "." + sub_topology.name + (sub_topology.source ? ".rows" : "") + ".changelog";
  }
  /// Renames internal topics; before the plan is used.
  void set_internal_prefix(const std::string& prefix);
};

/// Resolves names, compiles expressions, lays out stages and cuts. Everything that is wrong is added; the
/// plan is usable only if `diagnostics` has no errors.
Plan make_plan(const Document& document, const OperatorCatalog& catalog, Diagnostics& diagnostics);

/// Reads and plans a topology file's text in one go.
struct LoadedTopology {
  Document document;
  std::optional<Plan> plan;  ///< nothing if the diagnostics have errors
};
LoadedTopology load_topology(std::string_view text, std::string file_name, std::string directory,
                             const OperatorCatalog& catalog, Diagnostics& diagnostics);

}  // namespace tallymill::topology
