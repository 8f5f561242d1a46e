#pragma once

#include <string_view>

#include "topology/base/error.h"
#include "topology/base/invariant.h"
#include "topology/data/value.h"

namespace tallymill::processor {

/// Why a value could not be read, as static text, so that it never shows a sensitive value and costs nothing to
/// carry.
struct Refusal {
  topology::ErrorCode code = topology::ErrorCode::wrong_type;
  /// A clause without a full stop that explains the refusal; empty if the declared type says it all.
  std::string_view reason = {};
  /// What to write into the column's declaration, such as "unit: ms"; empty if no word there helps.
  std::string_view words = {};
  /// Another remedy, or the only one; empty if there is none beyond the usual.
  std::string_view remedy = {};
};

/// A value as read from the wire, or why it could not be read. Unlike Result it holds no string, which the
/// record path would pay for.
class [[nodiscard]] Reading {
 public:
  Reading(topology::Value value) : value_(value) {}                   // NOLINT: implicit on purpose
  Reading(const Refusal& refusal) : refusal_(&refusal) {}             // NOLINT: implicit on purpose
  Reading(const Refusal&&) = delete;                                  // a refusal outlives the reading

  bool ok() const { return refusal_ == nullptr; }
  const topology::Value& value() const {
    INVARIANT(ok(), "the value of a refused reading was asked for");
    return value_;
  }
  const Refusal& refusal() const {
    INVARIANT(!ok(), "the refusal of a value that was read was asked for");
    return *refusal_;
  }
  /// The JSON itself is broken, so nothing of the record can be trusted.
  bool is_malformed() const { return !ok() && refusal_->code == topology::ErrorCode::malformed_record; }

 private:
  topology::Value value_;
  const Refusal* refusal_ = nullptr;
};

/// The declared type says all there is to say.
inline constexpr Refusal of_another_type{};
inline constexpr Refusal broken_json{topology::ErrorCode::malformed_record};

}  // namespace tallymill::processor
