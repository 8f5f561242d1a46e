#pragma once

#include <string_view>

#include "topology/base/error.h"
#include "topology/base/invariant.h"
#include "topology/data/value.h"

namespace tallymill::processor {

/// A value as read from the wire, or why it could not be read. Unlike Result it holds no string, which the
/// record path would pay for; the reason is static text and so never shows a sensitive value.
class [[nodiscard]] Reading {
 public:
  Reading(topology::Value value) : value_(value) {}  // NOLINT: implicit on purpose
  static Reading refused(topology::ErrorCode code, std::string_view reason) {
    Reading reading{topology::Value()};
    reading.ok_ = false;
    reading.code_ = code;
    reading.reason_ = reason;
    return reading;
  }
  static Reading wrong_type(std::string_view reason = {}) {
    return refused(topology::ErrorCode::wrong_type, reason);
  }
  /// The JSON itself is broken, so nothing of the record can be trusted.
  static Reading malformed(std::string_view reason) {
    return refused(topology::ErrorCode::malformed_record, reason);
  }

  bool ok() const { return ok_; }
  const topology::Value& value() const {
    INVARIANT(ok_, "the value of a refused reading was asked for");
    return value_;
  }
  topology::ErrorCode code() const { return code_; }
  /// A clause without a full stop that explains the refusal; empty if the declared type says it all.
  std::string_view reason() const { return reason_; }
  bool is_malformed() const { return !ok_ && code_ == topology::ErrorCode::malformed_record; }

 private:
  topology::Value value_;
  std::string_view reason_;
  topology::ErrorCode code_ = topology::ErrorCode::wrong_type;
  bool ok_ = true;
};

}  // namespace tallymill::processor
