#include "processor/state/memory_store.h"

#include <iterator>

#include "topology/base/invariant.h"

namespace tallymill::processor {

std::optional<std::string_view> MemoryStore::get(std::string_view key) const {
  if (kind_ == topology::StoreKind::point) {
    const auto found = point_.find(key);
    return found == point_.end() ? std::nullopt : std::optional<std::string_view>(found->second);
  }
  const auto found = ordered_.find(key);
  return found == ordered_.end() ? std::nullopt : std::optional<std::string_view>(found->second);
}

void MemoryStore::put(std::string_view key, std::string_view value) {
  const auto put_into = [&](auto& map) {
    const auto found = map.find(key);
    if (found == map.end()) {
      bytes_ += key.size() + value.size();
      map.emplace(std::string(key), std::string(value));
    } else {
      bytes_ += value.size() - found->second.size();
      found->second.assign(value);
    }
  };
  kind_ == topology::StoreKind::point ? put_into(point_) : put_into(ordered_);
}

void MemoryStore::erase(std::string_view key) {
  const auto erase_from = [&](auto& map) {
    const auto found = map.find(key);
    if (found == map.end()) return;
    bytes_ -= found->first.size() + found->second.size();
    map.erase(found);
  };
  kind_ == topology::StoreKind::point ? erase_from(point_) : erase_from(ordered_);
}

std::optional<ops::StateStore::Entry> MemoryStore::first_in(std::string_view lower,
                                                            std::string_view upper) const {
  INVARIANT(kind_ == topology::StoreKind::ordered, "a range read of a point store");
  const auto found = ordered_.lower_bound(lower);
  if (found == ordered_.end() || (!upper.empty() && found->first >= upper)) return std::nullopt;
  return ops::StateStore::Entry{found->first, found->second};
}

std::optional<ops::StateStore::Entry> MemoryStore::last_in(std::string_view lower,
                                                           std::string_view upper) const {
  INVARIANT(kind_ == topology::StoreKind::ordered, "a range read of a point store");
  const auto end = upper.empty() ? ordered_.end() : ordered_.lower_bound(upper);
  if (end == ordered_.begin()) return std::nullopt;
  const auto found = std::prev(end);
  if (found->first < lower) return std::nullopt;
  return ops::StateStore::Entry{found->first, found->second};
}

}  // namespace tallymill::processor
