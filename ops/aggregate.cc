#include "ops/aggregate.h"

#include <algorithm>
#include <map>
#include <set>

#include "ops/window/aggregation.h"

namespace tallymill::ops {
namespace {

using topology::Availability;
using topology::Choice;
using topology::Duration;
using topology::ErrorCode;
using topology::FieldSet;
using topology::FieldSpec;
using topology::FieldType;
using topology::Identity;
using topology::Partitioning;
using topology::PhysicalStage;
using topology::ResolveContext;
using topology::ResolvedStep;
using topology::StreamShape;
using topology::TypeKind;

constexpr FieldSpec window_fields[] = {
    {.name = "tumbling",
     .type = FieldType::duration,
     .doc = "Windows of this size, end to end.",
     .also = "tumble size fixed length"},
    {.name = "hopping",
     .type = FieldType::duration,
     .doc = "Windows of this size, one every `every`.",
     .availability = Availability::planned,
     .today = "there are windows end to end: `tumbling: 1h`"},
    {.name = "cumulating",
     .type = FieldType::duration,
     .doc = "Windows that grow by `every` up to this size.",
     .availability = Availability::planned,
     .today = "a `tumbling` window is written anew at every change, so that its value grows as well"},
    {.name = "session",
     .type = FieldType::duration,
     .doc = "Windows that end after this long without a row.",
     .availability = Availability::planned,
     .today = "there are windows end to end: `tumbling: 1h`"},
    {.name = "every",
     .type = FieldType::duration,
     .doc = "Distance of hopping or cumulating windows.",
     .availability = Availability::planned,
     .today = "there are windows end to end: `tumbling: 1h`",
     .goes_with = "hopping cumulating"},
    {.name = "offset",
     .type = FieldType::duration,
     .default_text = "0s",
     .doc = "Moves the windows' starts from 1970-01-01T00:00:00Z."},
    {.name = "time_zone",
     .type = FieldType::text,
     .doc = "IANA zone in which days begin.",
     .availability = Availability::planned,
     .today = "`offset` moves the windows by a fixed time: with `tumbling: 1d, offset: 23h` days begin at "
              "23:00 UTC; "
              "it knows no summer time"},
    {.name = "grace",
     .type = FieldType::text,
     .doc = "How long after its end, by the watermark, a window accepts changes and is kept: a duration or "
            "`unlimited`. "
            "Default: unlimited for a changing table; must be given for events."},
};

constexpr Choice emit_choices[] = {
    {"changes", "The newest value per key, once per commit."},
    {"final", "One value per window, when it closes.", Availability::planned,
     "with `changes` the newest value per key is the window's value; a reader of a compacted topic finds it "
     "last"},
};

constexpr FieldSpec fields[] = {
    {.name = "by",
     .type = FieldType::groups,
     .doc = "Group columns, or {name: expression}. Null is a group of its own.",
     .also = "group_by groupby group partition_by"},
    {.name = "window",
     .type = FieldType::object,
     .doc = "Windows of event time; without it a running total.",
     .fields = window_fields},
    {.name = "compute",
     .type = FieldType::aggregates,
     .required = true,
     .doc = "New columns and their aggregate calls, such as `sum(amount) where kind == \"refund\"`.",
     .also = "aggregates select values measures"},
    {.name = "emit",
     .type = FieldType::choice,
     .default_text = "changes",
     .doc = "When results are written.",
     .choices = emit_choices},
};

/// A group that could not be resolved: its name goes on, so that steps behind report no more than their own
/// errors.
GroupColumn unresolved_group(const std::string& name) {
  GroupColumn group;
  group.column.name = name;
  return group;
}

bool can_group(const topology::Type& type) {
  if (type.kind == TypeKind::list) return type.element != nullptr && can_group(*type.element);
  return type.kind != TypeKind::dynamic && type.kind != TypeKind::map && type.kind != TypeKind::type;
}

GroupColumn resolve_group(ResolveContext& context, const topology::GroupItem& item) {
  const topology::RowType& input = context.input().type;
  GroupColumn group;
  if (!item.expression) {
    const auto position = context.column(item.name);
    if (!position) return unresolved_group(item.name.name);
    group.column = input.columns[*position];
    group.source = *position;
    return group;
  }
  const auto program = context.compile(*item.expression);
  if (program == nullptr) return unresolved_group(item.name.name);
  if (!can_group(program->type())) {
    context.diagnostics().error(ErrorCode::expression_type, item.expression->node.range,
                                "rows cannot be grouped by " + program->type().text(),
                                "group by a text, a number, a time, or a list of them");
    return unresolved_group(item.name.name);
  }
  if (const auto source = program->as_column()) {
    group.column = input.columns[*source];
    group.source = *source;
  } else {
    group.column.type = program->type();
    group.column.nullable = program->nullable();
    for (const std::size_t read : program->columns_read())
      group.column.sensitive |= input.columns[read].sensitive;
    group.column.currency = program->currency();
    group.program = program;
  }
  group.column.name = item.name.name;
  group.column.hidden = false;
  return group;
}

/// Amounts among the group columns name their currency's column as the result calls it.
void rename_currencies(const topology::RowType& input, std::vector<GroupColumn>& groups) {
  std::vector<std::optional<std::size_t>> sources;
  std::vector<std::string> names;
  for (const GroupColumn& group : groups) {
    sources.push_back(group.program == nullptr ? std::optional(group.source) : std::nullopt);
    names.push_back(group.column.name);
  }
  for (GroupColumn& group : groups) {
    group.column.currency = topology::projected_currency(group.column.currency, input, sources, names);
  }
}

bool resolve_grace(ResolveContext& context, const FieldSet& window, Aggregation& aggregation) {
  const auto refuse = [&](ErrorCode code, std::string message, std::string hint) {
    context.diagnostics().error(code, window.range("grace"), std::move(message), std::move(hint));
    return false;
  };
  const auto text = window.text("grace");
  if (!text) {
    if (!context.input().insert_only()) return true;
    return refuse(
        ErrorCode::missing_field, "a window over events needs a grace",
        "write how late a row may come, such as `grace: 1m`, or `grace: unlimited` to keep every window");
  }
  if (*text == "unlimited") return true;
  aggregation.grace = topology::parse_duration(*text);
  if (aggregation.grace && context.input().keyless) {
    return refuse(ErrorCode::invalid_value,
                  "a table without a key has no stored rows, so that nothing says what was late when it came",
                  "write `grace: unlimited`, or leave it out");
  }
  if (aggregation.grace) return true;
  return refuse(ErrorCode::invalid_value, "\"" + *text + "\" is no grace",
                "write a duration such as 10s, 5m or 1d, or `unlimited`");
}

bool check_upstream_grace(ResolveContext& context, const FieldSet& window, const Aggregation& aggregation) {
  const auto& upstream = context.input().upstream_window;
  if (!upstream || !aggregation.grace) return true;
  if (upstream->grace && *upstream->grace <= *aggregation.grace) return true;
  const std::string above = upstream->grace ? format_duration(*upstream->grace) : "unlimited";
  context.diagnostics().error(ErrorCode::invalid_value, window.range("grace"),
                              "the windows above still change for " + above + ", longer than this grace of " +
                                  format_duration(*aggregation.grace),
                              "make this grace at least as long as the one above");
  return false;
}

/// Whole weeks are counted from 1970-01-01, which was a Thursday.
void warn_of_weeks(ResolveContext& context, const FieldSet& window, Duration size, Duration offset) {
  constexpr std::int64_t day = 86'400'000'000;
  constexpr std::int64_t week = 7 * day;
  if (size.microseconds % week != 0 || offset.microseconds % week != 0) return;
  context.diagnostics().warning(
      topology::ErrorCode::weeks_from_thursday, window.range("tumbling"),
      "windows of " + format_duration(size) + " begin on a Thursday at 00:00 UTC",
      "write `offset: 4d` for weeks that begin on a Monday, `offset: 3d` for Sundays");
}

bool resolve_window(ResolveContext& context, Aggregation& aggregation) {
  if (!context.fields().has("window")) return true;
  const FieldSet* window = context.fields().object("window");
  if (window == nullptr) return false;
  const auto refuse = [&](ErrorCode code, std::string message, std::string hint) {
    context.diagnostics().error(code, window->range(), std::move(message), std::move(hint));
    return false;
  };
  const bool is_planned_kind = window->has("hopping") || window->has("cumulating") || window->has("session");
  const auto size = window->duration("tumbling");
  if (!size && !is_planned_kind && !window->has("tumbling")) {
    return refuse(ErrorCode::missing_field, "the window says no size", "write `window: { tumbling: 1m }`");
  }
  if (!size) return false;
  const Duration offset = window->duration("offset").value_or(Duration{0});
  if (size->microseconds <= 0 || offset >= *size) {
    return refuse(ErrorCode::invalid_value, "a window's size is more than zero and more than its offset",
                  "write `window: { tumbling: 1m }`");
  }
  warn_of_weeks(context, *window, *size, offset);
  if (!context.input().has_event_time) {
    return refuse(ErrorCode::missing_field, "a window needs an event time, and these rows have none",
                  "declare `event_time` on the source, such as `event_time: timestamp`");
  }
  aggregation.window = TumblingWindow{*size, offset};
  return resolve_grace(context, *window, aggregation) && check_upstream_grace(context, *window, aggregation);
}

StreamShape output_shape(const Aggregation& aggregation) {
  StreamShape output;
  for (const GroupColumn& group : aggregation.groups) output.type.columns.push_back(group.column);
  const std::size_t groups = aggregation.groups.size();
  output.identity.kind = Identity::Kind::columns;
  for (std::size_t i = 0; i < groups; ++i) output.identity.columns.push_back(i);
  if (aggregation.window) {
    for (const std::string_view name : {"window_start", "window_end"}) {
      output.window_columns.push_back(output.type.size());
      topology::Column column;
      column.name = name;
      column.type = TypeKind::timestamp;
      column.nullable = false;
      output.type.columns.push_back(std::move(column));
    }
    output.identity.columns.push_back(groups);
    output.has_event_time = true;
    output.upstream_window = topology::UpstreamWindow{aggregation.grace};
  }
  for (const AggregateColumn& column : aggregation.columns) output.type.columns.push_back(column.column);
  return output;
}

/// Where a column of the result gets its name; the last of two that are called alike.
topology::SourceRange range_of_name(const ResolveContext& context, const std::string& name) {
  for (const topology::NamedExpression& named : context.fields().named_expressions("compute")) {
    if (named.name == name) return named.name_range;
  }
  for (const topology::GroupItem& group : context.fields().groups("by")) {
    if (group.name.name == name) return group.name.range;
  }
  return context.step().range;
}

bool check_names(ResolveContext& context, const StreamShape& output) {
  std::set<std::string_view> names;
  for (const topology::Column& column : output.type.columns) {
    if (names.insert(column.name).second) continue;
    context.diagnostics().error(ErrorCode::duplicate_name, range_of_name(context, column.name),
                                "two columns of the result are called \"" + column.name + "\"",
                                "rename one in `by` or `compute`");
    return false;
  }
  return true;
}

/// For each column of the input that is a group column just as it is: its position in the result.
std::vector<std::optional<std::size_t>> plain_groups(const Aggregation& aggregation) {
  std::vector<std::optional<std::size_t>> sources;
  for (const GroupColumn& group : aggregation.groups) {
    sources.push_back(group.program == nullptr ? std::optional(group.source) : std::nullopt);
  }
  return sources;
}

/// Decides whether partials must travel, and says what the result is partitioned by.
topology::Exchange choose_exchange(const ResolveContext& context, const Aggregation& aggregation,
                                   StreamShape& output) {
  topology::Exchange exchange;
  for (const GroupColumn& group : aggregation.groups) exchange.key.push_back(group.column.name);
  const Partitioning& input = context.input().partitioning;
  const auto kept = topology::projected_columns(input.columns, plain_groups(aggregation));
  if (input.kind == Partitioning::Kind::source_key && kept && !input.columns.empty()) {
    exchange.needed = false;
    exchange.reason =
        "`by` contains the primary key of a one-topic source: equal groups are in one partition already";
    output.partitioning = {Partitioning::Kind::source_key, *kept};
  } else if (input.kind == Partitioning::Kind::columns && kept && kept->size() == aggregation.groups.size()) {
    exchange.needed = false;
    exchange.reason = "the rows are partitioned by exactly these columns already";
    output.partitioning = {Partitioning::Kind::columns, *kept};
  } else {
    exchange.reason = "rows of one group can be in any partition of the input";
    output.partitioning.kind = Partitioning::Kind::columns;
    for (std::size_t i = 0; i < aggregation.groups.size(); ++i) output.partitioning.columns.push_back(i);
  }
  return exchange;
}

std::string describe(const Aggregation& aggregation, const std::vector<std::string>& calls) {
  std::string text = "by [";
  for (const GroupColumn& group : aggregation.groups) {
    if (text.back() != '[') text += ", ";
    text += group.column.name;
    if (group.program != nullptr) text += " = " + group.program->canonical_text();
  }
  text += "]";
  if (aggregation.window) {
    text += ", tumbling " + format_duration(aggregation.window->size);
    if (aggregation.window->offset.microseconds > 0)
      text += " offset " + format_duration(aggregation.window->offset);
    text += ", grace " + (aggregation.grace ? format_duration(*aggregation.grace) : std::string("unlimited"));
  }
  for (const std::string& call : calls) text += ", " + call;
  return text;
}

void fill_late_format(const ResolveContext& context, const std::vector<std::size_t>& columns_read,
                      Aggregation& aggregation) {
  for (const GroupColumn& group : aggregation.groups)
    aggregation.late_format.group.columns.push_back(group.column);
  for (const std::size_t column : columns_read) {
    if (context.input().type.columns[column].hidden) continue;
    aggregation.late_format.columns.columns.push_back(context.input().type.columns[column]);
    aggregation.late_columns.push_back(column);
  }
}

/// Whether partials, states and late records have values of sensitive columns in them.
bool holds_sensitive(const Aggregation& aggregation) {
  const auto is_sensitive = [](const topology::Column& column) { return column.sensitive; };
  const auto& groups = aggregation.late_format.group.columns;
  const auto& columns = aggregation.late_format.columns.columns;
  return std::any_of(groups.begin(), groups.end(), is_sensitive) ||
         std::any_of(columns.begin(), columns.end(), is_sensitive);
}

std::optional<ResolvedStep> resolve(ResolveContext& context) {
  const std::size_t errors_before = context.diagnostics().error_count();
  const auto aggregation = std::make_shared<Aggregation>();
  for (const topology::GroupItem& item : context.fields().groups("by")) {
    aggregation->groups.push_back(resolve_group(context, item));
  }
  rename_currencies(context.input().type, aggregation->groups);
  // Without its window the result's columns are not known.
  if (!resolve_window(context, *aggregation)) return std::nullopt;
  std::map<std::size_t, std::string> group_names;
  for (const GroupColumn& group : aggregation->groups) {
    if (group.program == nullptr) group_names.emplace(group.source, group.column.name);
  }
  AggregateCalls calls(context, context.input().insert_only(), std::move(group_names));
  for (const auto& named : context.fields().named_expressions("compute")) calls.add(named);
  fill_late_format(context, calls.columns_read(), *aggregation);
  aggregation->folded = calls.take_folded();
  aggregation->columns = calls.take_columns();
  aggregation->input = context.input().type;
  aggregation->keyless = context.input().keyless;
  aggregation->event_time_column = context.input().event_time_column;
  ResolvedStep step{output_shape(*aggregation), {}};
  if (!check_names(context, step.output)) return std::nullopt;
  if (context.diagnostics().error_count() > errors_before) return step;

  PhysicalStage combine;
  combine.name = "combine";
  combine.stateful = make_combine(aggregation);
  combine.description = describe(*aggregation, calls.canonical_texts());
  combine.holds_sensitive = holds_sensitive(*aggregation);
  combine.writes_late = aggregation->window && aggregation->grace;
  PhysicalStage merge;
  merge.name = "merge";
  merge.counted_suffix = " results";
  merge.holds_sensitive = combine.holds_sensitive;
  merge.stateful = make_merge(aggregation);
  merge.stores = merge_stores(*aggregation);
  merge.exchange_before = choose_exchange(context, *aggregation, step.output);
  if (aggregation->window && aggregation->grace) merge.watermark_slice = aggregation->window->size;
  merge.description = combine.description;
  step.stages.push_back(std::move(combine));
  step.stages.push_back(std::move(merge));
  return step;
}

}  // namespace

const topology::OperatorKind& aggregate_operator() {
  static const topology::OperatorKind kind = {
      .spec = {.name = "aggregate",
               .doc = "Groups rows, by event-time windows too, and adds them up; every update and delete "
                      "corrects the "
                      "result.",
               .example =
                   "aggregate: { by: [currency], window: { tumbling: 1m, grace: 1h }, compute: { total: "
                   "sum(amount) } }",
               .fields = fields,
               .keeps_state = true,
               .also = "group_by groupby group window sum count"},
      .resolve = resolve};
  return kind;
}

}  // namespace tallymill::ops
