#pragma once

#include <optional>
#include <utility>
#include <variant>

#include "topology/base/error.h"
#include "topology/base/invariant.h"

namespace tallymill::topology {

/// A T, or the Error that prevented it. For record and configuration errors; exceptions do not cross a folder.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}        // NOLINT: implicit on purpose
  /// A T made in place: `Result<T> result(std::in_place)`.
  explicit Result(std::in_place_t) : state_(std::in_place_index<0>) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}    // NOLINT: implicit on purpose

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & {
    INVARIANT(ok(), "the value of a failed result was asked for");
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    INVARIANT(ok(), "the value of a failed result was asked for");
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    INVARIANT(ok(), "the value of a failed result was asked for");
    return std::move(*std::get_if<0>(&state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const {
    INVARIANT(!ok(), "the error of a successful result was asked for");
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, Error> state_;
};

/// Success without a value, or an Error.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error) : error_(std::move(error)) {}  // NOLINT: implicit on purpose

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  const Error& error() const {
    INVARIANT(error_.has_value(), "the error of a success was asked for");
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

}  // namespace tallymill::topology
