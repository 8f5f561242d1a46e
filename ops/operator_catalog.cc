#include "ops/operator_catalog.h"

#include "ops/aggregate.h"
#include "ops/filter.h"
#include "ops/project.h"
#include "ops/stateless_run.h"

namespace tallymill::ops {
namespace {

using topology::Availability;
using topology::OperatorKind;

OperatorKind planned(std::string_view name, std::string_view doc, bool keeps_state) {
  return {.spec = {.name = name,
                   .doc = doc,
                   .example = {},
                   .fields = {},
                   .availability = Availability::planned,
                   .keeps_state = keeps_state}};
}

}  // namespace

const topology::OperatorCatalog& operator_catalog() {
  static const std::vector<OperatorKind> kinds = {
      filter_operator(),
      map_operator(),
      set_operator(),
      select_operator(),
      drop_operator(),
      planned("enrich", "Looks up columns of another source by its primary key.", true),
      aggregate_operator(),
      planned("join", "Joins two changing tables, or events within a distance.", true),
      planned("top", "The first N rows of a group.", true),
      planned("deduplicate", "First or last row per key within a distance.", true),
      planned("as_events", "Turns a changing table into facts.", false),
      planned("limit", "At most so many rows per key and period.", true),
      planned("absence", "A row when nothing came for that long.", true),
  };
  static const topology::OperatorCatalog catalog = {.kinds = kinds, .fuse = fuse};
  return catalog;
}

}  // namespace tallymill::ops
