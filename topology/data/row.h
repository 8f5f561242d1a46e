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

/// What currency an amount is in, as far as the topology says.
struct Currency {
  enum class Kind : std::uint8_t {
    none,        ///< no amount: nothing with a currency went into it
    undeclared,  ///< a decimal of a source that says no currency for it
    column,      ///< what the column `name` of the same row says
    constant,    ///< `name` in every row
    unknown,     ///< several, or their column is gone: such amounts are never added up
  };
  Kind kind = Kind::none;
  /// Of `unknown` the column that is gone; empty where amounts of several currencies met.
  std::string name;
  friend bool operator==(const Currency&, const Currency&) = default;
};

/// One column of a row type.
struct Column {
  std::string name;
  Type type;
  bool nullable = true;
  bool sensitive = false;
  /// Metadata such as "meta.op": usable in expressions, never printed as a column of its own.
  bool hidden = false;
  Currency currency = {};
  /// The text at which a filter before holds this column (`currency == "USD"`).
  std::optional<std::string> fixed_text = {};
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
