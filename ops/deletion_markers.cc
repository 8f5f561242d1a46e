#include "ops/deletion_markers.h"

#include "topology/data/row_codec.h"

namespace tallymill::ops {
namespace {

constexpr std::int64_t kept_ms = 7LL * 24 * 3600 * 1000;
constexpr int expired_at_once_max = 2;

}  // namespace

void DeletionMarkers::add(std::string_view key, std::int64_t deleted_at_ms) const {
  std::string tomb;
  topology::append_ordered_i64(tomb, deleted_at_ms);
  tomb += key;
  tombs_.put(tomb, {});
}

void DeletionMarkers::expire(std::int64_t now_ms) const {
  std::string expired_before;
  topology::append_ordered_i64(expired_before, now_ms - kept_ms);
  for (int i = 0; i < expired_at_once_max; ++i) {
    const auto oldest = tombs_.first_in({}, expired_before);
    if (!oldest) return;
    const std::string entry(oldest->key);
    topology::ByteReader reader(entry);
    const std::int64_t time_ms = reader.ordered_i64();
    // The row may live again, or have been deleted again later: then this marker is not its last.
    if (const auto bytes = rows_.get(reader.rest())) {
      topology::Arena arena(1024);
      const auto stored = read_stored_row(*bytes, home_, columns_, arena);
      if (stored && !stored->row && stored->deleted_at_ms == time_ms) rows_.erase(reader.rest());
    }
    tombs_.erase(entry);
  }
}

}  // namespace tallymill::ops
