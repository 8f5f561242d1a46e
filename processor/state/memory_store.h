#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "ops/state_store.h"
#include "topology/plan/operator_kind.h"

namespace tallymill::processor {

/// The committed content of one store of one task, in memory. Written only by a restore, before the task
/// runs, and by TransactionOverlay::apply.
class MemoryStore {
 public:
  explicit MemoryStore(topology::StoreKind kind) : kind_(kind) {}

  topology::StoreKind kind() const { return kind_; }
  std::size_t entries() const { return point_.size() + ordered_.size(); }
  /// Of keys and values, without what the containers add.
  std::size_t bytes() const { return bytes_; }
  /// Views stay valid until the key is written.
  std::optional<std::string_view> get(std::string_view key) const;
  void put(std::string_view key, std::string_view value);
  void erase(std::string_view key);
  /// Entries with lower <= key < upper (an empty `upper`: no bound); kind `ordered` only.
  std::optional<ops::StateStore::Entry> first_in(std::string_view lower, std::string_view upper) const;
  std::optional<ops::StateStore::Entry> last_in(std::string_view lower, std::string_view upper) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view key) const { return std::hash<std::string_view>{}(key); }
  };
  topology::StoreKind kind_;
  std::size_t bytes_ = 0;
  boost::unordered_flat_map<std::string, std::string, Hash, std::equal_to<>> point_;
  std::map<std::string, std::string, std::less<>> ordered_;
};

}  // namespace tallymill::processor
