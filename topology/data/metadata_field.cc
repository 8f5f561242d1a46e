#include "topology/data/metadata_field.h"

#include <array>

namespace tallymill::topology {
namespace {

struct MetadataFieldRow {
  std::string_view name;
  TypeKind type;
};

// In the order of the enumeration.
constexpr auto metadata_rows = std::to_array<MetadataFieldRow>({
    {"op", TypeKind::string},
    {"lsn", TypeKind::integer},
    {"tx_id", TypeKind::integer},
    {"source_time", TypeKind::timestamp},
    {"topic", TypeKind::string},
    {"partition", TypeKind::integer},
    {"offset", TypeKind::integer},
    {"record_time", TypeKind::timestamp},
    {"table", TypeKind::string},
    {"snapshot", TypeKind::string},
    {"schema", TypeKind::string},
    {"database", TypeKind::string},
    {"connector", TypeKind::string},
});

}  // namespace

std::string_view name_of(MetadataField field) { return metadata_rows[static_cast<std::size_t>(field)].name; }

std::optional<MetadataField> parse_metadata_field(std::string_view name) {
  for (std::size_t i = 0; i < metadata_rows.size(); ++i) {
    if (metadata_rows[i].name == name) return static_cast<MetadataField>(i);
  }
  return std::nullopt;
}

Type type_of(MetadataField field) { return metadata_rows[static_cast<std::size_t>(field)].type; }

std::string metadata_field_names() {
  std::string names;
  for (const MetadataFieldRow& row : metadata_rows) {
    if (!names.empty()) names += ", ";
    names += row.name;
  }
  return names;
}

}  // namespace tallymill::topology
