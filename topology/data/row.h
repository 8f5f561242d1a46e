#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "topology/data/value.h"

namespace tallymill::topology {

/// The type of a column or expression. `dynamic` is CEL's dyn: only expressions have it.
enum class TypeKind : std::uint8_t {
  dynamic,
  null,
  boolean,
  integer,
  unsigned_integer,
  floating,
  decimal,
  string,
  bytes,
  timestamp,
  duration,
  date,
  time_of_day,
  uuid,
  json,
  list,
  map,
  type,
};

/// A type; lists and maps carry the types of what they hold. Value semantics, cheap to copy.
struct Type {
  TypeKind kind = TypeKind::dynamic;
  std::shared_ptr<const Type> key;      ///< of a map
  std::shared_ptr<const Type> element;  ///< of a list or a map's values

  Type() = default;
  Type(TypeKind k) : kind(k) {}  // NOLINT: implicit on purpose
  static Type list_of(Type element);
  static Type map_of(Type key, Type element);

  /// The name in the topology language: "int", "list<string>".
  std::string text() const;
  friend bool operator==(const Type& a, const Type& b);
};

/// Reads a column type of the topology language; nothing if there is no such type.
std::optional<Type> parse_type(std::string_view text);
/// The kind of the non-null values that a column of this type holds (uuid and json are strings).
ValueKind value_kind_of(TypeKind kind);

/// One column of a row type.
struct Column {
  std::string name;
  Type type;
  bool nullable = true;
  bool sensitive = false;
  /// Metadata such as "meta.op": usable in expressions, never printed as a column of its own.
  bool hidden = false;
  /// The column that says this amount's currency; empty if none was declared.
  std::string currency_column;
  /// A filter before holds this column at one value (`currency == "USD"`).
  bool fixed_by_filter = false;
};

/// The columns of a row, in order. A row is a span of Values of the same length.
struct RowType {
  std::vector<Column> columns;

  std::size_t size() const { return columns.size(); }
  std::optional<std::size_t> find(std::string_view name) const;
  /// The column's name nearest to a misspelt one, for "did you mean"; empty if none is near.
  std::string nearest(std::string_view name) const;
};

/// Of `names` the one nearest to `name` by edit distance (at most 2, and less than half its length; case is
/// ignored first); empty if none is near.
std::string nearest_name(std::string_view name, std::span<const std::string> names);

/// A row: one Value per column of its RowType, borrowed from an arena.
using Row = std::span<const Value>;

}  // namespace tallymill::topology
