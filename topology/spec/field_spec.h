#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "topology/base/time.h"
#include "topology/spec/diagnostics.h"
#include "topology/spec/yaml_reader.h"

namespace tallymill::topology {

/// What a field takes. Every part of the language (sources, sinks, operators, windows) declares its fields
/// once, as a table of FieldSpec; reader, validator, reference and schema are generic over these tables.
enum class FieldType : std::uint8_t {
  text,         ///< a scalar
  text_list,    ///< a list of texts or one text: topics, files
  boolean,      ///< true or false
  integer,      ///< a whole number
  duration,     ///< "500ms", "5s", "1m", "6h", "7d"
  choice,       ///< one of `choices`
  name,         ///< [A-Za-z_][A-Za-z0-9_-]*, such as the name of a source
  names,        ///< a list of names or one name: columns, pipelines
  expression,   ///< a CEL expression as a scalar
  expressions,  ///< mapping: new column -> expression
  groups,       ///< list of columns and one-entry mappings {name: expression}
  texts,        ///< mapping: name -> text (record headers, topic configuration)
  aggregates,   ///< mapping: new column -> aggregate call, kept as text
  object,       ///< mapping with the fields of `fields`
  objects,      ///< one such mapping, or a list of them
  subtree,  ///< read by the owner's own code: sources, columns, steps; `fields` is the table of its entries
};

/// `planned` parts are known and answered with "not yet"; what is looked for here and stands `elsewhere` is
/// answered with the place.
enum class Availability : std::uint8_t { available, planned, elsewhere };

struct Choice {
  std::string_view name;
  std::string_view doc;
  Availability availability = Availability::available;
  std::string_view today = {};  ///< of a planned one: what works instead
};

struct FieldSpec {
  /// Empty: the value of the step itself (`filter: EXPR`); then it is the operator's only field.
  std::string_view name;
  FieldType type;
  bool required = false;
  std::string_view default_text =
      {};                ///< as documentation shows it; read like a scalar if the field is absent
  std::string_view doc;  ///< one sentence
  Availability availability = Availability::available;
  std::span<const Choice> choices = {};
  std::span<const FieldSpec> fields = {};
  std::string_view today = {};  ///< of a planned field: what works instead; of one elsewhere: where
  std::string_view also = {};   ///< what people call it who do not know its name, words with spaces between
  /// Planned fields without which this planned one says nothing: together they are one finding.
  std::string_view goes_with = {};
};

/// Whether `word` is one of the words of a list with spaces between.
bool is_among(std::string_view words, std::string_view word);

/// The text of an expression or aggregate call with the node it stands in, for carets.
struct ExpressionText {
  std::string text;
  YamlNode node;  ///< the scalar
};

struct NamedExpression {
  std::string name;
  SourceRange name_range;
  ExpressionText expression;
};

/// A name used somewhere, with its place.
struct NameUse {
  std::string name;
  SourceRange range;
};

/// An entry of `groups`: a column, or a named expression.
struct GroupItem {
  NameUse name;
  std::optional<ExpressionText> expression;
};

class FieldSet;

/// One field as read: its value in the alternative that FieldType says.
struct FieldValue {
  const FieldSpec* spec = nullptr;
  SourceRange range;  ///< of the value; of the owner if it is a default
  bool is_default = false;
  std::variant<std::monostate, std::string, bool, std::int64_t, Duration, ExpressionText,
               std::vector<NameUse>, std::vector<NamedExpression>, std::vector<GroupItem>,
               std::vector<FieldSet>, YamlNode>
      value;
};

/// The fields of one mapping, read by a table. Getters return nothing (null, empty) for a field that is
/// absent and has no default, or whose value was refused; asking for a name outside the table is a broken
/// invariant.
class FieldSet {
 public:
  FieldSet() = default;
  FieldSet(std::span<const FieldSpec> specs, SourceRange range) : specs_(specs), range_(range) {}

  bool has(std::string_view name) const;  ///< written by the user
  const FieldValue* find(std::string_view name) const;
  std::optional<std::string> text(std::string_view name) const;  ///< text, choice, name
  std::optional<bool> boolean(std::string_view name) const;
  std::optional<std::int64_t> integer(std::string_view name) const;
  std::optional<Duration> duration(std::string_view name) const;
  const ExpressionText* expression(std::string_view name) const;
  /// names and text_list.
  std::span<const NameUse> names(std::string_view name) const;
  /// expressions, aggregates and texts.
  std::span<const NamedExpression> named_expressions(std::string_view name) const;
  std::span<const GroupItem> groups(std::string_view name) const;
  /// object (then one) and objects.
  std::span<const FieldSet> objects(std::string_view name) const;
  const FieldSet* object(std::string_view name) const;
  const YamlNode* subtree(std::string_view name) const;
  /// Of the field if present, else of the whole mapping.
  SourceRange range(std::string_view name) const;
  SourceRange range() const { return range_; }

  /// All fields that have a value, in the order in which they were read.
  std::span<const FieldValue> values() const { return values_; }

  void add(FieldValue value) { values_.push_back(std::move(value)); }

 private:
  std::span<const FieldSpec> specs_;
  SourceRange range_;
  std::vector<FieldValue> values_;
};

/// Reads `node` by the table: unknown fields (with "did you mean"), missing required ones, wrong types,
/// unknown choices and planned parts ("not yet") each become a diagnostic, all of them in one pass. `owner`
/// names the mapping in messages, such as "step filter".
FieldSet read_fields(const YamlNode& node, std::span<const FieldSpec> specs, std::string_view owner,
                     Diagnostics& diagnostics);

}  // namespace tallymill::topology
