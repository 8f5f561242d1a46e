#include "tests/unit/spec/topology_sample.h"

namespace tallymill::topology {
namespace {

constexpr FieldSpec filter_specs[] = {
    {.name = "", .type = FieldType::expression, .required = true, .doc = "A condition."}};
constexpr FieldSpec map_specs[] = {
    {.name = "", .type = FieldType::expressions, .required = true, .doc = "Columns."}};
constexpr FieldSpec select_specs[] = {
    {.name = "", .type = FieldType::names, .required = true, .doc = "Columns."}};
constexpr FieldSpec window_specs[] = {
    {.name = "tumbling", .type = FieldType::duration, .doc = "Size."},
    {.name = "hopping", .type = FieldType::duration, .doc = "Size.", .availability = Availability::planned},
    {.name = "every", .type = FieldType::duration, .doc = "Distance.", .availability = Availability::planned},
    {.name = "session", .type = FieldType::duration, .doc = "Gap.", .availability = Availability::planned},
    {.name = "time_zone", .type = FieldType::text, .doc = "Zone.", .availability = Availability::planned},
    {.name = "grace", .type = FieldType::text, .doc = "Grace."},
};
constexpr Choice emit_choices[] = {{"changes", "As it changes."}, {"final", "Once.", Availability::planned}};
constexpr FieldSpec aggregate_specs[] = {
    {.name = "by", .type = FieldType::groups, .doc = "Groups."},
    {.name = "window", .type = FieldType::object, .doc = "Windows.", .fields = window_specs},
    {.name = "compute", .type = FieldType::aggregates, .required = true, .doc = "Aggregates."},
    {.name = "emit",
     .type = FieldType::choice,
     .default_text = "changes",
     .doc = "When.",
     .choices = emit_choices},
};

constexpr OperatorSpec operators[] = {
    {.name = "filter", .fields = filter_specs},
    {.name = "map", .fields = map_specs},
    {.name = "set", .fields = map_specs},
    {.name = "select", .fields = select_specs},
    {.name = "aggregate", .fields = aggregate_specs, .keeps_state = true},
    {.name = "enrich", .availability = Availability::planned, .keeps_state = true},
    {.name = "as_events", .availability = Availability::planned},
    {.name = "limit", .availability = Availability::planned, .keeps_state = true},
};

constexpr std::string_view sources = R"(
sources:
  payments:
    topic: cdc.public.payments
    primary_key: [id]
    columns: { id: string, kind: string, amount: decimal }
)";

}  // namespace

std::vector<const OperatorSpec*> sample_operators() {
  std::vector<const OperatorSpec*> result;
  for (const OperatorSpec& spec : operators) result.push_back(&spec);
  return result;
}

std::string place_of(const Diagnostic& diagnostic) {
  return std::to_string(diagnostic.range.begin.line) + ":" + std::to_string(diagnostic.range.begin.column) +
         " " + std::string(name_of(diagnostic.code));
}

std::vector<std::string> ReadTopology::places() const {
  std::vector<std::string> result;
  for (const Diagnostic& diagnostic : found) result.push_back(place_of(diagnostic));
  return result;
}

ReadTopology read_topology(const std::string& text, const std::string& directory) {
  ReadTopology result;
  const auto specs = sample_operators();
  result.document = read_document(text, "topology.yaml", directory, specs, result.diagnostics);
  result.found = result.diagnostics.sorted();
  return result;
}

std::string with_steps(const std::string& steps, const std::string& sink) {
  return "version: 1\nname: sample" + std::string(sources) +
         "pipelines:\n  p:\n    from: payments\n    steps:\n" + steps + sink;
}

std::string with_source(const std::string& fields) {
  return "version: 1\nname: sample\nsources:\n  payments:\n" + fields +
         "pipelines:\n  p: { from: payments, to: { topic: out } }\n";
}

}  // namespace tallymill::topology
