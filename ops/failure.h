#pragma once

#include <string>
#include <string_view>

#include "topology/base/error.h"
#include "topology/data/row.h"
#include "topology/expr/expression.h"

namespace tallymill::ops {

/// Why an image cannot go on, as its dead letter says it.
struct Failure {
  topology::ErrorCode reason = topology::ErrorCode::expression_failed;
  std::string message;
  std::string column;      ///< DeadLetter::column
  std::string expression;  ///< DeadLetter::expression
};

/// An expression that ended in `error` for `row`, a row of `type`. `computes`: the column that it was to
/// give; empty: it is a condition. What the expression says of values stays out of the message if it reads a
/// sensitive column.
Failure failure_of(const topology::Program& program, const topology::Value& error, std::string_view computes,
                   const topology::RowType& type, topology::Row row);

/// Something other than an expression that needs the value of `column`, and the value is not known. `reader`
/// says what reads it: "the group", "the output topic".
Failure unavailable_failure(const topology::Column& column, std::string_view reader);

/// At most `bytes_max` bytes of a text and "...", never a part of a character.
std::string shortened(std::string_view text, std::size_t bytes_max);

}  // namespace tallymill::ops
