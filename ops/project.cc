#include "ops/project.h"

#include <algorithm>
#include <set>

#include "ops/operator.h"

namespace tallymill::ops {
namespace {

using topology::Column;
using topology::ErrorCode;
using topology::FieldSpec;
using topology::FieldType;
using topology::Identity;
using topology::Partitioning;
using topology::projected_columns;
using topology::ResolveContext;
using topology::ResolvedStep;
using topology::StreamShape;

constexpr FieldSpec map_fields[] = {{.name = "",
                                     .type = FieldType::expressions,
                                     .required = true,
                                     .doc = "New columns and their expressions."}};
constexpr FieldSpec set_fields[] = {
    {.name = "", .type = FieldType::expressions, .required = true, .doc = "Columns to add or replace."}};
constexpr FieldSpec select_fields[] = {
    {.name = "", .type = FieldType::names, .required = true, .doc = "Columns to keep, in this order."}};
constexpr FieldSpec drop_fields[] = {
    {.name = "", .type = FieldType::names, .required = true, .doc = "Columns to remove."}};

/// One column of the new row: a column of the old one, or an expression over it.
struct Projected {
  Column column;
  std::optional<std::size_t> source;
  std::shared_ptr<const topology::Program> program;  ///< null where `source` says all
};

class Project final : public RowStep {
 public:
  explicit Project(std::vector<Projected> columns) : columns_(std::move(columns)) {}

  Outcome apply(topology::Row row, topology::Arena& arena) const override {
    const std::span<topology::Value> result = arena.allocate_array<topology::Value>(columns_.size());
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const Projected& projected = columns_[i];
      // A value that is not known is passed on: whoever reads it fails.
      result[i] = projected.source ? row[*projected.source] : projected.program->evaluate(row, arena);
      if (result[i].is_error())
        return {Verdict::fail, {}, result[i], projected.program.get(), projected.column.name};
    }
    return {Verdict::keep, result, {}, nullptr, {}};
  }

 private:
  std::vector<Projected> columns_;
};

Projected kept(const StreamShape& input, std::size_t position) {
  return {input.type.columns[position], position, nullptr};
}

/// Amounts name their currency's column as it is called in the new row.
void rename_currencies(std::vector<Projected>& columns, const StreamShape& input) {
  std::vector<std::optional<std::size_t>> sources;
  std::vector<std::string> names;
  for (const Projected& projected : columns) {
    sources.push_back(projected.source);
    names.push_back(projected.column.name);
  }
  for (Projected& projected : columns) {
    projected.column.currency =
        topology::projected_currency(projected.column.currency, input.type, sources, names);
  }
}

StreamShape projected_shape(const StreamShape& input, const std::vector<Projected>& columns) {
  StreamShape output = input;
  output.type.columns.clear();
  std::vector<std::optional<std::size_t>> sources;
  for (const Projected& projected : columns) {
    output.type.columns.push_back(projected.column);
    sources.push_back(projected.source);
  }
  if (input.identity.kind == Identity::Kind::columns) {
    const auto identity = projected_columns(input.identity.columns, sources);
    output.identity = identity ? Identity{Identity::Kind::columns, *identity, input.identity.origins}
                               : Identity{Identity::Kind::lost, {}, {}};
  }
  if (input.partitioning.kind != Partitioning::Kind::unknown) {
    const auto partitioning = projected_columns(input.partitioning.columns, sources);
    output.partitioning =
        partitioning ? Partitioning{input.partitioning.kind, *partitioning} : Partitioning{};
  }
  const auto position_of = [&](std::size_t column) -> std::optional<std::size_t> {
    const auto found = std::find(sources.begin(), sources.end(), std::optional<std::size_t>(column));
    if (found == sources.end()) return std::nullopt;
    return static_cast<std::size_t>(found - sources.begin());
  };
  if (input.event_time_column) output.event_time_column = position_of(*input.event_time_column);
  output.window_columns.clear();
  for (const std::size_t column : input.window_columns) {
    if (const auto position = position_of(column)) output.window_columns.push_back(*position);
  }
  return output;
}

ResolvedStep projected_step(const ResolveContext& context, std::vector<Projected> columns) {
  // Metadata stays in reach of every later step of the pipeline.
  for (std::size_t i = 0; i < context.input().type.size(); ++i) {
    const bool present = std::any_of(columns.begin(), columns.end(), [&](const Projected& projected) {
      return projected.source == i && projected.column.hidden;
    });
    if (context.input().type.columns[i].hidden && !present) columns.push_back(kept(context.input(), i));
  }
  rename_currencies(columns, context.input());
  const std::string_view name = context.step().operator_spec->name;
  topology::PhysicalStage stage;
  stage.name = name;
  // What `drop` leaves is what is listed.
  stage.description = std::string(name == "drop" ? "select" : name) + " ";
  for (const Projected& projected : columns) {
    if (projected.column.hidden) continue;
    if (stage.description.back() != ' ') stage.description += ", ";
    stage.description += projected.column.name;
    if (projected.program != nullptr) stage.description += " = " + projected.program->canonical_text();
  }
  ResolvedStep step{projected_shape(context.input(), columns), {}};
  stage.row_step = std::make_shared<Project>(std::move(columns));
  step.stages.push_back(std::move(stage));
  return step;
}

/// A column that could not be resolved: its name goes on, so that steps behind report no more than their own
/// errors.
Projected unresolved(const std::string& name) {
  Projected projected;
  projected.column.name = name;
  return projected;
}

Projected computed(ResolveContext& context, const topology::NamedExpression& named) {
  const auto program = context.compile(named.expression);
  if (program == nullptr) return unresolved(named.name);
  const StreamShape& input = context.input();
  if (const auto source = program->as_column()) {
    Projected projected = kept(input, *source);
    // A metadata column that is given a name becomes a column like any other.
    projected.column.hidden = false;
    projected.column.name = named.name;
    return projected;
  }
  Projected projected{{.name = named.name, .type = program->type()}, std::nullopt, program};
  projected.column.nullable = program->nullable();
  for (const std::size_t column : program->columns_read()) {
    const Column& read = input.type.columns[column];
    projected.column.sensitive |= read.sensitive;
  }
  projected.column.currency = program->currency();
  return projected;
}

std::optional<ResolvedStep> resolve_map(ResolveContext& context) {
  std::vector<Projected> columns;
  for (const auto& named : context.fields().named_expressions(""))
    columns.push_back(computed(context, named));
  return projected_step(context, std::move(columns));
}

std::optional<ResolvedStep> resolve_set(ResolveContext& context) {
  std::vector<Projected> columns;
  for (std::size_t i = 0; i < context.input().type.size(); ++i) columns.push_back(kept(context.input(), i));
  for (const auto& named : context.fields().named_expressions("")) {
    Projected projected = computed(context, named);
    const auto position = context.input().type.find(named.name);
    if (position) {
      columns[*position] = std::move(projected);
    } else {
      columns.push_back(std::move(projected));
    }
  }
  return projected_step(context, std::move(columns));
}

std::optional<ResolvedStep> resolve_select(ResolveContext& context) {
  if (context.fields().names("").empty()) return std::nullopt;  // it was refused
  std::vector<Projected> columns;
  std::set<std::string_view> names;
  for (const auto& use : context.fields().names("")) {
    const auto position = context.column(use);
    columns.push_back(position ? kept(context.input(), *position) : unresolved(use.name));
    if (names.insert(use.name).second) continue;
    context.diagnostics().error(ErrorCode::duplicate_name, use.range,
                                "\"" + use.name + "\" is selected twice",
                                "a row has each column once; `map` gives a copy another name");
  }
  return projected_step(context, std::move(columns));
}

std::optional<ResolvedStep> resolve_drop(ResolveContext& context) {
  std::vector<bool> dropped(context.input().type.size());
  for (const auto& use : context.fields().names("")) {
    if (const auto position = context.column(use)) dropped[*position] = true;
  }
  std::vector<Projected> columns;
  for (std::size_t i = 0; i < dropped.size(); ++i) {
    if (!dropped[i]) columns.push_back(kept(context.input(), i));
  }
  const bool some_left =
      std::any_of(columns.begin(), columns.end(), [](const Projected& p) { return !p.column.hidden; });
  if (!some_left) {
    context.diagnostics().error(ErrorCode::invalid_value, context.fields().range(), "no column would be left",
                                "leave at least one column");
    return std::nullopt;
  }
  return projected_step(context, std::move(columns));
}

}  // namespace

const topology::OperatorKind& map_operator() {
  static const topology::OperatorKind kind = {
      .spec = {.name = "map",
               .doc = "Makes a new row of the given columns only.",
               .example = "map: { transaction_id: transaction_id, cents: amount * 100 }",
               .fields = map_fields,
               .also = "project transform"},
      .resolve = resolve_map};
  return kind;
}

const topology::OperatorKind& set_operator() {
  static const topology::OperatorKind kind = {
      .spec = {.name = "set",
               .doc = "Adds columns to the row, or replaces them. All expressions see the row as it was.",
               .example = "set: { fee: round(amount * 0.015, 2) }",
               .fields = set_fields,
               .also = "add compute extend with_column"},
      .resolve = resolve_set};
  return kind;
}

const topology::OperatorKind& select_operator() {
  static const topology::OperatorKind kind = {.spec = {.name = "select",
                                                       .doc = "Keeps only the named columns, in that order.",
                                                       .example = "select: [transaction_id, amount]",
                                                       .fields = select_fields},
                                              .resolve = resolve_select};
  return kind;
}

const topology::OperatorKind& drop_operator() {
  static const topology::OperatorKind kind = {.spec = {.name = "drop",
                                                       .doc = "Removes the named columns.",
                                                       .example = "drop: [currency]",
                                                       .fields = drop_fields,
                                                       .also = "remove exclude"},
                                              .resolve = resolve_drop};
  return kind;
}

}  // namespace tallymill::ops
