#include <array>

#include "topology/expr/function_table.h"

namespace tallymill::topology {
namespace {

constexpr FunctionEntry planned(std::string_view name, std::string_view doc, std::string_view today = {}) {
  FunctionEntry entry;
  entry.name = name;
  entry.doc = doc;
  entry.today = today;
  return entry;
}

/// Named by the language and not implemented yet: a row without overloads, so that using one says so.
constexpr auto functions = std::to_array<FunctionEntry>({
    planned("format", "a string with its clauses replaced by a list's items", "texts are joined with `+`"),
    planned("transformMapEntry", "a map made of the entries that an expression gives for each item"),
    planned("base64.encode", "bytes as base64 text"),
    planned("base64.decode", "base64 text as bytes"),
    planned("optional.of", "an optional with a value", "test with has(...) or coalesce(...)"),
    planned("optional.none", "an optional without a value", "test with has(...) or coalesce(...)"),
    planned("optional.ofNonZeroValue", "an optional, without a value if that is empty or zero"),
    planned("optMap", "an optional's value, computed with"),
    planned("optFlatMap", "an optional's value, computed with"),
    planned("date", "a timestamp's date in a time zone",
            "x.getFullYear(), x.getMonth() and x.getDate() take an offset such as \"+01:00\""),
    planned("truncate", "a timestamp at the start of its hour, day or month",
            "group by a window, such as `window: { tumbling: 1h }`"),
    planned("mask", "a text of which only the last characters are shown",
            "write \"****\" + x.substring(size(x) - 4)"),
    planned("sha256", "a text's SHA-256", "leave the column out with `drop`"),
    planned("hmac_sha256", "a text's keyed SHA-256", "leave the column out with `drop`"),
});

}  // namespace

std::span<const FunctionEntry> planned_functions() { return functions; }

}  // namespace tallymill::topology
