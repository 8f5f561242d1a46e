#include "tests/simulation/truth.h"

#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <tuple>

#include "tests/simulation/text.h"

namespace tallymill::simulation {
namespace {

using namespace std::string_literals;

using Time = std::int64_t;
constexpr Time nothing_seen = std::numeric_limits<Time>::min();

Time floor_to(Time time, Time size) { return (time >= 0 ? time : time - size + 1) / size * size; }

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

using GroupKey = std::pair<std::string, std::string>;  ///< user, currency
using WindowKey = std::tuple<std::string, std::string, Time>;

std::string group_json(const std::string& user, const std::string& currency) {
  return R"("user":")" + user + R"(","currency":")" + currency + '"';
}

std::string window_json(Time start, Time size) {
  return R"(,"window_start":")" + time_text(start) + R"(","window_end":")" + time_text(start + size) + '"';
}

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
  std::map<WindowKey, Group> click_minutes;
  std::map<GroupKey, Group> running;
  std::map<WindowKey, Balance> late;      ///< of `minutes`: what it lacks
  std::map<WindowKey, Balance> in_table;  ///< of `minutes`: what SQL over the table would say
};

/// A row that is put in or taken out of a group, and what becomes of it.
struct Half {
  const PaymentRow* row;
  Time window_start = 0;
  bool is_late = false;
};

/// A record with its place.
struct Placed {
  const Told& told;
  const std::string& topic;
  std::int32_t partition;
  std::int64_t offset;

  std::string origin() const {
    return topic + "/" + std::to_string(partition) + "@" + std::to_string(offset);
  }
};

/// One partition of a source, read to its end.
class PartitionReader {
 public:
  PartitionReader(Outcome& outcome, Tables& tables, const SceneSource& source, std::int32_t partition)
      : outcome_(outcome),
        tables_(tables),
        source_(source),
        partition_(partition),
        lateness_(source.is_events ? click_lateness : payment_lateness),
        fates_(outcome.fates[source.topic + "/" + std::to_string(partition)]) {}

  void read() {
    std::int64_t offset = 0;
    for (const LogPiece& piece : source_.logs[static_cast<std::size_t>(partition_)]) {
      offset += piece.gap;
      for (const Told& told : piece.records) {
        if (!piece.is_aborted) one({told, source_.topic, partition_, offset});
        ++offset;
      }
      if (piece.is_transaction) ++offset;  // its marker
    }
    for (const auto& [id, stored] : rows_) {
      if (!stored.row || stored.row->kind == "fee") continue;
      const auto half = judged(&*stored.row);
      if (half)
        tables_.in_table[{half->row->user, half->row->currency, half->window_start}].fold(*half->row, 1);
    }
  }

 private:
  struct Stored {
    std::optional<PaymentRow> row;
    std::optional<std::pair<std::uint64_t, std::int64_t>> fence;  ///< lsn, source time
    bool last_was_delete = false;
  };

  void one(const Placed& placed) {
    ++fates_.read;
    const Told& told = placed.told;
    const Time before = stream_time_;
    std::string fate;
    if (told.operation == Operation::broken) {
      dead(placed, "malformed_record", "");
      fate = "dead";
    } else if (told.operation == Operation::ignored) {
      fate = "ignored";
    } else {
      fate = source_.is_events ? fact(placed) : change(placed);
    }
    ++fates_.records[fate];
    const bool tells_time = told.operation == Operation::create || told.operation == Operation::update;
    if (tells_time && (fate == "applied" || fate == "unchanged") && told.after->at_us) {
      const Time limit = told.source_time_ms * 1'000 + max_ahead_us;
      stream_time_ = std::max(before, std::min(*told.after->at_us, limit));
    }
  }

  std::string fact(const Placed& placed) {
    const Told& told = placed.told;
    if (told.operation == Operation::tombstone || told.operation == Operation::read) return "ignored";
    const PaymentRow& row = told.operation == Operation::remove ? *told.before : *told.after;
    if (row.kind == "fee") {
      count("facts", "filtered");
    } else {
      count("facts", "passed");
      outcome_.facts["facts"].push_back(R"({"id":")" + row.id + R"(","owner":")" + row.user +
                                        R"(","amount":)" + money_json(row.cents) + "}");
    }
    windows(placed, "click_minutes", tables_.click_minutes, nullptr, &row);
    return "applied";
  }

  std::string change(const Placed& placed) {
    const Told& told = placed.told;
    Stored& stored = rows_[told.id];
    const std::optional<PaymentRow> old = stored.row;
    if (told.operation == Operation::tombstone) {
      if (std::exchange(stored.last_was_delete, false)) return "ignored";
      stored = {};
    } else {
      if (told.operation != Operation::read && stored.fence && told.lsn <= stored.fence->first) {
        stored.last_was_delete = told.operation == Operation::remove;
        return "duplicate";
      }
      stored.last_was_delete = told.operation == Operation::remove;
      stored.row = told.after;
      if (told.operation != Operation::read) stored.fence = {told.lsn, told.source_time_ms};
    }
    if (!old && !stored.row) return "unmatched";
    if (old == stored.row) return "unchanged";
    const PaymentRow* before = old ? &*old : nullptr;
    const PaymentRow* after = stored.row ? &*stored.row : nullptr;
    minutes(placed, before, after);
    running(before, after);
    row_output(placed, before, after);
    return "applied";
  }

  void minutes(const Placed& placed, const PaymentRow* before, const PaymentRow* after) {
    for (const PaymentRow** half : {&before, &after}) {
      if (*half == nullptr || (*half)->kind != "fee") continue;
      count("minutes", "filtered");
      *half = nullptr;
    }
    windows(placed, "minutes", tables_.minutes, before, after);
  }

  void windows(const Placed& placed, const std::string& pipeline, std::map<WindowKey, Group>& groups,
               const PaymentRow* before, const PaymentRow* after) {
    const auto before_half = judged(before);
    const auto after_half = judged(after);
    // A row without a time was never put in: there is nothing to take out, and nothing to say.
    if (before != nullptr && !before_half) count(pipeline, "filtered");
    if (after != nullptr && !after_half) {
      count(pipeline, "dead");
      dead(placed, "no_event_time", pipeline + ".per_minute");
    }
    const auto fold = [&](const std::optional<Half>& half, int sign) {
      if (!half) return;
      count(pipeline, half->is_late ? "late" : "passed");
      const WindowKey key{half->row->user, half->row->currency, half->window_start};
      if (half->is_late) {
        if (!source_.is_events) tables_.late[key].fold(*half->row, sign);
        return;
      }
      Group& group = groups[key];
      group.fold(*half->row, sign);
      if (group.rows == 0) groups.erase(key);
    };
    fold(before_half, -1);
    fold(after_half, +1);
    if ((before_half && before_half->is_late) || (after_half && after_half->is_late)) {
      late(placed, pipeline, before_half, after_half);
    }
  }

  std::optional<Half> judged(const PaymentRow* row) const {
    if (row == nullptr || !row->at_us) return std::nullopt;
    Half half{row, floor_to(*row->at_us, minute_us), false};
    half.is_late = stream_time_ != nothing_seen && stream_time_ - lateness_.out_of_orderness_us >=
                                                       half.window_start + minute_us + lateness_.grace_us;
    return half;
  }

  void late(const Placed& placed, const std::string& pipeline, const std::optional<Half>& before,
            const std::optional<Half>& after) {
    const bool takes_before = before && !before->is_late;
    const bool takes_after = after && !after->is_late;
    const auto half_json = [](const std::optional<Half>& half) -> std::string {
      if (!half) return "null";
      return std::string(R"({"late":)") + (half->is_late ? "true" : "false") + R"(,"group":{)" +
             group_json(half->row->user, half->row->currency) + "}" +
             window_json(half->window_start, minute_us) + R"(,"columns":{"amount":)" +
             money_json(half->row->cents) + "}}";
    };
    const Told& told = placed.told;
    outcome_.facts["sim.late"].push_back(
        R"({"pipeline":")" + pipeline + R"(","step":"per_minute","applied":")" +
        (takes_before  ? "before"
         : takes_after ? "after"
                       : "none") +
        R"(","before":)" + half_json(before) + R"(,"after":)" + half_json(after) + R"(,"topic":")" +
        placed.topic + R"(","partition":)" + std::to_string(placed.partition) + R"(,"offset":)" +
        std::to_string(placed.offset) + R"(,"lsn":)" +
        (told.operation == Operation::tombstone ? "null" : std::to_string(told.lsn)) + R"(,"watermark":")" +
        time_text(stream_time_ - lateness_.out_of_orderness_us) + "\"}");
  }

  void running(const PaymentRow* before, const PaymentRow* after) {
    const auto fold = [&](const PaymentRow* row, int sign) {
      if (row == nullptr) return;
      count("running", "passed");
      const GroupKey key{row->user, row->currency};
      Group& group = tables_.running[key];
      group.fold(*row, sign);
      if (group.rows == 0) tables_.running.erase(key);
    };
    fold(before, -1);
    fold(after, +1);
  }

  void row_output(const Placed& placed, const PaymentRow* before, const PaymentRow* after) {
    const auto passes = [&](const PaymentRow* row, bool is_after) {
      if (row == nullptr) return false;
      const bool is_positive = row->cents && *row->cents > 0;
      const bool divides = !row->user.empty();
      if (is_positive && !divides && is_after) dead(placed, "expression_failed", "rows.map");
      count("rows", is_positive && divides ? "passed" : is_positive && is_after ? "dead" : "filtered");
      return is_positive && divides;
    };
    const bool had = passes(before, false);
    const bool has = passes(after, true);
    if (!had && !has) return;
    const std::string key = R"({"id":")" + (before != nullptr ? before : after)->id + "\"}";
    Outcome::Values& values = outcome_.values["rows"][key];
    if (!has) {
      values.emplace_back();
      return;
    }
    values.emplace_back(R"({"id":")" + after->id + R"(","owner":")" + after->user + R"(","share":)" +
                        std::to_string(10 / static_cast<std::int64_t>(after->user.size())) + R"(,"amount":)" +
                        money_json(after->cents) + "}");
  }

  void dead(const Placed& placed, const std::string& reason, const std::string& step) {
    outcome_.facts["sim.dead-letter"].push_back(reason + " " + step + " " + placed.origin());
  }

  void count(const std::string& pipeline, const std::string& fate) {
    ++fates_.pipelines[pipeline][fate];
    ++fates_.pipelines[pipeline]["entered"];
  }

  Outcome& outcome_;
  Tables& tables_;
  const SceneSource& source_;
  const std::int32_t partition_;
  const Lateness lateness_;
  PartitionFates& fates_;
  std::map<std::string, Stored> rows_;
  Time stream_time_ = nothing_seen;
};

void write_minutes(Outcome& outcome, const std::string& topic, const std::map<WindowKey, Group>& groups) {
  auto& values = outcome.values[topic];
  for (const auto& [key, group] : groups) {
    const auto& [user, currency, start] = key;
    const std::string by = group_json(user, currency);
    const std::string text = "{" + by + window_json(start, minute_us) + R"(,"payments":)" +
                             std::to_string(group.rows) + R"(,"total":)" + money_json(group.total()) +
                             R"(,"smallest":)" + money_json(group.smallest()) + R"(,"largest":)" +
                             money_json(group.largest()) + "}";
    values["{" + by + R"(,"window_start":")" + time_text(start) + "\"}"].emplace_back(text);
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
    const std::string by = group_json(key.first, key.second);
    outcome.values["running"]["{" + by + "}"].emplace_back(
        "{" + by + R"(,"payments":)" + std::to_string(group.rows) + R"(,"total":)" +
        money_json(group.total()) + R"(,"largest":)" + money_json(group.largest()) + "}");
  }
}

/// For every window: value + late = what the table's rows sum up to.
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

/// Names begin with what they are of, so that a printed table is in order.
void note_met(const Outcome& outcome, std::map<std::string, std::uint64_t>& met) {
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
  for (const char* topic : {"minutes", "hours", "running", "rows", "click_minutes"}) {
    const auto values = outcome.values.find(topic);
    met["keys of "s + topic] += values == outcome.values.end() ? 0 : values->second.size();
  }
  const auto facts = outcome.facts.find("facts");
  met["records of facts"] += facts == outcome.facts.end() ? 0 : facts->second.size();
}

}  // namespace

Outcome truth_of(const Scene& scene, TruthNotes& notes) {
  Outcome outcome;
  Tables tables;
  for (const SceneSource& source : scene.sources) {
    for (std::size_t i = 0; i < source.logs.size(); ++i) {
      PartitionReader(outcome, tables, source, static_cast<std::int32_t>(i)).read();
    }
  }
  std::erase_if(outcome.fates, [](const auto& each) { return each.second.read == 0; });
  write_minutes(outcome, "minutes", tables.minutes);
  write_minutes(outcome, "click_minutes", tables.click_minutes);
  write_hours(outcome, tables.minutes);
  write_running(outcome, tables.running);
  for (auto& [topic, records] : outcome.facts) std::sort(records.begin(), records.end());
  notes.imbalances = imbalances(tables);
  note_met(outcome, notes.met);
  return outcome;
}

}  // namespace tallymill::simulation
