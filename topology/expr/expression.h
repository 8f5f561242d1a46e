#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "topology/base/error.h"
#include "topology/data/arena.h"
#include "topology/data/row.h"

namespace tallymill::topology {

/// What is wrong with an expression's text: a byte range to underline.
struct ExpressionProblem {
  ErrorCode code;  ///< expression_syntax, expression_type, unknown_column, not_yet
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::string message;
  std::string hint;
};

struct ExpressionOptions {
  /// Columns are nullable: operators and functions given null give null, && and || are three-valued, a
  /// ternary may mix a type and null. Off: CEL as its specification has it (the conformance suite runs so).
  bool nullable_columns = true;
  /// Off: what the type checker would refuse fails when it is evaluated, if ever, as in CEL without a
  /// checker. Texts that cannot be parsed and what is not implemented stay problems.
  bool check_types = true;
  std::uint32_t text_bytes_max = 16 * 1024;
  std::uint32_t depth_max = 100;
  /// Instructions and items visited in one evaluation; beyond it the error step_limit.
  std::uint64_t steps_max = 1'000'000;
};

/// A column with the one text at which a condition, being true, holds it.
struct FixedColumn {
  std::size_t column;
  std::string text;
  friend auto operator<=>(const FixedColumn&, const FixedColumn&) = default;
};

/// A compiled expression: immutable, shared by all tasks and threads. Evaluation allocates only from the
/// arena.
class Program {
 public:
  virtual ~Program() = default;
  /// The static type; `dynamic` if the checker cannot know.
  virtual const Type& type() const = 0;
  /// Whether the result may be null.
  virtual bool nullable() const = 0;
  /// `row` has one value per column of the RowType that it was compiled against; the result's views point
  /// into the row, the program or `arena`. An error is a Value of kind error; nothing throws. Pure. A column
  /// whose value is not known ends whatever reads it in the error unavailable_value: has(), coalesce() and
  /// is_null() do not hide it.
  virtual Value evaluate(Row row, Arena& arena) const = 0;
  /// Columns read, ascending, each once.
  virtual const std::vector<std::size_t>& columns_read() const = 0;
  /// The expression printed again from its syntax tree, fully parenthesised only where needed: equal for
  /// texts that differ in white space and redundant parentheses only. Part of a store's fingerprint.
  virtual const std::string& canonical_text() const = 0;
  /// If the expression is just a column: which.
  virtual std::optional<std::size_t> as_column() const = 0;
  /// What the expression, being true, holds at one text: `currency == "USD"` or `currency in ["USD"]`, in a
  /// conjunction too.
  virtual const std::vector<FixedColumn>& fixed_columns() const = 0;
  /// The currency of the result, from those of the columns (currency.h has the rules).
  virtual const Currency& currency() const = 0;
};

/// Parses, checks and compiles `text` over `columns`. Metadata is a column named "meta.<field>" there. All
/// problems that can be found are added to `problems`; null if there were any. Bounded time and memory on any
/// text.
std::shared_ptr<const Program> compile_expression(std::string_view text, const RowType& columns,
                                                  const ExpressionOptions& options,
                                                  std::vector<ExpressionProblem>& problems);

/// An aggregate call: `sum(amount) where kind == "refund"`.
struct AggregateCall {
  std::string function;
  std::uint32_t function_begin = 0;  ///< byte range of the name
  std::uint32_t function_end = 0;
  struct Argument {
    std::shared_ptr<const Program> program;
    std::optional<std::int64_t> literal;  ///< if it is an integer literal, such as the scale of avg
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
  };
  std::vector<Argument> arguments;
  std::shared_ptr<const Program> where;  ///< null if there is none
  std::string canonical_text;
};

/// Parses "NAME(ARGUMENTS) [where EXPRESSION]" and compiles its expressions over `columns`; knows no
/// aggregate functions itself. Nothing if there were problems.
std::optional<AggregateCall> compile_aggregate_call(std::string_view text, const RowType& columns,
                                                    const ExpressionOptions& options,
                                                    std::vector<ExpressionProblem>& problems);

/// The fields of `meta` that a text uses ("op", "lsn"), each once; empty if it does not parse. For
/// expressions and aggregate calls.
std::vector<std::string> metadata_fields_used(std::string_view text);

}  // namespace tallymill::topology
