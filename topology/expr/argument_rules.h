#pragma once

#include <optional>
#include <string>

#include "topology/base/error.h"
#include "topology/data/value.h"

namespace tallymill::topology {

/// Why a call fails for every row if an argument is this constant.
struct ArgumentRefusal {
  ErrorCode code;
  std::string message;
  std::string hint;
};

/// What a constant argument is checked by when an expression is loaded; nothing if it will do. Never called
/// with null.
using ArgumentRule = std::optional<ArgumentRefusal> (*)(const Value& argument);

// Rules that several functions share.
std::optional<ArgumentRefusal> refuse_zero_divisor(const Value& argument);
std::optional<ArgumentRefusal> refuse_negative_index(const Value& argument);
std::optional<ArgumentRefusal> refuse_scale_out_of_range(const Value& argument);
/// Names of zones are known and not implemented: not_yet.
std::optional<ArgumentRefusal> refuse_other_zone_than_offset(const Value& argument);

}  // namespace tallymill::topology
