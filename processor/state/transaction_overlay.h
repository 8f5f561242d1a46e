#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "ops/state_store.h"
#include "processor/state/memory_store.h"
#include "topology/data/arena.h"

namespace tallymill::processor {

/// What the open commit cycle changed in one store, over the store's committed content. Keys and values live
/// in the task's cycle arena. Dropping it undoes the cycle; apply() makes it the committed content, once the
/// commit is known.
class TransactionOverlay final : public ops::StateStore {
 public:
  TransactionOverlay(MemoryStore& committed, topology::Arena& cycle) : committed_(committed), cycle_(cycle) {}

  std::optional<std::string_view> get(std::string_view key) override;
  std::optional<std::string_view> get_committed(std::string_view key) override { return committed_.get(key); }
  void put(std::string_view key, std::string_view value) override;
  void erase(std::string_view key) override;
  std::optional<Entry> first_in(std::string_view lower, std::string_view upper) override;
  std::optional<Entry> last_in(std::string_view lower, std::string_view upper) override;

  /// Visits (key, new value or nothing if erased) of every key that the cycle changed. A key that came and
  /// went within the cycle is left out: nobody outside ever saw it.
  template <class Visit>
  void visit_changes(Visit visit) const {
    const auto visit_each = [&](const auto& changes) {
      for (const auto& [key, change] : changes) {
        if (change || committed_.get(key)) visit(key, change);
      }
    };
    visit_each(point_);
    visit_each(ordered_);
  }

  void apply();
  void drop();

 private:
  std::optional<Entry> first_from(std::string_view lower, std::string_view upper);

  using Change = std::optional<std::string_view>;  ///< nothing: erased
  void write(std::string_view key, Change change);

  MemoryStore& committed_;
  topology::Arena& cycle_;
  boost::unordered_flat_map<std::string_view, Change> point_;
  std::map<std::string_view, Change> ordered_;
  /// No entry lies below it: who takes entries off the low end must not walk over all that it took before.
  std::string lowest_;
};

}  // namespace tallymill::processor
