#include "topology/spec/source_reader.h"

#include "topology/spec/excerpt.h"
#include "topology/spec/field_values.h"
#include "topology/spec/source_columns.h"
#include "topology/spec/topic_name.h"

namespace tallymill::topology {
namespace {

class SourceReader {
 public:
  SourceReader(const YamlNode::Entry& entry, Diagnostics& diagnostics)
      : owner_("source " + in_quotes(entry.key)),
        diagnostics_(diagnostics),
        fields_(read_fields(entry.value, source_fields(), owner_, diagnostics)) {
    source_.name = entry.key;
    source_.range = entry.key_range;
  }

  SourceDeclaration read() {
    if (const YamlNode* columns = fields_.subtree("columns")) {
      source_.columns = read_columns(*columns, owner_, diagnostics_);
    }
    read_topics();
    check_start();
    read_primary_key();
    read_mode();
    read_event_time();
    read_watermark();
    read_origin();
    read_tables();
    read_words();
    read_reactions();
    return std::move(source_);
  }

 private:
  void read_topics() {
    if (fields_.has("topic") && fields_.has("topics")) {
      diagnostics_.error(ErrorCode::invalid_value, fields_.range("topics"),
                         owner_ + " has both `topic` and `topics`", "write all of them under `topics`");
    } else if (!fields_.has("topic") && !fields_.has("topics") && !fields_.has("topic_pattern")) {
      diagnostics_.error(ErrorCode::missing_field, source_.range, owner_ + " lacks the field \"topic\"",
                         "write `topic: name`, or `topics: [..]` for several");
    }
    source_.topics_range = fields_.range("topic");
    if (const auto topic = fields_.text("topic")) add_topic({*topic, fields_.range("topic")});
    if (fields_.has("topics")) source_.topics_range = fields_.range("topics");
    for (const NameUse& topic : fields_.names("topics")) add_topic(topic);
  }

  void add_topic(const NameUse& topic) {
    if (check_topic_name(topic.name, topic.range, diagnostics_)) source_.topics.push_back(topic.name);
  }

  void check_start() {
    const auto start = fields_.text("start");
    if (!start || *start == "earliest") return;
    if (*start == "latest" || parse_instant(*start)) {
      diagnostics_.error(ErrorCode::not_yet, fields_.range("start"),
                         in_quotes(*start) + " for \"start\" in " + owner_ + " is not implemented yet");
    } else {
      diagnostics_.error(
          ErrorCode::invalid_value, fields_.range("start"),
          "\"start\" in " + owner_ + " takes earliest, latest or a time, and this is " + in_quotes(*start));
    }
  }

  void read_primary_key() {
    const auto key = fields_.names("primary_key");
    source_.primary_key.assign(key.begin(), key.end());
    const ColumnIndex columns(source_.columns);
    for (const NameUse& use : key) columns.find(use, owner_, diagnostics_);
  }

  void read_mode() {
    const bool has_key = fields_.has("primary_key");
    source_.mode = has_key ? SourceMode::table : SourceMode::events;
    source_.mode_range = fields_.has("mode") ? fields_.range("mode") : source_.range;
    if (const auto mode = fields_.text("mode")) {
      source_.mode = *mode == "table"    ? SourceMode::table
                     : *mode == "events" ? SourceMode::events
                                         : SourceMode::changelog;
    }
    if (source_.mode == SourceMode::table && !has_key) {
      diagnostics_.error(
          ErrorCode::missing_field, fields_.range("mode"), owner_ + " is a table without primary key",
          "write `primary_key: [column]`: without it nothing says which row a change belongs to");
    } else if (source_.mode == SourceMode::changelog && has_key) {
      diagnostics_.error(ErrorCode::invalid_value, fields_.range("mode"),
                         owner_ + " has a primary key, and mode changelog is for tables without one",
                         "delete `mode`: with a primary key rows are known by it");
    } else if (!fields_.has("mode") && !has_key) {
      // Facts by default would add up updates and deletes of everybody who forgot the key.
      diagnostics_.error(
          ErrorCode::missing_field, source_.range, owner_ + " has neither a primary key nor a mode",
          "write `primary_key: [column]` if rows change; `mode: events` if every change is a fact of "
          "its own; `mode: changelog` for a table without a key (with REPLICA IDENTITY FULL)");
    }
    read_snapshot();
    read_operations();
  }

  void read_snapshot() {
    source_.include_snapshot = fields_.text("snapshot") == "include";
    if (!fields_.has("snapshot") || source_.mode == SourceMode::events) return;
    if (source_.mode == SourceMode::changelog && source_.include_snapshot) return;
    const bool is_table = source_.mode == SourceMode::table;
    diagnostics_.error(
        ErrorCode::invalid_value, fields_.range("snapshot"),
        is_table ? "`snapshot` is for mode events; a table always takes the snapshot's rows"
                 : "mode changelog always takes the snapshot's rows: a later change takes them back",
        is_table ? "delete it, or write `mode: events`" : "delete it");
  }

  void read_operations() {
    if (!fields_.has("operations")) return;
    if (source_.mode != SourceMode::events) {
      diagnostics_.error(ErrorCode::invalid_value, fields_.range("operations"),
                         "`operations` is for mode events; elsewhere every change counts",
                         "delete it, or write `mode: events`");
      return;
    }
    source_.operations = {false, false, false};
    for (const NameUse& use : fields_.names("operations")) {
      if (use.name == "create") {
        source_.operations.create = true;
      } else if (use.name == "update") {
        source_.operations.update = true;
      } else if (use.name == "delete") {
        source_.operations.remove = true;
      } else {
        std::string hint = did_you_mean(use.name, {"create", "update", "delete"}, diagnostics_);
        if (use.name == "insert" || use.name == "c") hint = "write create";
        if (use.name == "snapshot" || use.name == "read")
          hint = "rows of a snapshot are taken by `snapshot: include`";
        diagnostics_.error(ErrorCode::invalid_value, use.range,
                           "\"operations\" in " + owner_ + " takes create, update and delete, and this is " +
                               in_quotes(use.name),
                           std::move(hint));
      }
    }
  }

  void read_event_time() {
    const auto name = fields_.text("event_time");
    if (!name) return;
    source_.event_time = {*name, fields_.range("event_time")};
    if (*name == "meta.source_time") return;
    if (name->starts_with("meta.")) {
      diagnostics_.error(ErrorCode::invalid_value, source_.event_time.range,
                         in_quotes(*name) + " cannot be the event time",
                         "name a column, or meta.source_time for the time of the commit");
      return;
    }
    const auto* column = ColumnIndex(source_.columns).find(source_.event_time, owner_, diagnostics_);
    if (column == nullptr || column->type.kind == TypeKind::timestamp || column->type.kind == TypeKind::date)
      return;
    if (column->type.kind == TypeKind::dynamic) return;  // its type was refused
    diagnostics_.error(
        ErrorCode::invalid_value, source_.event_time.range,
        "the event time " + in_quotes(*name) + " is " + column->type.text() +
            ", and an event time is a timestamp or a date",
        "declare the column as `timestamp`, with `unit: ms` where it comes in milliseconds");
  }

  void read_watermark() {
    const FieldSet* watermark = fields_.object("watermark");
    if (watermark == nullptr) return;
    const WatermarkDeclaration defaults;
    source_.watermark.out_of_orderness =
        watermark->duration("out_of_orderness").value_or(defaults.out_of_orderness);
    source_.watermark.max_ahead = watermark->duration("max_ahead").value_or(defaults.max_ahead);
  }

  void read_origin() {
    source_.origin_column = fields_.text("origin").value_or("");
    for (const ColumnDeclaration& column : source_.columns) {
      if (column.name != source_.origin_column) continue;
      diagnostics_.error(ErrorCode::duplicate_name, fields_.range("origin"),
                         owner_ + " has a column " + in_quotes(column.name) + " already",
                         "choose another name for the origin column");
    }
  }

  void read_tables() {
    source_.one_table = fields_.boolean("one_table").value_or(false);
    if (fields_.boolean("repartition").value_or(false)) {
      diagnostics_.error(ErrorCode::not_yet, fields_.range("repartition"),
                         "`repartition` in " + owner_ + " is not implemented yet",
                         "let the connector's key be the primary key (message.key.columns), or give the topic one "
                         "partition");
    }
  }

  void read_words() {
    source_.unavailable_value = word("unavailable_value");
    source_.operation_field = word("operation");
    source_.deleted_field = word("deleted");
    if (source_.operation_field.empty() || source_.operation_field != source_.deleted_field) return;
    diagnostics_.error(ErrorCode::invalid_value, fields_.range("deleted"),
                       "`operation` and `deleted` of " + owner_ + " name one field",
                       "write the one of the two that the field holds: c, u, d and r, or true and false");
  }

  /// A word of the connector; one that is written and empty is refused.
  std::string word(std::string_view name) {
    const auto text = fields_.text(name);
    if (!text || !text->empty()) return text.value_or("");
    diagnostics_.error(ErrorCode::invalid_value, fields_.range(name),
                       in_quotes(name) + " of " + owner_ + " is empty",
                       "write the connector's own word, or delete the line");
    return {};
  }

  void read_reactions() {
    if (fields_.text("on_truncate") == "ignore") source_.on_truncate = TruncateReaction::ignore;
    if (fields_.text("on_lsn_regression") == "new_epoch")
      source_.on_lsn_regression = RegressionReaction::new_epoch;
    if (fields_.text("on_error") == "fail") source_.on_error = RecordErrorReaction::fail;
  }

  std::string owner_;
  Diagnostics& diagnostics_;
  FieldSet fields_;
  SourceDeclaration source_;
};

}  // namespace

std::string_view name_of(SourceMode mode) {
  switch (mode) {
    case SourceMode::table:
      return "table";
    case SourceMode::events:
      return "events";
    case SourceMode::changelog:
      return "changelog";
  }
  INVARIANT(false, "a source's mode outside the enumeration");
}

SourceDeclaration read_source(const YamlNode::Entry& entry, Diagnostics& diagnostics) {
  return SourceReader(entry, diagnostics).read();
}

}  // namespace tallymill::topology
