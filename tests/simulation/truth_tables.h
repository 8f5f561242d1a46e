#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "tests/simulation/history.h"
#include "tests/simulation/outcome.h"

namespace tallymill::simulation {

/// Microseconds since 1970.
using Time = std::int64_t;

/// All rows of one group, kept one by one.
struct Group {
  std::int64_t rows = 0;
  std::multiset<std::int64_t> cents;

  void fold(const PaymentRow& row, int sign) {
    rows += sign;
    if (!row.cents) return;
    if (sign > 0) {
      cents.insert(*row.cents);
    } else {
      cents.erase(cents.find(*row.cents));
    }
  }
  std::optional<std::int64_t> total() const {
    if (cents.empty()) return std::nullopt;
    std::int64_t sum = 0;
    for (const std::int64_t each : cents) sum += each;
    return sum;
  }
  std::optional<std::int64_t> smallest() const {
    return cents.empty() ? std::nullopt : std::optional(*cents.begin());
  }
  std::optional<std::int64_t> largest() const {
    return cents.empty() ? std::nullopt : std::optional(*cents.rbegin());
  }
};

using GroupKey = std::pair<std::string, std::string>;          ///< user or kind, and currency
using WindowKey = std::tuple<std::string, std::string, Time>;  ///< user or id, currency, the window's start

/// Rows and money of a window, signed: of what came late, and of what the table's rows say.
struct Balance {
  std::int64_t rows = 0;
  std::int64_t cents = 0;

  void fold(const PaymentRow& row, int sign) {
    rows += sign;
    cents += sign * row.cents.value_or(0);
  }
  friend bool operator==(const Balance&, const Balance&) = default;
};

/// What the pipelines of the whole scene hold in the end.
struct Tables {
  std::map<WindowKey, Group> minutes;
  std::map<WindowKey, Group> own_minutes;
  std::map<WindowKey, Group> click_minutes;
  std::map<GroupKey, Group> running;
  std::map<GroupKey, Group> sizes;
  std::map<WindowKey, Balance> late;      ///< of `minutes`: what it lacks
  std::map<WindowKey, Balance> in_table;  ///< of `minutes`: what SQL over the table would say
};

/// The start of the window of `size` that `time` lies in.
Time floor_to(Time time, Time size);
/// Two group columns of an output row, without the braces.
std::string group_json(const std::string& first_column, const std::string& first,
                       const std::string& currency);
/// The window columns that follow the group's.
std::string window_json(Time start, Time size);

/// The output row of a group of a minute, and its key.
std::string minute_key(const std::string& first_column, const WindowKey& key);
std::string minute_row(const std::string& first_column, const WindowKey& key, const Group& group);

/// Writes the rows of all tables but `own_minutes` into the outcome.
void write_tables(const Tables& tables, Outcome& outcome);
/// For every window of `minutes`: value + late = what the table's rows sum up to; a sentence where not.
std::vector<std::string> imbalances(const Tables& tables);
/// Counts what the outcome has of everything that histories are made for.
void count_met(const Outcome& outcome, std::map<std::string, std::uint64_t>& met);

}  // namespace tallymill::simulation
