#include "processor/state/transaction_overlay.h"

#include <iterator>
#include <string>

namespace tallymill::processor {

std::optional<std::string_view> TransactionOverlay::get(std::string_view key) {
  if (committed_.kind() == topology::StoreKind::point) {
    if (const auto found = point_.find(key); found != point_.end()) return found->second;
  } else if (const auto found = ordered_.find(key); found != ordered_.end()) {
    return found->second;
  }
  return committed_.get(key);
}

void TransactionOverlay::put(std::string_view key, std::string_view value) { write(key, cycle_.copy(value)); }

void TransactionOverlay::erase(std::string_view key) { write(key, std::nullopt); }

void TransactionOverlay::write(std::string_view key, Change change) {
  if (change && key < lowest_) lowest_.assign(key);
  if (committed_.kind() == topology::StoreKind::point) {
    if (const auto found = point_.find(key); found != point_.end()) {
      found->second = change;
    } else {
      point_.emplace(cycle_.copy(key), change);
    }
  } else if (const auto found = ordered_.find(key); found != ordered_.end()) {
    found->second = change;
  } else {
    ordered_.emplace(cycle_.copy(key), change);
  }
}

std::optional<ops::StateStore::Entry> TransactionOverlay::first_in(std::string_view lower,
                                                                   std::string_view upper) {
  const bool from_the_low_end = lower <= lowest_;
  if (from_the_low_end) lower = lowest_;
  if (!upper.empty() && lower >= upper) return std::nullopt;
  const auto entry = first_from(lower, upper);
  if (from_the_low_end && entry) lowest_.assign(entry->key);
  if (from_the_low_end && !entry && !upper.empty()) lowest_.assign(upper);
  return entry;
}

std::optional<ops::StateStore::Entry> TransactionOverlay::first_from(std::string_view lower,
                                                                     std::string_view upper) {
  auto changed = ordered_.lower_bound(lower);
  const auto in_range = [&](std::string_view key) { return upper.empty() || key < upper; };
  std::string from(lower);
  while (true) {
    const auto committed = committed_.first_in(from, upper);
    while (changed != ordered_.end() && in_range(changed->first) && !changed->second &&
           (!committed || changed->first < committed->key)) {
      ++changed;  // erased, and nothing committed at or below it
    }
    const bool has_changed = changed != ordered_.end() && in_range(changed->first);
    if (!committed && !has_changed) return std::nullopt;
    if (has_changed && (!committed || changed->first <= committed->key)) {
      if (changed->second) return Entry{changed->first, *changed->second};
      // The lowest committed entry is erased in this cycle: look behind it.
      from.assign(committed->key);
      from.push_back('\0');
      ++changed;
      continue;
    }
    return committed;
  }
}

std::optional<ops::StateStore::Entry> TransactionOverlay::last_in(std::string_view lower,
                                                                  std::string_view upper) {
  auto changed = upper.empty() ? ordered_.end() : ordered_.lower_bound(upper);
  const auto has_changed = [&] { return changed != ordered_.begin() && std::prev(changed)->first >= lower; };
  std::string to(upper);
  while (true) {
    const auto committed = committed_.last_in(lower, to);
    while (has_changed() && !std::prev(changed)->second &&
           (!committed || std::prev(changed)->first > committed->key)) {
      --changed;
    }
    if (!committed && !has_changed()) return std::nullopt;
    if (has_changed() && (!committed || std::prev(changed)->first >= committed->key)) {
      const auto& [key, change] = *std::prev(changed);
      if (change) return Entry{key, *change};
      to.assign(committed->key);
      --changed;
      if (to.empty()) return std::nullopt;  // the empty key is the lowest: nothing is below it
      continue;
    }
    return committed;
  }
}

void TransactionOverlay::apply() {
  for (const auto& [key, change] : point_) {
    change ? committed_.put(key, *change) : committed_.erase(key);
  }
  for (const auto& [key, change] : ordered_) {
    change ? committed_.put(key, *change) : committed_.erase(key);
  }
  drop();
}

void TransactionOverlay::drop() {
  point_.clear();
  ordered_.clear();
  lowest_.clear();
}

}  // namespace tallymill::processor
