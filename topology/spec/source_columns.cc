#include "topology/spec/source_columns.h"

#include <algorithm>

#include "topology/data/decimal.h"
#include "topology/spec/excerpt.h"
#include "topology/spec/field_values.h"
#include "topology/data/metadata_field.h"

namespace tallymill::topology {
namespace {

std::optional<Type> read_type(const std::string& text, SourceRange range, Diagnostics& diagnostics) {
  if (auto type = parse_type(text)) return type;
  static const std::vector<std::string> names = {"string", "int",  "decimal",     "double",   "bool",
                                                 "date",   "time", "timestamp",   "duration", "bytes",
                                                 "uuid",   "json", "list<string>"};
  std::string hint = did_you_mean(text, names, diagnostics);
  if (hint.empty()) {
    hint =
        "types: string, int, decimal, double, bool, date, time, timestamp, duration, bytes, uuid, json, "
        "list<T>";
  }
  diagnostics.error(ErrorCode::invalid_value, range, "there is no type " + in_quotes(text), std::move(hint));
  return std::nullopt;
}

void read_scale(const FieldSet& fields, ColumnDeclaration& column, Diagnostics& diagnostics) {
  const auto scale = fields.integer("scale");
  if (!scale) return;
  if (column.type.kind != TypeKind::decimal) {
    diagnostics.error(ErrorCode::invalid_value, fields.range("scale"), "only a decimal has a scale",
                      "delete it");
  } else if (*scale < 0 || *scale > Decimal::max_scale) {
    diagnostics.error(ErrorCode::invalid_value, fields.range("scale"),
                      "a scale is between 0 and " + std::to_string(Decimal::max_scale));
  } else {
    column.scale = static_cast<int>(*scale);
  }
}

/// `from: meta.FIELD` takes what the record says beside its row.
void read_metadata(const FieldSet& fields, ColumnDeclaration& column, Diagnostics& diagnostics) {
  constexpr std::string_view prefix = "meta.";
  if (!column.wire_name.starts_with(prefix)) return;
  const std::string name = column.wire_name.substr(prefix.size());
  const SourceRange range = fields.range("from");
  if (name == "headers" || name.starts_with("headers[")) {
    diagnostics.error(ErrorCode::not_yet, range, "`from: meta.headers` is not implemented yet",
                      "let the connector put it into the row (add.fields), or take " + metadata_field_names());
    return;
  }
  column.metadata = parse_metadata_field(name);
  if (!column.metadata) {
    diagnostics.error(ErrorCode::unknown_name, range, "`meta` has no field " + in_quotes(name),
                      "it has " + metadata_field_names());
  } else if (column.type.kind != TypeKind::dynamic && column.type != type_of(*column.metadata)) {
    diagnostics.error(ErrorCode::invalid_value, fields.range("type"),
                      in_quotes(column.wire_name) + " is " + type_of(*column.metadata).text() + ", and column " +
                          in_quotes(column.name) + " is declared " + column.type.text(),
                      "write `type: " + type_of(*column.metadata).text() + "`");
  }
}

void read_long_form(const YamlNode& node, const std::string& owner, ColumnDeclaration& column,
                    Diagnostics& diagnostics) {
  const FieldSet fields =
      read_fields(node, column_fields(), "column " + in_quotes(column.name) + " of " + owner, diagnostics);
  if (const auto type = fields.text("type")) {
    column.type = read_type(*type, fields.range("type"), diagnostics).value_or(Type());
  }
  column.wire_name = fields.text("from").value_or(column.name);
  column.optional = fields.boolean("optional").value_or(false);
  column.sensitive = fields.boolean("sensitive").value_or(false);
  column.currency = fields.text("currency").value_or("");
  column.currency_range = fields.range("currency");
  read_scale(fields, column, diagnostics);
  read_metadata(fields, column, diagnostics);
}

std::optional<ColumnDeclaration> read_column(const YamlNode::Entry& entry, const std::string& owner,
                                             Diagnostics& diagnostics) {
  if (!is_name(entry.key) || entry.key == "meta") {
    diagnostics.error(
        ErrorCode::invalid_value, entry.key_range, in_quotes(entry.key) + " is no name for a column",
        "letters, digits, `_` and `-`, not beginning with a digit, and not `meta`; another name on the "
        "wire is `{ type: .., from: wire_name }`");
    return std::nullopt;
  }
  ColumnDeclaration column;
  column.name = entry.key;
  column.range = entry.key_range;
  column.wire_name = entry.key;
  if (entry.value.kind == YamlNode::Kind::scalar) {
    column.type = read_type(entry.value.text, entry.value.range, diagnostics).value_or(Type());
  } else {
    read_long_form(entry.value, owner, column, diagnostics);
  }
  return column;
}

void check_currencies(const std::vector<ColumnDeclaration>& columns, const std::string& owner,
                      Diagnostics& diagnostics) {
  const ColumnIndex index(columns);
  for (const ColumnDeclaration& column : columns) {
    if (column.currency.empty()) continue;
    const auto* currency = index.find({column.currency, column.currency_range}, owner, diagnostics);
    if (currency == nullptr || currency->type.kind == TypeKind::string) continue;
    if (currency->type.kind == TypeKind::dynamic) continue;  // its type was refused
    diagnostics.error(ErrorCode::invalid_value, column.currency_range,
                      "the currency column " + in_quotes(column.currency) + " is " + currency->type.text() +
                          ", and a currency is a string");
  }
}

}  // namespace

std::vector<ColumnDeclaration> read_columns(const YamlNode& node, const std::string& owner,
                                            Diagnostics& diagnostics) {
  std::vector<ColumnDeclaration> columns;
  if (node.kind != YamlNode::Kind::mapping || node.entries.empty()) {
    diagnostics.error(ErrorCode::invalid_value, node.range, owner + " declares no columns",
                      "write `columns: { name: type }`, with the columns that the pipelines need");
    return columns;
  }
  for (const YamlNode::Entry& entry : node.entries) {
    if (auto column = read_column(entry, owner, diagnostics)) columns.push_back(std::move(*column));
  }
  check_currencies(columns, owner, diagnostics);
  return columns;
}

ColumnIndex::ColumnIndex(const std::vector<ColumnDeclaration>& columns) {
  for (const ColumnDeclaration& column : columns) {
    by_name_.push_back(&column);
    names_.push_back(column.name);
  }
  std::sort(by_name_.begin(), by_name_.end(),
            [](const ColumnDeclaration* a, const ColumnDeclaration* b) { return a->name < b->name; });
}

const ColumnDeclaration* ColumnIndex::find(const NameUse& use, const std::string& owner,
                                           Diagnostics& diagnostics) const {
  const auto found =
      std::lower_bound(by_name_.begin(), by_name_.end(), use.name,
                       [](const ColumnDeclaration* a, const std::string& name) { return a->name < name; });
  if (found != by_name_.end() && (*found)->name == use.name) return *found;
  if (names_.empty()) return nullptr;  // that has been reported, and says all
  std::string hint = did_you_mean(use.name, names_, diagnostics);
  if (hint.empty()) hint = "declare it under `columns`";
  diagnostics.error(ErrorCode::unknown_column, use.range, owner + " has no column " + in_quotes(use.name),
                    std::move(hint));
  return nullptr;
}

}  // namespace tallymill::topology
