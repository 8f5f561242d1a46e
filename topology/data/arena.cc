#include "topology/data/arena.h"

#include <algorithm>

namespace tallymill::topology {

// A record of many megabytes must not pin its memory for ever.
constexpr std::size_t kept_bytes_max = 64 * 1024 * 1024;

void Arena::next_chunk(std::size_t bytes_min) {
  full_chunks_bytes_ += used_;
  while (next_index_ < chunks_.size() && chunks_[next_index_].size < bytes_min) ++next_index_;
  if (next_index_ == chunks_.size()) {
    const std::size_t size = std::max(bytes_min, chunk_bytes_);
    chunks_.push_back({std::make_unique_for_overwrite<std::byte[]>(size), size});
    reserved_bytes_ += size;
  }
  current_ = chunks_[next_index_].bytes.get();
  capacity_ = chunks_[next_index_].size;
  used_ = 0;
  ++next_index_;
}

void Arena::reset() {
  while (reserved_bytes_ > kept_bytes_max && !chunks_.empty()) {
    reserved_bytes_ -= chunks_.back().size;
    chunks_.pop_back();
  }
  full_chunks_bytes_ = 0;
  used_ = 0;
  current_ = chunks_.empty() ? nullptr : chunks_.front().bytes.get();
  capacity_ = chunks_.empty() ? 0 : chunks_.front().size;
  next_index_ = chunks_.empty() ? 0 : 1;
}

}  // namespace tallymill::topology
