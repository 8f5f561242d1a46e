#include "ops/operator_catalog.h"

#include "ops/aggregate.h"
#include "ops/filter.h"
#include "ops/project.h"
#include "ops/stateless_run.h"

namespace tallymill::ops {
namespace {

using topology::Availability;
using topology::OperatorKind;

OperatorKind planned(std::string_view name, std::string_view doc, bool keeps_state, std::string_view today,
                     std::string_view also = {}) {
  return {.spec = {.name = name,
                   .doc = doc,
                   .example = {},
                   .fields = {},
                   .availability = Availability::planned,
                   .keeps_state = keeps_state,
                   .today = today,
                   .also = also}};
}

}  // namespace

const topology::OperatorCatalog& operator_catalog() {
  static const std::vector<OperatorKind> kinds = {
      filter_operator(),
      map_operator(),
      set_operator(),
      select_operator(),
      drop_operator(),
      planned("enrich", "Looks up columns of another source by its primary key.", true,
              "write the column into the rows where they are made, or join them in the database", "lookup"),
      aggregate_operator(),
      planned("join", "Joins two changing tables, or events within a distance.", true,
              "rows of streams with the same columns are brought together by `from: [a, b]`"),
      planned("top", "The first N rows of a group.", true,
              "the largest and smallest value of a group are `max(x)` and `min(x)` of an aggregate",
              "order_by order sort"),
      planned("deduplicate", "First or last row per key within a distance.", true,
              "an aggregate `by` the key with `count()` has one row per key", "distinct dedupe"),
      planned("as_events", "Turns a changing table into facts.", false,
              "`mode: events` on the source takes every change for a fact"),
      planned("limit", "At most so many rows per key and period.", true,
              "a windowed aggregate by the key has one row per key and period", "throttle sample"),
      planned("absence", "A row when nothing came for that long.", true,
              "`max(created_at)` of an aggregate says when a key was last seen"),
      planned("hold", "A row once it has stood unchanged for that long.", true,
              "a reader of the output can wait; the newest value of a key is what counts"),
      planned("explode", "A row per item of a list or JSON array.", true,
              "write the items into a table of their own, and read its topic", "unnest flatten"),
      planned("over", "The aggregate up to and with each row.", true,
              "an aggregate `by` the key has the newest total, corrected at every change"),
  };
  static const topology::OperatorCatalog catalog = {.kinds = kinds, .fuse = fuse};
  return catalog;
}

}  // namespace tallymill::ops
