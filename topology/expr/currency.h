#pragma once

#include <vector>

#include "topology/data/row.h"
#include "topology/expr/expression.h"
#include "topology/expr/typed_node.h"

namespace tallymill::topology {

/// The currency of what a checked expression gives. A product or quotient of an amount and a plain number, a
/// sum or difference of amounts of one currency, a rounding, a choice between such have that currency;
/// in_currency() states one. Whatever else an amount goes through, such as a text and back, does not take its
/// currency away. Amounts of several currencies in one result, a product of two amounts, and a quotient of
/// different ones are `unknown`.
Currency currency_of(const TypedNode& root, const RowType& columns);

/// Columns that `root`, being true, holds at one text.
std::vector<FixedColumn> columns_held_fixed(const TypedNode& root);

}  // namespace tallymill::topology
