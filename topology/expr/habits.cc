#include "topology/expr/habits.h"

#include <algorithm>
#include <array>
#include <span>

namespace tallymill::topology {
namespace {

struct Habit {
  std::string_view word;
  std::string_view hint;
};

constexpr std::string_view no_clock =
    "there is no clock: the same input must give the same rows again; the time of the commit is "
    "`meta.source_time`";

constexpr auto words = std::to_array<Habit>({
    {"and", "`and` is written `&&`"},
    {"or", "`or` is written `||`"},
    {"not", "`not` is written `!`, such as `!(x in [\"a\", \"b\"])`"},
    {"is", "`is null` is written `== null`, and `is not null` is `!= null`"},
    {"like",
     "write x.startsWith(\"pa\"), x.endsWith(..), x.contains(..), or x.matches(..) with a regular "
     "expression"},
    {"ilike", "write x.lowerAscii().startsWith(\"pa\"), .endsWith(..) or .contains(..)"},
    {"between", "`x between a and b` is written `a <= x && x <= b`"},
    {"case", "`case when c then a else b end` is written `c ? a : b`"},
    {"when", "`case when c then a else b end` is written `c ? a : b`"},
    {"as", "a result's name stands in front: `total: sum(amount)`"},
    {"distinct",
     "different values are not counted yet; group by them in one aggregate, and count its rows in a second"},
    {"filter", "a condition stands behind `where`: `sum(amount) where kind == \"refund\"`"},
    {"over", "an aggregate has its groups in `by` and its time in `window`"},
    {"collate", "texts are compared as they are"},
});

constexpr auto functions = std::to_array<Habit>({
    {"not", "`not` is written `!`"},
    {"upper", "write x.upperAscii()"},
    {"ucase", "write x.upperAscii()"},
    {"lower", "write x.lowerAscii()"},
    {"lcase", "write x.lowerAscii()"},
    {"length", "write size(x)"},
    {"len", "write size(x)"},
    {"char_length", "write size(x)"},
    {"substr", "write x.substring(from, to), counted from 0"},
    {"left", "write x.substring(0, n)"},
    {"right", "write x.substring(size(x) - n)"},
    {"concat", "texts are joined with `+`, such as `a + \" \" + b`"},
    {"now", no_clock},
    {"current_timestamp", no_clock},
    {"current_date", no_clock},
    {"getdate", no_clock},
    {"sysdate", no_clock},
    {"today", no_clock},
    {"random", "there is no chance: the same input must give the same rows again"},
    {"ifnull", "write coalesce(x, y)"},
    {"nvl", "write coalesce(x, y)"},
    {"nullif", "write `a == b ? null : a`"},
    {"isnull", "write `x == null`"},
    {"if", "write `condition ? a : b`"},
    {"iif", "write `condition ? a : b`"},
    {"cast", "write string(x), int(x), decimal(x) or double(x)"},
    {"convert", "write string(x), int(x), decimal(x) or double(x)"},
    {"to_number", "write decimal(x)"},
    {"to_char", "write string(x)"},
    {"str", "write string(x)"},
    {"to_timestamp", "write timestamp(x)"},
    {"to_date", "declare the column as `date`"},
    {"date_trunc", "group by a window, such as `window: { tumbling: 1h }`"},
    {"extract", "write x.getFullYear(), x.getMonth(), x.getHours() and so on"},
    {"date_part", "write x.getFullYear(), x.getMonth(), x.getHours() and so on"},
    {"year", "write x.getFullYear()"},
    {"month", "write x.getMonth() + 1: months count from 0"},
    {"day", "write x.getDate()"},
    {"hour", "write x.getHours()"},
    {"interval", "write duration(\"24h\")"},
    {"greatest", "write math.greatest(a, b)"},
    {"least", "write math.least(a, b)"},
    {"floor", "write round(x, 0, \"floor\"), or math.floor(x) of a double"},
    {"ceil", "write round(x, 0, \"ceiling\"), or math.ceil(x) of a double"},
    {"ceiling", "write round(x, 0, \"ceiling\"), or math.ceil(x) of a double"},
    {"trunc", "write round(x, 0, \"down\"), or math.trunc(x) of a double"},
    {"sqrt", "write math.sqrt(double(x))"},
    {"mod", "write `a % b`"},
    {"strpos", "write x.indexOf(text)"},
    {"position", "write x.indexOf(text)"},
    {"regexp_match", "write x.matches(pattern)"},
    {"regexp_matches", "write x.matches(pattern)"},
    {"regexp_like", "write x.matches(pattern)"},
    {"rlike", "write x.matches(pattern)"},
    {"json_value",
     "fields of json columns are not implemented yet: a column of its own is needed in the table"},
});

constexpr auto names = std::to_array<Habit>({
    {"null", "write `null` in small letters"},
    {"true", "write `true` in small letters"},
    {"false", "write `false` in small letters"},
    {"now", no_clock},
    {"current_timestamp", no_clock},
    {"current_date", no_clock},
    {"not", "`not` is written `!`"},
    {"case", "`case when c then a else b end` is written `c ? a : b`"},
});

constexpr std::array<std::string_view, 12> aggregates = {"count",    "sum",      "min",     "max",
                                                         "avg",      "first",    "last",    "stddev",
                                                         "variance", "quantile", "collect", "count_distinct"};

std::string in_small_letters(std::string_view word) {
  std::string small(word);
  for (char& c : small) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return small;
}

std::string hint_of(std::span<const Habit> habits, std::string_view word) {
  const std::string small = in_small_letters(word);
  const auto found =
      std::find_if(habits.begin(), habits.end(), [&](const Habit& habit) { return habit.word == small; });
  return found == habits.end() ? std::string() : std::string(found->hint);
}

}  // namespace

std::string hint_for_word(std::string_view word, std::string_view before) {
  const std::string previous = in_small_letters(before);
  if (previous == "not" || previous == "case" || previous == "distinct") return hint_of(words, before);
  return hint_of(words, word);
}

std::string hint_for_function(std::string_view name) { return hint_of(functions, name); }

std::string hint_for_name(std::string_view name) { return hint_of(names, name); }

bool is_aggregate_name(std::string_view name) {
  const std::string small = in_small_letters(name);
  return std::find(aggregates.begin(), aggregates.end(), small) != aggregates.end();
}

}  // namespace tallymill::topology
