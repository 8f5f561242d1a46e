#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "topology/expr/expression.h"
#include "topology/plan/stream_shape.h"
#include "topology/spec/document.h"

// The plan carries operators from the catalog to the machine and never looks inside: names only, no include.
namespace tallymill::ops {
class Operator;
class RowStep;
}  // namespace tallymill::ops

namespace tallymill::topology {

/// `point`: hash, single keys. `ordered`: by key bytes, with range reads.
enum class StoreKind : std::uint8_t { point, ordered };

/// A store that a stage keeps in each of its tasks.
struct StoreSpec {
  std::string name;  ///< within the stage, such as "slices"
  StoreKind kind = StoreKind::point;
};

/// Partials of equal `key` must meet in one task before the stage.
struct Exchange {
  std::vector<std::string> key;  ///< column names
  bool needed = true;            ///< false: they meet already, and no topic is made
  std::string reason;            ///< why it is or is not needed, one sentence for `explain`
};

/// The physical part of a step. Exactly one of `row_step` and `stateful` is set.
struct PhysicalStage {
  std::string name;                              ///< "filter", "combine", "merge"
  std::shared_ptr<const ops::RowStep> row_step;  ///< a pure function of one row; runs of them are fused
  std::shared_ptr<const ops::Operator> stateful;
  std::vector<StoreSpec> stores;
  std::optional<Exchange> exchange_before;
  /// What the stage's counts are called behind the step's name; empty: the step's name alone.
  std::string counted_suffix;
  /// Whether what it stores or sends between its stages holds values of sensitive columns.
  bool holds_sensitive = false;
  bool writes_late = false;  ///< it judges lateness, and writes late records
  /// Between stages of an exchange: the smallest span in which a watermark matters; nothing if none does.
  std::optional<Duration> watermark_slice;
  /// What the stage does, canonical: expressions re-printed, defaults filled in.
  std::string description;
};

struct ResolvedStep {
  StreamShape output;
  std::vector<PhysicalStage> stages;
};

/// What an operator may ask while a step of its kind is resolved. Everything that is wrong goes to the
/// diagnostics.
class ResolveContext {
 public:
  ResolveContext(const StreamShape& input, std::string_view pipeline, const StepDeclaration& step,
                 Diagnostics& diagnostics)
      : input_(input), pipeline_(pipeline), step_(step), diagnostics_(diagnostics) {}

  const StreamShape& input() const { return input_; }
  std::string_view pipeline() const { return pipeline_; }
  const StepDeclaration& step() const { return step_; }
  const FieldSet& fields() const { return step_.fields; }
  Diagnostics& diagnostics() { return diagnostics_; }

  /// Compiles over the input's columns; null after adding diagnostics.
  std::shared_ptr<const Program> compile(const ExpressionText& expression);
  /// The same for a condition: its type must be bool.
  std::shared_ptr<const Program> compile_condition(const ExpressionText& expression);
  std::optional<AggregateCall> compile_aggregate(const ExpressionText& call);
  /// The position of a column of the input; nothing after adding unknown_column with the nearest name.
  std::optional<std::size_t> column(const NameUse& use);
  /// Adds a diagnostic that underlines `[begin, end)` of the text.
  void error_in(const ExpressionText& expression, ErrorCode code, std::uint32_t begin, std::uint32_t end,
                std::string message, std::string hint = {});
  void warning_in(const ExpressionText& expression, ErrorCode code, std::uint32_t begin, std::uint32_t end,
                  std::string message, std::string hint = {});

 private:
  const StreamShape& input_;
  std::string_view pipeline_;
  const StepDeclaration& step_;
  Diagnostics& diagnostics_;
};

/// Compiles one expression with diagnostics in the document's coordinates; null after adding them.
std::shared_ptr<const Program> compile_in_document(const ExpressionText& expression, const RowType& columns,
                                                   bool is_condition, Diagnostics& diagnostics);

/// An operator's whole face: reader, plan, documentation and schema are generic over it.
struct OperatorKind {
  OperatorSpec spec;
  /// After adding diagnostics the result only serves to check the steps behind: columns that are not known
  /// have type dynamic. Nothing where not even that can be said. Null for a planned operator.
  std::optional<ResolvedStep> (*resolve)(ResolveContext&) = nullptr;
};

/// A stateless step with its name in the pipeline, and what it is applied to.
struct NamedRowStep {
  std::string name;
  std::shared_ptr<const ops::RowStep> step;
  RowType input;
};

/// The operators that exist, handed to the plan by `ops`.
struct OperatorCatalog {
  std::span<const OperatorKind> kinds;
  /// One operator that runs stateless steps in a row.
  std::shared_ptr<const ops::Operator> (*fuse)(std::vector<NamedRowStep> steps) = nullptr;

  std::vector<const OperatorSpec*> specs() const;
  const OperatorKind& kind_of(const OperatorSpec& spec) const;
};

}  // namespace tallymill::topology
