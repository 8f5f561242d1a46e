#pragma once

#include "topology/base/error.h"

namespace tallymill::topology {

/// What both readers of stored bytes answer to bytes that no writer of theirs made.
inline Error stored_bytes_damaged() {
  return {ErrorCode::malformed_record, "stored bytes are damaged: they are no encoding of a row", ""};
}

/// Lists within lists that are followed into. Far above what a topology can build, far below what the stack
/// holds.
inline constexpr int stored_depth_max = 1'000;

}  // namespace tallymill::topology
