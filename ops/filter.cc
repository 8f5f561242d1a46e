#include "ops/filter.h"

#include "ops/operator.h"

namespace tallymill::ops {
namespace {

using topology::FieldSpec;
using topology::FieldType;
using topology::ResolveContext;
using topology::ResolvedStep;

constexpr FieldSpec fields[] = {
    {.name = "",
     .type = FieldType::expression,
     .required = true,
     .doc = "The condition. A row for which it is null or false is left out."},
};

class Filter final : public RowStep {
 public:
  explicit Filter(std::shared_ptr<const topology::Program> condition) : condition_(std::move(condition)) {}

  Outcome apply(topology::Row row, topology::Arena& arena) const override {
    const topology::Value value = condition_->evaluate(row, arena);
    if (value.is_error()) return {Verdict::fail, {}, value, condition_.get(), {}};
    return {value.is_true() ? Verdict::keep : Verdict::drop, row, {}, nullptr, {}};
  }

 private:
  std::shared_ptr<const topology::Program> condition_;
};

/// Behind the filter the column has one text; amounts whose currency it says are in that one, also when it is
/// dropped.
void hold_fixed(topology::RowType& type, const topology::FixedColumn& fixed) {
  topology::Column& column = type.columns[fixed.column];
  column.fixed_text = fixed.text;
  const topology::Currency by_column{topology::Currency::Kind::column, column.name};
  for (topology::Column& amount : type.columns) {
    if (amount.currency == by_column) amount.currency = {topology::Currency::Kind::constant, fixed.text};
  }
}

std::optional<ResolvedStep> resolve(ResolveContext& context) {
  const topology::ExpressionText* text = context.fields().expression("");
  if (text == nullptr) return std::nullopt;
  const auto condition = context.compile_condition(*text);
  // The plan is lost, but the steps behind can still be checked.
  if (condition == nullptr) return ResolvedStep{context.input(), {}};
  ResolvedStep step{context.input(), {}};
  for (const topology::FixedColumn& fixed : condition->fixed_columns()) hold_fixed(step.output.type, fixed);
  topology::PhysicalStage stage;
  stage.name = "filter";
  stage.row_step = std::make_shared<Filter>(condition);
  stage.description = "filter " + condition->canonical_text();
  step.stages.push_back(std::move(stage));
  return step;
}

}  // namespace

const topology::OperatorKind& filter_operator() {
  static const topology::OperatorKind kind = {
      .spec =
          {.name = "filter",
           .doc =
               "Keeps rows for which an expression is true. A row that stops matching after an update leaves "
               "downstream as a delete.",
           .example = "filter: amount > 0 && currency in [\"USD\", \"GBP\"]",
           .fields = fields,
           .also = "where having"},
      .resolve = resolve};
  return kind;
}

}  // namespace tallymill::ops
