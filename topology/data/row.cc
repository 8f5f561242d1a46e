#include "topology/data/row.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "topology/base/invariant.h"

namespace tallymill::topology {
namespace {

// A type's text comes from a user's file: its nesting must not become the depth of our stack.
constexpr int type_depth_max = 16;
// Nobody misspells a name of this length by two letters only, and comparing is quadratic.
constexpr std::size_t compared_name_bytes_max = 100;
constexpr std::size_t edit_distance_max = 2;

struct ColumnTypeName {
  std::string_view name;
  TypeKind kind;
};

constexpr auto column_type_names = std::to_array<ColumnTypeName>({
    {"string", TypeKind::string},
    {"int", TypeKind::integer},
    {"decimal", TypeKind::decimal},
    {"double", TypeKind::floating},
    {"bool", TypeKind::boolean},
    {"date", TypeKind::date},
    {"time", TypeKind::time_of_day},
    {"timestamp", TypeKind::timestamp},
    {"duration", TypeKind::duration},
    {"bytes", TypeKind::bytes},
    {"uuid", TypeKind::uuid},
    {"json", TypeKind::json},
});

std::string_view plain_name_of(TypeKind kind) {
  switch (kind) {
    case TypeKind::dynamic:
      return "dyn";
    case TypeKind::null:
      return "null";
    case TypeKind::unsigned_integer:
      return "uint";
    case TypeKind::type:
      return "type";
    default:
      break;
  }
  const auto* row = std::ranges::find(column_type_names, kind, &ColumnTypeName::kind);
  INVARIANT(row != column_type_names.end(), "a list or map was asked for a plain name");
  return row->name;
}

/// An absent part of a list or map is dyn.
std::string text_of(const std::shared_ptr<const Type>& part) {
  return part ? part->text() : std::string(plain_name_of(TypeKind::dynamic));
}

bool same_part(const std::shared_ptr<const Type>& a, const std::shared_ptr<const Type>& b) {
  return a == b || (a ? *a : Type()) == (b ? *b : Type());
}

std::optional<Type> parse_type(std::string_view text, int depth) {
  constexpr std::string_view list_opening = "list<";
  if (depth > type_depth_max) return std::nullopt;
  if (text.starts_with(list_opening) && text.ends_with('>')) {
    text.remove_prefix(list_opening.size());
    text.remove_suffix(1);
    std::optional<Type> element = parse_type(text, depth + 1);
    if (!element) return std::nullopt;
    return Type::list_of(*std::move(element));
  }
  const auto* row = std::ranges::find(column_type_names, text, &ColumnTypeName::name);
  if (row == column_type_names.end()) return std::nullopt;
  return Type(row->kind);
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

/// Levenshtein's distance: insertions, deletions and replacements of one byte.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  // distances[j] is the distance between the part of `a` seen so far and the first j bytes of `b`.
  std::array<std::size_t, compared_name_bytes_max + 1> distances;
  std::iota(distances.begin(), distances.begin() + static_cast<std::ptrdiff_t>(b.size()) + 1, std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(distances[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = distances[j + 1];
      distances[j + 1] = std::min({replaced, diagonal + 1, distances[j] + 1});
    }
  }
  return distances[b.size()];
}

/// Keeps the nearest of the names that it is shown.
class NearestName {
 public:
  explicit NearestName(std::string_view name) : name_(lower_case(name)) {}

  void consider(std::string_view candidate) {
    if (std::max(name_.size(), candidate.size()) > compared_name_bytes_max) return;
    const std::size_t distance = edit_distance(name_, lower_case(candidate));
    // Of an equal distance the first stays. More than half of a name replaced is another name.
    if (distance > edit_distance_max || distance * 2 >= name_.size() || distance >= nearest_distance_) return;
    nearest_ = candidate;
    nearest_distance_ = distance;
  }

  std::string nearest() const { return std::string(nearest_); }

 private:
  std::string name_;
  std::string_view nearest_;
  std::size_t nearest_distance_ = edit_distance_max + 1;
};

}  // namespace

Type Type::list_of(Type element) {
  Type type(TypeKind::list);
  type.element = std::make_shared<const Type>(std::move(element));
  return type;
}

Type Type::map_of(Type key, Type element) {
  Type type(TypeKind::map);
  type.key = std::make_shared<const Type>(std::move(key));
  type.element = std::make_shared<const Type>(std::move(element));
  return type;
}

std::string Type::text() const {
  if (kind == TypeKind::list) return "list<" + text_of(element) + ">";
  if (kind == TypeKind::map) return "map<" + text_of(key) + ", " + text_of(element) + ">";
  return std::string(plain_name_of(kind));
}

bool operator==(const Type& a, const Type& b) {
  if (a.kind != b.kind) return false;
  if (a.kind == TypeKind::list) return same_part(a.element, b.element);
  if (a.kind == TypeKind::map) return same_part(a.key, b.key) && same_part(a.element, b.element);
  return true;
}

std::optional<Type> parse_type(std::string_view text) { return parse_type(text, 0); }

ValueKind value_kind_of(TypeKind kind) {
  switch (kind) {
    case TypeKind::null:
      return ValueKind::null;
    case TypeKind::boolean:
      return ValueKind::boolean;
    case TypeKind::integer:
      return ValueKind::integer;
    case TypeKind::unsigned_integer:
      return ValueKind::unsigned_integer;
    case TypeKind::floating:
      return ValueKind::floating;
    case TypeKind::decimal:
      return ValueKind::decimal;
    case TypeKind::string:
    case TypeKind::uuid:
    case TypeKind::json:
      return ValueKind::string;
    case TypeKind::bytes:
      return ValueKind::bytes;
    case TypeKind::timestamp:
      return ValueKind::timestamp;
    case TypeKind::duration:
      return ValueKind::duration;
    case TypeKind::date:
      return ValueKind::date;
    case TypeKind::time_of_day:
      return ValueKind::time_of_day;
    case TypeKind::list:
      return ValueKind::list;
    case TypeKind::map:
      return ValueKind::map;
    case TypeKind::type:
      return ValueKind::type;
    case TypeKind::dynamic:
      break;
  }
  INVARIANT(false, "dyn holds values of any kind");
}

std::optional<std::size_t> RowType::find(std::string_view name) const {
  const auto found = std::ranges::find(columns, name, &Column::name);
  if (found == columns.end()) return std::nullopt;
  return static_cast<std::size_t>(found - columns.begin());
}

std::string RowType::nearest(std::string_view name) const {
  NearestName nearest(name);
  for (const Column& column : columns) nearest.consider(column.name);
  return nearest.nearest();
}

std::string nearest_name(std::string_view name, std::span<const std::string> names) {
  NearestName nearest(name);
  for (const std::string& candidate : names) nearest.consider(candidate);
  return nearest.nearest();
}

}  // namespace tallymill::topology
