#include "topology/spec/source_columns.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "topology/data/metadata_field.h"
#include "topology/spec/excerpt.h"
#include "topology/spec/field_values.h"

namespace tallymill::topology {
namespace {

struct DatabaseType {
  std::string_view names;  ///< with spaces between
  std::string_view hint;
};

constexpr DatabaseType database_types[] = {
    {"bigint int8 integer int4 smallint int2 serial bigserial smallserial oid tinyint mediumint long short "
     "int32 int64",
     "write int"},
    {"numeric dec money number",
     "write decimal: the digits are read as they come, of any precision and scale"},
    {"text varchar character char bpchar citext nvarchar enum name inet cidr macaddr xml tsvector ltree str",
     "write string"},
    {"real float float4 float8", "write double; for money decimal, which reads the text on the wire exactly"},
    {"boolean", "write bool"},
    {"timestamptz datetime timestamp_tz instant", "write timestamp"},
    {"timetz", "write time"},
    {"interval", "write duration"},
    {"bytea blob binary varbinary", "write bytes"},
    {"jsonb hstore object map", "write json"},
    {"guid", "write uuid"},
};

/// What to write for a type as a database calls it: `numeric(12,2)`, `varchar(20)`, `timestamp with time
/// zone`, `text[]`. Empty if it is none.
std::string hint_for_database_type(const std::string& text) {
  std::string name;
  for (const char c : text) name += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (name.ends_with("[]") || name.starts_with("_")) {
    const std::string item = name.starts_with("_") ? name.substr(1) : name.substr(0, name.size() - 2);
    const std::string hint = hint_for_database_type(item);
    const bool is_ours = parse_type(item).has_value();
    if (is_ours) return "write list<" + item + ">";
    return hint.empty() ? hint : "write list<T>; of the item: " + hint;
  }
  if (name.starts_with("double precision"))
    return "write double; for money decimal, which reads the text on the wire exactly";
  if (name.starts_with("timestamp ") || name.starts_with("timestamp(")) return "write timestamp";
  if (name.starts_with("time ") || name.starts_with("time(")) return "write time";
  if (name.starts_with("decimal("))
    return "write decimal: the digits are read as they come, of any precision and scale";
  if (name.starts_with("bit")) return "write bytes";
  const std::string_view first = std::string_view(name).substr(0, name.find_first_of("( "));
  for (const DatabaseType& type : database_types) {
    if (is_among(type.names, first)) return std::string(type.hint);
  }
  return {};
}

std::optional<Type> read_type(const std::string& text, SourceRange range, Diagnostics& diagnostics) {
  if (auto type = parse_type(text)) return type;
  static const std::vector<std::string> names = {"string", "int",  "decimal",     "double",   "bool",
                                                 "date",   "time", "timestamp",   "duration", "bytes",
                                                 "uuid",   "json", "list<string>"};
  std::string hint = hint_for_database_type(text);
  if (hint.empty()) hint = did_you_mean(text, names, diagnostics);
  if (hint.empty()) {
    hint =
        "types: string, int, decimal, double, bool, date, time, timestamp, duration, bytes, uuid, json, "
        "list<T>";
  }
  diagnostics.error(ErrorCode::invalid_value, range, "there is no type " + in_quotes(text), std::move(hint));
  return std::nullopt;
}

/// The type whose values a column's words on the wire are about: of a list, that of its items.
TypeKind kind_on_the_wire(const Type& type) {
  const Type* item = &type;
  while (item->kind == TypeKind::list) item = item->element.get();
  return item->kind;
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

/// Reads the words that say what a record without a schema leaves open, and checks that they fit the type.
class WireWords {
 public:
  WireWords(const FieldSet& fields, ColumnDeclaration& column, Diagnostics& diagnostics)
      : fields_(fields), column_(column), diagnostics_(diagnostics), kind_(kind_on_the_wire(column.type)) {}

  void read() {
    if (kind_ == TypeKind::dynamic) return;  // its type was refused
    read_digits();
    read_scale();
    read_wire();
    read_unit();
    read_encoding();
  }

 private:
  /// Whether `word` is written and may be; where it may not, that is reported.
  bool takes(std::string_view word, bool fits, std::string message, std::string hint = "delete it") {
    if (!fields_.has(word) || fits) return fields_.has(word);
    diagnostics_.error(ErrorCode::invalid_value, fields_.range(word), std::move(message), std::move(hint));
    return false;
  }

  void read_digits() {
    if (!takes("digits", kind_ == TypeKind::decimal, "only a decimal has digits")) return;
    const auto digits = fields_.integer("digits");
    if (!digits) return;
    if (*digits < decimal_digits_min || *digits > decimal_digits_max) {
      diagnostics_.error(ErrorCode::invalid_value, fields_.range("digits"),
                         "`digits` is between " + std::to_string(decimal_digits_min) + " and " +
                             std::to_string(decimal_digits_max),
                         "it bounds what a record may cost; for smaller limits filter the rows");
      return;
    }
    column_.digits = static_cast<int>(*digits);
  }

  void read_scale() {
    if (!takes("scale", kind_ == TypeKind::decimal, "only a decimal has a scale")) return;
    const auto scale = fields_.integer("scale");
    if (!scale) return;
    if (*scale < 0 || *scale > decimal_digits_default) {
      diagnostics_.error(ErrorCode::invalid_value, fields_.range("scale"),
                         "a scale is between 0 and " + std::to_string(decimal_digits_default));
      return;
    }
    column_.scale = static_cast<int>(*scale);
  }

  void read_wire() {
    if (!takes("wire", kind_ == TypeKind::decimal, "`wire` says how a decimal comes, and this is none")) return;
    const auto wire = fields_.text("wire");
    if (!wire) return;
    column_.wire = *wire == "text" ? DecimalWire::text : DecimalWire::base64;
    if (column_.wire == DecimalWire::text) return;
    if (!fields_.has("scale")) {
      diagnostics_.error(ErrorCode::missing_field, fields_.range("wire"),
                         "`wire: base64` needs `scale`: the bytes do not say where the point stands",
                         "write `scale: 2` beside it for a numeric(12,2), or turn the converter's schemas on");
    } else if (column_.scale) {
      diagnostics_.warning(
          ErrorCode::scale_unknown, fields_.range("wire"),
          "an ALTER COLUMN .. numeric(p,s) with another s cannot be seen in base64 without a schema, and would "
          "change every later amount",
          "turn the converter's schemas on, or set decimal.handling.mode=string and write `wire: text`");
    }
  }

  void read_unit() {
    const bool fits = kind_ == TypeKind::timestamp || kind_ == TypeKind::time_of_day || kind_ == TypeKind::duration;
    if (!takes("unit", fits,
               kind_ == TypeKind::date ? "a date that comes as a number is in days, whatever the connector"
                                       : "only a timestamp, a time or a duration has a unit")) {
      return;
    }
    const auto unit = fields_.text("unit");
    if (!unit) return;
    column_.unit = *unit == "s"    ? TimeUnit::seconds
                   : *unit == "ms" ? TimeUnit::milliseconds
                   : *unit == "us" ? TimeUnit::microseconds
                                   : TimeUnit::nanoseconds;
  }

  void read_encoding() {
    if (!takes("encoding", kind_ == TypeKind::bytes, "`encoding` says how bytes come, and this is none")) return;
    const auto encoding = fields_.text("encoding");
    if (encoding) column_.encoding = *encoding == "hex" ? BytesEncoding::hex : BytesEncoding::base64;
  }

  const FieldSet& fields_;
  ColumnDeclaration& column_;
  Diagnostics& diagnostics_;
  TypeKind kind_;
};

/// A bare word is a column, a text in quotes the currency itself.
void read_currency(const YamlNode& node, ColumnDeclaration& column, Diagnostics& diagnostics) {
  column.currency_range = node.range;
  const std::string what = "\"currency\" of column " + in_quotes(column.name);
  if (node.kind == YamlNode::Kind::scalar && !node.plain) {
    if (!node.text.empty()) {
      column.currency = {Currency::Kind::constant, node.text};
    } else {
      diagnostics.error(ErrorCode::invalid_value, node.range, what + " is empty",
                        "write the currency, such as `currency: \"GBP\"`, or the column that holds it");
    }
  } else if (const auto use = FieldValueReader(diagnostics).name(node, what)) {
    column.currency = {Currency::Kind::column, use->name};
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
  if (const YamlNode* currency = fields.subtree("currency")) read_currency(*currency, column, diagnostics);
  if (const auto absent = fields.text("absent")) {
    column.absent = *absent == "keep" ? AbsentReaction::keep : AbsentReaction::null;
  }
  WireWords(fields, column, diagnostics).read();
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

/// `currency: GBP` is a constant without its quotes.
void report_unknown_currency(const ColumnDeclaration& column, const std::vector<ColumnDeclaration>& columns,
                             const std::string& owner, Diagnostics& diagnostics) {
  const std::string& name = column.currency.name;
  std::vector<std::string> names;
  for (const ColumnDeclaration& other : columns) names.push_back(other.name);
  std::string hint = did_you_mean(name, names, diagnostics);
  if (hint.empty()) {
    hint =
        "declare the column that holds the currency under `columns`; a currency that is the same in every "
        "row stands "
        "in quotes: `currency: \"" +
        name + "\"`";
  }
  diagnostics.error(ErrorCode::unknown_column, column.currency_range,
                    owner + " has no column " + in_quotes(name), std::move(hint));
}

/// A field of the record goes to one column.
void check_wire_names(const std::vector<ColumnDeclaration>& columns, const std::string& owner,
                      Diagnostics& diagnostics) {
  std::map<std::string_view, const ColumnDeclaration*> by_wire_name;
  for (const ColumnDeclaration& column : columns) {
    if (column.metadata) continue;
    const auto [first, is_new] = by_wire_name.emplace(column.wire_name, &column);
    if (is_new) continue;
    diagnostics.error(ErrorCode::duplicate_name, column.range,
                      "columns " + in_quotes(first->second->name) + " and " + in_quotes(column.name) + " of " +
                          owner + " are both read from the field " + in_quotes(column.wire_name),
                      "declare it once; `set` or `select` in a pipeline make a second column of it");
  }
}

void check_currencies(std::vector<ColumnDeclaration>& columns, const std::string& owner,
                      Diagnostics& diagnostics) {
  const ColumnIndex index(columns);
  for (ColumnDeclaration& column : columns) {
    if (column.currency.kind == Currency::Kind::none) continue;
    const auto* named = index.find(column.currency.name);
    if (column.currency.kind == Currency::Kind::constant) {
      if (named == nullptr) continue;
      // Quotes out of habit would make one currency of all.
      diagnostics.error(
          ErrorCode::invalid_value, column.currency_range,
          in_quotes(named->name) + " in quotes is a currency, and there is a column of that name",
          "without quotes it is the column: `currency: " + named->name + "`");
    } else if (named == nullptr) {
      report_unknown_currency(column, columns, owner, diagnostics);
      column.currency = {};  // what adds it up is not reported as well
    } else if (named->type.kind != TypeKind::string && named->type.kind != TypeKind::dynamic) {
      diagnostics.error(ErrorCode::invalid_value, column.currency_range,
                        "the currency column " + in_quotes(named->name) + " is " + named->type.text() +
                            ", and a currency is a string");
    }
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
  check_wire_names(columns, owner, diagnostics);
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

const ColumnDeclaration* ColumnIndex::find(const std::string& name) const {
  const auto found =
      std::lower_bound(by_name_.begin(), by_name_.end(), name,
                       [](const ColumnDeclaration* a, const std::string& b) { return a->name < b; });
  return found != by_name_.end() && (*found)->name == name ? *found : nullptr;
}

const ColumnDeclaration* ColumnIndex::find(const NameUse& use, const std::string& owner,
                                           Diagnostics& diagnostics) const {
  if (const auto* found = find(use.name)) return found;
  if (names_.empty()) return nullptr;  // that has been reported, and says all
  std::string hint = did_you_mean(use.name, names_, diagnostics);
  if (hint.empty()) hint = "declare it under `columns`";
  diagnostics.error(ErrorCode::unknown_column, use.range, owner + " has no column " + in_quotes(use.name),
                    std::move(hint));
  return nullptr;
}

}  // namespace tallymill::topology
