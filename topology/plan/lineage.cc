#include "topology/plan/lineage.h"

#include "topology/data/row_codec.h"
#include "topology/plan/plan_printer.h"

namespace tallymill::topology {
namespace {

void add_line(std::string& out, std::string_view indent, std::string_view name, std::string_view value) {
  out += indent;
  out += name;
  if (!value.empty()) out += ' ';
  out += value;
  out += '\n';
}

void add_column(std::string& out, const Column& column) {
  add_line(out, "  ", "column", column.name + " " + column.type.text() + (column.hidden ? " hidden" : ""));
}

/// What a value is read as where the record does not say it; numbers are those of the enumerations.
void add_wire_words(std::string& out, const ColumnDeclaration& column) {
  const auto add = [&](std::string_view word, auto value) {
    add_line(out, "  ", word, column.name + " " + std::to_string(static_cast<int>(value)));
  };
  if (column.unit) add("unit", *column.unit);
  if (column.wire) add("wire", *column.wire);
  if (column.encoding) add("encoding", *column.encoding);
  if (column.absent != AbsentReaction::refuse) add("absent", column.absent);
}

void add_source(std::string& out, const SourcePlan& source) {
  const SourceDeclaration& declaration = source.declaration;
  const bool is_table = declaration.mode == SourceMode::table;
  add_line(out, "", "source", declaration.name);
  for (const std::string& topic : declaration.topics) add_line(out, "  ", "topic", topic);
  add_line(out, "  ", "mode", name_of(declaration.mode));
  if (is_table) add_line(out, "  ", "primary_key", column_list(source.type, source.primary_key));
  if (declaration.one_table) add_line(out, "  ", "one_table", "true");
  if (!declaration.unavailable_value.empty())
    add_line(out, "  ", "unavailable_value", declaration.unavailable_value);
  if (!declaration.operation_field.empty()) add_line(out, "  ", "operation", declaration.operation_field);
  if (!declaration.deleted_field.empty()) add_line(out, "  ", "deleted", declaration.deleted_field);
  if (declaration.mode == SourceMode::events) {
    add_line(out, "  ", "snapshot", declaration.include_snapshot ? "include" : "skip");
    const FactOperations& facts = declaration.operations;
    add_line(out, "  ", "operations",
             std::string(facts.create ? "create " : "") + (facts.update ? "update " : "") +
                 (facts.remove ? "delete" : ""));
  }
  add_line(out, "  ", "event_time", declaration.event_time.name);
  // They decide which halves were late, and so are not in the stores: a retraction must be judged alike.
  add_line(out, "  ", "out_of_orderness", format_duration(declaration.watermark.out_of_orderness));
  add_line(out, "  ", "max_ahead", format_duration(declaration.watermark.max_ahead));
  for (const Column& column : source.type.columns) add_column(out, column);
  for (const ColumnDeclaration& column : declaration.columns) {
    if (column.wire_name != column.name)
      add_line(out, "  ", "wire_name", column.name + " " + column.wire_name);
    if (column.digits != decimal_digits_default) {
      add_line(out, "  ", "digits", column.name + " " + std::to_string(column.digits));
    }
    if (column.scale) add_line(out, "  ", "scale", column.name + " " + std::to_string(*column.scale));
    add_wire_words(out, column);
  }
}

/// Whether what the node lets through ends in a store, of its own, of a node behind it, or behind its
/// exchange.
bool feeds_a_store(const SubTopology& sub_topology, const NodePlan& node) {
  if (!node.stores.empty() || node.exchange) return true;
  for (const NodeIndex next : node.downstream) {
    if (feeds_a_store(sub_topology, sub_topology.nodes[next.value])) return true;
  }
  return false;
}

void add_sub_topology(std::string& out, const SubTopology& sub_topology) {
  add_line(out, "", "sub-topology", sub_topology.name);
  for (const NodePlan& node : sub_topology.nodes) {
    if (!feeds_a_store(sub_topology, node)) continue;
    add_line(out, "  ", node.pipeline + (node.step.empty() ? "" : "." + node.step) + " " + node.stage + ":",
             node.description);
  }
  for (const StorePlan& store : sub_topology.stores) {
    add_line(out, "  ", "store", store.name + (store.kind == StoreKind::point ? " point" : " ordered"));
  }
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

}  // namespace

std::string row_format_line() { return "stored rows: format " + std::to_string(stored_row_format) + "\n"; }

std::string lineage_of(const Plan& plan) {
  std::string out = row_format_line();
  for (const SourcePlan& source : plan.sources) add_source(out, source);
  for (const SubTopology& sub_topology : plan.sub_topologies) add_sub_topology(out, sub_topology);
  return out;
}

std::string first_difference(std::string_view before, std::string_view after) {
  while (!before.empty() || !after.empty()) {
    const std::string_view was = take_line(before);
    const std::string_view is = take_line(after);
    if (was == is) continue;
    const auto text_of = [](std::string_view line) {
      const std::size_t begin = line.find_first_not_of(' ');
      return begin == std::string_view::npos ? std::string("(nothing)") : std::string(line.substr(begin));
    };
    return "was: " + text_of(was) + "; is: " + text_of(is);
  }
  return {};
}

}  // namespace tallymill::topology
