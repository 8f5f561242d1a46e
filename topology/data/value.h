#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

#include "topology/base/error.h"
#include "topology/base/invariant.h"
#include "topology/base/time.h"

namespace tallymill::topology {

using Int128 = __int128;

/// What a Value holds. `unset` and `error` belong to the decoder and the evaluator and are never stored;
/// `unavailable` is stored with its row, and is never part of a key.
enum class ValueKind : std::uint8_t {
  unset,        ///< the wire did not have this column
  null,
  boolean,
  integer,      ///< signed 64 bits
  unsigned_integer,
  floating,     ///< IEEE double
  decimal,      ///< exact, see decimal.h
  string,       ///< UTF-8; also columns of type uuid and json
  bytes,
  timestamp,    ///< Instant
  duration,     ///< Span
  date,         ///< days since 1970-01-01, as integer payload
  time_of_day,  ///< microseconds since midnight, as integer payload
  list,
  map,          ///< alternating keys and values
  type,         ///< a CEL type as a value; its name as string payload
  error,
  unavailable,  ///< there is a value, and it is not known: Debezium's placeholder for an unchanged TOAST value
};

/// The lower-case CEL or column name of a kind, for messages.
std::string_view name_of(ValueKind kind);

/// Why an expression ended in an error; lives in the arena of the evaluation, or is static.
struct EvaluationError {
  ErrorCode code;
  std::uint32_t begin = 0;  ///< byte range in the expression's text
  std::uint32_t end = 0;
  std::string_view message;
};

/// One value of a row or of an expression: 24 bytes, trivially copyable. Strings, bytes, lists, maps and large
/// decimals are views into an arena (arena.h has the lifetimes).
class Value {
 public:
  constexpr Value() : low_(0), high_(0) {}

  static constexpr Value unset() { return Value(); }
  static constexpr Value null() { return Value(ValueKind::null, 0, 0, 0, 0); }
  static constexpr Value unavailable() { return Value(ValueKind::unavailable, 0, 0, 0, 0); }
  static constexpr Value boolean(bool v) { return Value(ValueKind::boolean, 0, 0, v ? 1 : 0, 0); }
  static constexpr Value integer(std::int64_t v) {
    return Value(ValueKind::integer, 0, 0, static_cast<std::uint64_t>(v), 0);
  }
  static constexpr Value unsigned_integer(std::uint64_t v) {
    return Value(ValueKind::unsigned_integer, 0, 0, v, 0);
  }
  static Value floating(double v) {
    std::uint64_t bits;
    std::memcpy(&bits, &v, sizeof bits);
    return Value(ValueKind::floating, 0, 0, bits, 0);
  }
  /// A decimal whose coefficient fits 128 bits. `scale` in [0, Decimal::max_scale].
  static constexpr Value small_decimal(Int128 coefficient, std::uint16_t scale) {
    return Value(ValueKind::decimal, scale, 0, static_cast<std::uint64_t>(coefficient),
                 static_cast<std::uint64_t>(coefficient >> 64));
  }
  /// A decimal of any size: `coefficient` is big-endian two's complement of at least 17 bytes, minimal, in an
  /// arena. Made by Decimal::to_value only.
  static Value large_decimal(std::string_view coefficient, std::uint16_t scale) {
    return view(ValueKind::decimal, coefficient.data(), coefficient.size(), scale);
  }
  static Value string(std::string_view v) { return view(ValueKind::string, v.data(), v.size(), 0); }
  static Value bytes(std::string_view v) { return view(ValueKind::bytes, v.data(), v.size(), 0); }
  static Value type(std::string_view name) { return view(ValueKind::type, name.data(), name.size(), 0); }
  static constexpr Value timestamp(Instant v) {
    return Value(ValueKind::timestamp, 0, 0, static_cast<std::uint64_t>(v.seconds),
                 static_cast<std::uint64_t>(v.nanoseconds));
  }
  static constexpr Value duration(Span v) {
    return Value(ValueKind::duration, 0, 0, static_cast<std::uint64_t>(v.seconds),
                 static_cast<std::uint64_t>(v.nanoseconds));
  }
  static constexpr Value date(std::int64_t days) {
    return Value(ValueKind::date, 0, 0, static_cast<std::uint64_t>(days), 0);
  }
  static constexpr Value time_of_day(std::int64_t microseconds) {
    return Value(ValueKind::time_of_day, 0, 0, static_cast<std::uint64_t>(microseconds), 0);
  }
  static Value list(std::span<const Value> items) {
    return view(ValueKind::list, items.data(), items.size(), 0);
  }
  /// `entries` alternates keys and values; its size is even.
  static Value map(std::span<const Value> entries) {
    return view(ValueKind::map, entries.data(), entries.size(), 0);
  }
  static Value error(const EvaluationError* error) { return view(ValueKind::error, error, 0, 0); }

  constexpr ValueKind kind() const { return kind_; }
  constexpr bool is(ValueKind kind) const { return kind_ == kind; }
  constexpr bool is_null() const { return kind_ == ValueKind::null; }
  constexpr bool is_error() const { return kind_ == ValueKind::error; }
  constexpr bool is_true() const { return kind_ == ValueKind::boolean && low_ != 0; }

  // The getters trust the caller to have looked at kind().
  constexpr bool as_boolean() const { return low_ != 0; }
  constexpr std::int64_t as_integer() const { return static_cast<std::int64_t>(low_); }
  constexpr std::uint64_t as_unsigned() const { return low_; }
  double as_floating() const {
    double v;
    std::memcpy(&v, &low_, sizeof v);
    return v;
  }
  constexpr bool is_small_decimal() const { return kind_ == ValueKind::decimal && length_ == 0; }
  constexpr Int128 small_coefficient() const {
    return static_cast<Int128>((static_cast<unsigned __int128>(high_) << 64) | low_);
  }
  std::string_view large_coefficient() const { return {pointer<const char>(), length_}; }
  constexpr std::uint16_t decimal_scale() const { return scale_; }
  /// Of string, bytes and type.
  std::string_view as_text() const { return {pointer<const char>(), length_}; }
  constexpr Instant as_timestamp() const {
    return {static_cast<std::int64_t>(low_), static_cast<std::int32_t>(high_)};
  }
  constexpr Span as_duration() const {
    return {static_cast<std::int64_t>(low_), static_cast<std::int32_t>(high_)};
  }
  /// Items of a list; alternating keys and values of a map.
  std::span<const Value> as_items() const { return {pointer<const Value>(), length_}; }
  const EvaluationError& as_error() const { return *pointer<const EvaluationError>(); }

 private:
  constexpr Value(ValueKind kind, std::uint16_t scale, std::uint32_t length, std::uint64_t low, std::uint64_t high)
      : kind_(kind), scale_(scale), length_(length), low_(low), high_(high) {}
  static Value view(ValueKind kind, const void* data, std::size_t length, std::uint16_t scale) {
    INVARIANT(length <= UINT32_MAX, "a value longer than 4 GiB");
    return Value(kind, scale, static_cast<std::uint32_t>(length), reinterpret_cast<std::uintptr_t>(data), 0);
  }
  template <class T>
  T* pointer() const {
    return reinterpret_cast<T*>(static_cast<std::uintptr_t>(low_));
  }

  ValueKind kind_ = ValueKind::unset;
  std::uint16_t scale_ = 0;
  std::uint32_t length_ = 0;
  std::uint64_t low_;
  std::uint64_t high_;
};

static_assert(sizeof(Value) == 24 && std::is_trivially_copyable_v<Value>);

}  // namespace tallymill::topology
