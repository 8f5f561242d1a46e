#include "ops/fate.h"

namespace tallymill::ops {

std::string_view name_of(RecordFate fate) {
  constexpr std::array<std::string_view, record_fate_count> names = {"applied",   "unchanged", "duplicate",
                                                                     "unmatched", "ignored",   "dead"};
  return names[static_cast<std::size_t>(fate)];
}

std::string_view name_of(ImageFate fate) {
  constexpr std::array<std::string_view, image_fate_count> names = {"passed", "filtered", "late", "dead"};
  return names[static_cast<std::size_t>(fate)];
}

std::string_view name_of(Observation observation) {
  constexpr std::array<std::string_view, observation_count> names = {
      "before_mismatch",   "ahead_of_clock",   "key_without_primary_key", "lsn_regression",
      "offset_regression", "identity_unknown", "update_of_unknown_row",   "lsn_unreadable"};
  return names[static_cast<std::size_t>(observation)];
}

}  // namespace tallymill::ops
