#include "tests/simulation/truth_tables.h"

#include "tests/simulation/scene.h"
#include "tests/simulation/text.h"

namespace tallymill::simulation {

using namespace std::string_literals;

Time floor_to(Time time, Time size) { return (time >= 0 ? time : time - size + 1) / size * size; }

std::string group_json(const std::string& first_column, const std::string& first,
                       const std::string& currency) {
  return '"' + first_column + R"(":")" + first + R"(","currency":")" + currency + '"';
}

std::string window_json(Time start, Time size) {
  return R"(,"window_start":")" + time_text(start) + R"(","window_end":")" + time_text(start + size) + '"';
}

std::string minute_key(const std::string& first_column, const WindowKey& key) {
  const auto& [first, currency, start] = key;
  return "{" + group_json(first_column, first, currency) + R"(,"window_start":")" + time_text(start) + "\"}";
}

std::string minute_row(const std::string& first_column, const WindowKey& key, const Group& group) {
  const auto& [first, currency, start] = key;
  return "{" + group_json(first_column, first, currency) + window_json(start, minute_us) + R"(,"payments":)" +
         std::to_string(group.rows) + R"(,"total":)" + money_json(group.total()) + R"(,"smallest":)" +
         money_json(group.smallest()) + R"(,"largest":)" + money_json(group.largest()) + "}";
}

namespace {

void write_minutes(Outcome& outcome, const std::string& topic, const std::map<WindowKey, Group>& groups) {
  for (const auto& [key, group] : groups) {
    outcome.values[topic][minute_key("user", key)].emplace_back(minute_row("user", key, group));
  }
}

void write_hours(Outcome& outcome, const std::map<WindowKey, Group>& minutes) {
  struct Hour {
    std::int64_t minutes = 0;
    std::int64_t payments = 0;
    std::optional<std::int64_t> total;
  };
  constexpr Time hour_us = 60 * minute_us;
  std::map<std::pair<std::string, Time>, Hour> hours;
  for (const auto& [key, group] : minutes) {
    Hour& hour = hours[{std::get<1>(key), floor_to(std::get<2>(key), hour_us)}];
    ++hour.minutes;
    hour.payments += group.rows;
    if (group.total()) hour.total = hour.total.value_or(0) + *group.total();
  }
  for (const auto& [key, hour] : hours) {
    const std::string by = R"("currency":")" + key.first + '"';
    outcome.values["hours"]["{" + by + R"(,"window_start":")" + time_text(key.second) + "\"}"].emplace_back(
        "{" + by + window_json(key.second, hour_us) + R"(,"minutes":)" + std::to_string(hour.minutes) +
        R"(,"payments":")" + std::to_string(hour.payments) + R"(","total":)" + money_json(hour.total) + "}");
  }
}

void write_running(Outcome& outcome, const std::map<GroupKey, Group>& groups) {
  for (const auto& [key, group] : groups) {
    if (group.rows <= 1) continue;
    const std::string by = group_json("user", key.first, key.second);
    outcome.values["running"]["{" + by + "}"].emplace_back(
        "{" + by + R"(,"payments":)" + std::to_string(group.rows) + R"(,"total":)" +
        money_json(group.total()) + R"(,"largest":)" + money_json(group.largest()) + "}");
  }
}

void write_sizes(Outcome& outcome, const std::map<GroupKey, Group>& groups) {
  for (const auto& [key, group] : groups) {
    const std::string by = group_json("kind", key.first, key.second);
    outcome.values["sizes"]["{" + by + "}"].emplace_back("{" + by + R"(,"payments":)" +
                                                         std::to_string(group.rows) + R"(,"total":)" +
                                                         money_json(group.total()) + "}");
  }
}

}  // namespace

void write_tables(const Tables& tables, Outcome& outcome) {
  write_minutes(outcome, "minutes", tables.minutes);
  write_minutes(outcome, "click_minutes", tables.click_minutes);
  write_hours(outcome, tables.minutes);
  write_running(outcome, tables.running);
  write_sizes(outcome, tables.sizes);
}

std::vector<std::string> imbalances(const Tables& tables) {
  std::map<WindowKey, Balance> left = tables.in_table;
  for (const auto& [key, late] : tables.late) {
    left[key].rows -= late.rows;
    left[key].cents -= late.cents;
  }
  for (const auto& [key, group] : tables.minutes) {
    left[key].rows -= group.rows;
    left[key].cents -= group.total().value_or(0);
  }
  std::vector<std::string> found;
  for (const auto& [key, balance] : left) {
    if (balance == Balance{}) continue;
    found.push_back("value + late of " + std::get<0>(key) + " " + std::get<1>(key) + " " +
                    time_text(std::get<2>(key)) + " differ from the table by " +
                    std::to_string(balance.rows) + " rows and " + money_text(balance.cents));
  }
  return found;
}

void count_met(const Outcome& outcome, std::map<std::string, std::uint64_t>& met) {
  for (const char* fate : {"applied", "unchanged", "duplicate", "unmatched", "ignored", "dead"}) {
    std::uint64_t& count = met["records "s + fate];
    for (const auto& [partition, fates] : outcome.fates) {
      if (const auto found = fates.records.find(fate); found != fates.records.end()) count += found->second;
    }
  }
  for (const char* fate : {"passed", "filtered", "late", "dead"}) {
    std::uint64_t& count = met["halves "s + fate];
    for (const auto& [partition, fates] : outcome.fates) {
      for (const auto& [pipeline, halves] : fates.pipelines) {
        if (const auto found = halves.find(fate); found != halves.end()) count += found->second;
      }
    }
  }
  for (const char* applied : {"before", "after", "none"}) {
    const std::string wanted = "\"applied\":\""s + applied;
    std::uint64_t& count = met["late changes, applied: "s + applied];
    if (const auto late = outcome.facts.find("sim.late"); late != outcome.facts.end()) {
      for (const std::string& record : late->second)
        count += record.find(wanted) != std::string::npos ? 1 : 0;
    }
  }
  for (const char* topic :
       {"minutes", "hours", "running", "rows", "owners", "own_minutes", "sizes", "click_minutes"}) {
    const auto values = outcome.values.find(topic);
    met["keys of "s + topic] += values == outcome.values.end() ? 0 : values->second.size();
  }
  const auto facts = outcome.facts.find("facts");
  met["records of facts"] += facts == outcome.facts.end() ? 0 : facts->second.size();
}

}  // namespace tallymill::simulation
