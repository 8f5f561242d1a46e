#include "tests/simulation/truth.h"

#include <algorithm>
#include <limits>
#include <set>
#include <string>

#include "tests/simulation/text.h"
#include "tests/simulation/truth_tables.h"

namespace tallymill::simulation {
namespace {

constexpr Time nothing_seen = std::numeric_limits<Time>::min();

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
  struct Fence {
    std::uint64_t lsn = 0;
    bool by_delete = false;
  };
  struct Stored {
    std::optional<PaymentRow> row;
    std::optional<Fence> fence;
    std::optional<std::pair<std::int64_t, std::uint64_t>> last_read;  ///< source time, lsn or 0
    bool is_of_snapshot = false;                                      ///< the row was last written by an `r`
    bool last_was_delete = false;
  };

  /// Whether a change that is not a snapshot's was told before, or is older than what was applied.
  static bool is_repeat(const Stored& stored, const Told& told) {
    if (!stored.fence || told.lsn > stored.fence->lsn) return false;
    if (told.lsn < stored.fence->lsn) return true;
    const bool is_delete = told.operation == Operation::remove;
    if (stored.fence->by_delete) return is_delete;
    if (stored.row && stored.is_of_snapshot) return true;
    if (is_delete) return false;
    if (!stored.row) return told.is_unreadable;
    if (told.is_unreadable) return false;
    PaymentRow says = *told.after;
    // Null where there is a value says nothing.
    if (!says.cents) says.cents = stored.row->cents;
    if (!says.at_us) says.at_us = stored.row->at_us;
    return says == *stored.row;
  }

  /// Whether a snapshot row is at or before the last one; parts that one of them lacks are not compared.
  static bool is_old_snapshot(const Stored& stored, const Told& told) {
    if (!stored.last_read) return false;
    const auto [time_ms, lsn] = *stored.last_read;
    if (told.source_time_ms != time_ms) return told.source_time_ms < time_ms;
    return told.lsn == 0 || lsn == 0 || told.lsn <= lsn;
  }

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
    windows(placed, {"click_minutes", &PaymentRow::user, "user", tables_.click_minutes}, nullptr, &row);
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
      const bool is_read = told.operation == Operation::read;
      stored.last_was_delete = told.operation == Operation::remove;
      if (is_read ? is_old_snapshot(stored, told) : is_repeat(stored, told)) return "duplicate";
      if (is_read) stored.last_read = {told.source_time_ms, told.lsn};
      if (!is_read) stored.fence = {told.lsn, told.operation == Operation::remove};
      stored.is_of_snapshot = is_read;
      stored.row = told.is_unreadable ? std::nullopt : told.after;
    }
    if (told.is_unreadable) {
      dead(placed, "decimal_not_finite", "");
      if (!old) return "dead";
    } else if (!old && !stored.row) {
      return "unmatched";
    }
    if (old == stored.row) return "unchanged";
    const PaymentRow* before = old ? &*old : nullptr;
    const PaymentRow* after = stored.row ? &*stored.row : nullptr;
    minutes(placed, before, after);
    own_minutes(placed, before, after);
    running(before, after);
    row_output(placed, before, after);
    owners(before, after);
    sizes("small", before, after);
    sizes("large", before, after);
    return told.is_unreadable ? "dead" : "applied";
  }

  void minutes(const Placed& placed, const PaymentRow* before, const PaymentRow* after) {
    for (const PaymentRow** half : {&before, &after}) {
      if (*half == nullptr || (*half)->kind != "fee") continue;
      count("minutes", "filtered");
      *half = nullptr;
    }
    windows(placed, {"minutes", &PaymentRow::user, "user", tables_.minutes}, before, after);
  }

  /// Windows of one row each: all their values are known, and their order.
  void own_minutes(const Placed& placed, const PaymentRow* before, const PaymentRow* after) {
    const Windows of{"own_minutes", &PaymentRow::id, "id", tables_.own_minutes};
    const auto before_half = judged(before);
    const auto after_half = judged(after);
    windows(placed, of, before, after);
    std::set<WindowKey> touched;
    for (const auto* half : {&before_half, &after_half}) {
      if (*half && !(*half)->is_late)
        touched.insert({(*half)->row->id, (*half)->row->currency, (*half)->window_start});
    }
    for (const WindowKey& key : touched) {
      Outcome::Values& values = outcome_.values["own_minutes"][minute_key("id", key)];
      const auto group = tables_.own_minutes.find(key);
      if (group == tables_.own_minutes.end()) {
        values.emplace_back();
      } else {
        values.emplace_back(minute_row("id", key, group->second));
      }
    }
  }

  /// A pipeline of windows: what its rows are grouped by besides the currency, and where it adds them up.
  struct Windows {
    std::string pipeline;
    std::string PaymentRow::* first;
    std::string first_name;
    std::map<WindowKey, Group>& groups;
  };

  void windows(const Placed& placed, const Windows& of, const PaymentRow* before, const PaymentRow* after) {
    const auto before_half = judged(before);
    const auto after_half = judged(after);
    // A row without a time was never put in: there is nothing to take out, and nothing to say.
    if (before != nullptr && !before_half) count(of.pipeline, "filtered");
    if (after != nullptr && !after_half) {
      count(of.pipeline, "dead");
      dead(placed, "no_event_time", of.pipeline + ".per_minute");
    }
    const auto fold = [&](const std::optional<Half>& half, int sign) {
      if (!half) return;
      count(of.pipeline, half->is_late ? "late" : "passed");
      const WindowKey key{half->row->*of.first, half->row->currency, half->window_start};
      if (half->is_late) {
        if (of.pipeline == "minutes") tables_.late[key].fold(*half->row, sign);
        return;
      }
      Group& group = of.groups[key];
      group.fold(*half->row, sign);
      if (group.rows == 0) of.groups.erase(key);
    };
    fold(before_half, -1);
    fold(after_half, +1);
    if ((before_half && before_half->is_late) || (after_half && after_half->is_late)) {
      late(placed, of, before_half, after_half);
    }
  }

  std::optional<Half> judged(const PaymentRow* row) const {
    if (row == nullptr || !row->at_us) return std::nullopt;
    Half half{row, floor_to(*row->at_us, minute_us), false};
    half.is_late = stream_time_ != nothing_seen && stream_time_ - lateness_.out_of_orderness_us >=
                                                       half.window_start + minute_us + lateness_.grace_us;
    return half;
  }

  void late(const Placed& placed, const Windows& of, const std::optional<Half>& before,
            const std::optional<Half>& after) {
    const bool takes_before = before && !before->is_late;
    const bool takes_after = after && !after->is_late;
    const auto half_json = [&](const std::optional<Half>& half) -> std::string {
      if (!half) return "null";
      return std::string(R"({"late":)") + (half->is_late ? "true" : "false") + R"(,"group":{)" +
             group_json(of.first_name, half->row->*of.first, half->row->currency) + "}" +
             window_json(half->window_start, minute_us) + R"(,"columns":{"amount":)" +
             money_json(half->row->cents) + "}}";
    };
    const Told& told = placed.told;
    outcome_.facts["sim.late"].push_back(
        R"({"pipeline":")" + of.pipeline + R"(","step":"per_minute","applied":")" +
        (takes_before  ? "before"
         : takes_after ? "after"
                       : "none") +
        R"(","before":)" + half_json(before) + R"(,"after":)" + half_json(after) + R"(,"topic":")" +
        placed.topic + R"(","partition":)" + std::to_string(placed.partition) + R"(,"offset":)" +
        std::to_string(placed.offset) + R"(,"lsn":)" +
        (told.operation == Operation::tombstone || told.lsn == 0 ? "null" : std::to_string(told.lsn)) +
        R"(,"watermark":")" +
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

  /// Rows under a key that can change with them.
  void owners(const PaymentRow* before, const PaymentRow* after) {
    const auto key_of = [](const PaymentRow& row) {
      return R"({"id":")" + row.id + R"(","user":")" + row.user + "\"}";
    };
    if (before != nullptr) count("owners", "passed");
    if (after != nullptr) count("owners", "passed");
    if (before != nullptr && (after == nullptr || key_of(*after) != key_of(*before)))
      outcome_.values["owners"][key_of(*before)].emplace_back();
    if (after == nullptr) return;
    outcome_.values["owners"][key_of(*after)].emplace_back(
        R"({"id":")" + after->id + R"(","user":")" + after->user + R"(","currency":")" + after->currency +
        R"(","amount":)" + money_json(after->cents) + R"(,"kind":")" + after->kind + R"(","at":)" +
        (after->at_us ? '"' + time_text(*after->at_us) + '"' : "null") + "}");
  }

  /// One of the two pipelines that meet again in `sizes`.
  void sizes(const std::string& size, const PaymentRow* before, const PaymentRow* after) {
    const auto passes = [&](const PaymentRow* row) {
      if (row == nullptr) return false;
      const bool is_of_size = row->cents && (*row->cents < 1'000) == (size == "small");
      count(size, is_of_size ? "passed" : "filtered");
      return is_of_size;
    };
    const bool had = passes(before);
    const bool has = passes(after);
    PaymentRow same = had ? *before : PaymentRow{};
    if (has) same.kind = after->kind;
    // All that differs is the kind, which is written over: nothing goes on.
    if (had && has && same == *after) return;
    const auto fold = [&](const PaymentRow& row, int sign) {
      count("sizes", "passed");
      const GroupKey key{size, row.currency};
      Group& group = tables_.sizes[key];
      group.fold(row, sign);
      if (group.rows == 0) tables_.sizes.erase(key);
    };
    if (had) fold(*before, -1);
    if (has) fold(*after, +1);
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
  write_tables(tables, outcome);
  for (auto& [topic, records] : outcome.facts) std::sort(records.begin(), records.end());
  notes.imbalances = imbalances(tables);
  count_met(outcome, notes.met);
  return outcome;
}

}  // namespace tallymill::simulation
