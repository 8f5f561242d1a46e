#include "ops/failure.h"

#include <algorithm>

namespace tallymill::ops {
namespace {

using topology::ErrorCode;
using topology::Program;
using topology::Row;
using topology::RowType;
using topology::ValueKind;

/// More of an expression is in the header of its own.
constexpr std::size_t expression_bytes_max = 120;

std::string quoted(const Program& program) {
  return "`" + shortened(program.canonical_text(), expression_bytes_max) + "`";
}

std::string not_known(std::string_view column) {
  return "the value of " + (column.empty() ? "a list item" : "column \"" + std::string(column) + '"') +
         " is not known, since the connector left it out, or sent its placeholder for an unchanged large value";
}

constexpr std::string_view placeholder_remedy =
    "; the next change that writes the column makes it known, and REPLICA IDENTITY FULL sends it always";

Failure unknown_operand(const Program& program, const RowType& type, Row row) {
  Failure failure{ErrorCode::unavailable_value, {}, {}, program.canonical_text()};
  for (const std::size_t column : program.columns_read()) {
    if (!row[column].is(ValueKind::unavailable)) continue;
    failure.column = type.columns[column].name;
    break;
  }
  failure.message = not_known(failure.column) + ", and " + quoted(program) + " reads it";
  failure.message += placeholder_remedy;
  return failure;
}

}  // namespace

Failure failure_of(const Program& program, const topology::Value& error, std::string_view computes,
                   const RowType& type, Row row) {
  const topology::EvaluationError& cause = error.as_error();
  if (cause.code == ErrorCode::unavailable_value) return unknown_operand(program, type, row);
  const auto& read = program.columns_read();
  const bool reads_sensitive = std::any_of(
      read.begin(), read.end(), [&](std::size_t column) { return type.columns[column].sensitive; });
  Failure failure{ErrorCode::expression_failed, {}, std::string(computes), program.canonical_text()};
  failure.message = computes.empty() ? "the condition " + quoted(program) + " failed: "
                                     : "column \"" + std::string(computes) + "\" cannot be computed as " +
                                           quoted(program) + ": ";
  failure.message += name_of(cause.code);
  failure.message += ": ";
  // What a function says of its arguments may quote them.
  failure.message += reads_sensitive ? meaning_of(cause.code) : cause.message;
  return failure;
}

Failure unavailable_failure(const topology::Column& column, std::string_view reader) {
  Failure failure{ErrorCode::unavailable_value, not_known(column.name), column.name, {}};
  failure.message += ", and " + std::string(reader) + " needs it";
  failure.message += placeholder_remedy;
  return failure;
}

std::string shortened(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return std::string(text);
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "...";
}

}  // namespace tallymill::ops
