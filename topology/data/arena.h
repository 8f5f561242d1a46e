#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace tallymill::topology {

/// Bump allocator for bytes and trivially destructible objects. `reset` keeps the memory for the next round: page
/// faults are dear on the record path.
///
/// Lifetimes, shortest first; a view never points into something that ends before it:
///   record   values computed while one record runs through its chain        (Task, reset after each record)
///   batch    payload bytes and decoded rows of one polled batch             (Task, reset after each batch)
///   cycle    overlay keys and values, outgoing messages until their delivery reports are in
///                                                                           (overlay, reset after commit or abort)
/// Nothing in the overlay points into a batch. Not thread-safe: one worker owns it.
class Arena {
 public:
  explicit Arena(std::size_t chunk_bytes = 64 * 1024) : chunk_bytes_(chunk_bytes) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  Arena(Arena&&) = default;
  Arena& operator=(Arena&&) = default;

  /// `bytes` uninitialised bytes at `alignment` (a power of two, at most 16). Never null; 0 bytes are allowed.
  std::byte* allocate(std::size_t bytes, std::size_t alignment = 8) {
    std::size_t start = (used_ + alignment - 1) & ~(alignment - 1);
    if (current_ == nullptr || start + bytes > capacity_) [[unlikely]] {
      next_chunk(bytes);
      start = 0;
    }
    used_ = start + bytes;
    return current_ + start;
  }

  /// An uninitialised array; T must be trivially destructible, as nothing ever destroys it.
  template <class T>
  std::span<T> allocate_array(std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T> && alignof(T) <= 16);
    return {reinterpret_cast<T*>(allocate(count * sizeof(T), alignof(T))), count};
  }

  /// A copy of `text` that lives as long as the arena's content.
  std::string_view copy(std::string_view text) {
    if (text.empty()) return "";  // not null: to Kafka an empty value is not a missing one
    auto* target = reinterpret_cast<char*>(allocate(text.size(), 1));
    std::memcpy(target, text.data(), text.size());
    return {target, text.size()};
  }

  /// Forgets all content and keeps the memory, except chunks beyond `kept_bytes_max`.
  void reset();

  /// Memory held, used or not.
  std::size_t reserved_bytes() const { return reserved_bytes_; }
  /// Bytes handed out since the last reset, with padding of abandoned chunk ends.
  std::size_t used_bytes() const { return full_chunks_bytes_ + used_; }

 private:
  struct Chunk {
    std::unique_ptr<std::byte[]> bytes;
    std::size_t size;
  };
  void next_chunk(std::size_t bytes_min);

  std::size_t chunk_bytes_;
  std::vector<Chunk> chunks_;
  std::size_t next_index_ = 0;
  std::byte* current_ = nullptr;
  std::size_t capacity_ = 0;
  std::size_t used_ = 0;
  std::size_t full_chunks_bytes_ = 0;
  std::size_t reserved_bytes_ = 0;
};

}  // namespace tallymill::topology
