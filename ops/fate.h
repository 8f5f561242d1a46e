#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace tallymill::ops {

/// What became of a record at its source. read = the sum of all others, per source partition.
enum class RecordFate : std::uint8_t { applied, unchanged, duplicate, unmatched, ignored, dead };
inline constexpr std::size_t record_fate_count = 6;
std::string_view name_of(RecordFate fate);

/// What became of an image at a step: the before or the after image of a change. received = the sum of these,
/// at every step. A before image that fails is `filtered`, since it was never put in: each dead image is a
/// dead letter.
enum class ImageFate : std::uint8_t { passed, filtered, late, dead };
inline constexpr std::size_t image_fate_count = 4;
std::string_view name_of(ImageFate fate);

/// Facts about records that are no fates: they may be true of a record of any fate.
enum class Observation : std::uint8_t {
  before_mismatch,  ///< the envelope's before image differs from the stored row
  ahead_of_clock,   ///< event time beyond source.ts_ms + max_ahead: it moved stream time only that far
  key_without_primary_key,  ///< a tombstone whose Kafka key names no row
  lsn_regression,           ///< the log went back, and on_lsn_regression is new_epoch
  offset_regression,        ///< a record behind the task's position came again and was dropped, unread
  identity_unknown,         ///< a dead letter of which not even the row could be told
  update_of_unknown_row,    ///< it was counted as an insert: the row's earlier changes are not in this partition
  lsn_unreadable,           ///< source.lsn in a form that is not understood: the record goes without a fence
};
inline constexpr std::size_t observation_count = 8;
std::string_view name_of(Observation observation);

}  // namespace tallymill::ops
