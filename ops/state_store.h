#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tallymill::ops {

/// An operator's state in one task: bytes by key, as the open commit cycle sees them. The operator makes the
/// bytes (topology/data/row_codec); stores move them and know nothing. A store of kind `point` refuses the
/// range reads.
///
/// Views stay valid until the same key is written or the cycle ends. Not thread-safe: its task's worker only.
class StateStore {
 public:
  virtual ~StateStore() = default;

  virtual std::optional<std::string_view> get(std::string_view key) = 0;
  /// What the last commit left under the key, without the open cycle's changes.
  virtual std::optional<std::string_view> get_committed(std::string_view key) = 0;
  virtual void put(std::string_view key, std::string_view value) = 0;
  /// Erasing an absent key does nothing.
  virtual void erase(std::string_view key) = 0;

  struct Entry {
    std::string_view key;
    std::string_view value;
  };
  /// The lowest entry with lower <= key < upper. Kind `ordered` only.
  virtual std::optional<Entry> first_in(std::string_view lower, std::string_view upper) = 0;
  /// The highest such entry. Kind `ordered` only.
  virtual std::optional<Entry> last_in(std::string_view lower, std::string_view upper) = 0;
};

/// The shortest key above all keys that begin with `prefix`; empty if there is none (all bytes 0xff).
std::string key_after_prefix(std::string_view prefix);

}  // namespace tallymill::ops
