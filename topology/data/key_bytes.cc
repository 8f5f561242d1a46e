// Key bytes: a tag byte per value, then bytes that memcmp orders as the values are ordered. Every number that
// is written has a fixed width or an end mark below all that could follow, so that no key is a prefix of
// another.

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "topology/data/key_decimal.h"
#include "topology/data/row_codec.h"
#include "topology/data/stored_damage.h"

namespace tallymill::topology {
namespace {

// These numbers are in every store: a new meaning gets a new number. Null is the lowest: nulls come first.
enum class KeyTag : std::uint8_t {
  end_of_list = 0,
  null = 1,
  boolean_false = 2,
  boolean_true = 3,
  integer = 4,           // ordered 64 bits
  unsigned_integer = 5,  // 64 bits, big-endian
  floating = 6,          // 64 bits, see ordered_bits
  decimal = 7,           // key_decimal.h
  string = 8,            // escaped, see append_escaped
  bytes = 9,             // escaped
  timestamp = 10,        // ordered 64 bits of seconds, ordered 32 bits of nanoseconds
  duration = 11,         // the same
  date = 12,             // ordered 64 bits
  time_of_day = 13,      // ordered 64 bits
  list = 14,             // the items, end_of_list
};

constexpr std::uint64_t sign_bit = std::uint64_t{1} << 63;
constexpr std::uint32_t sign_bit_32 = std::uint32_t{1} << 31;
constexpr std::int32_t nanoseconds_max = 999'999'999;
constexpr char escaped_byte = '\0';
constexpr char escape_of_zero = '\xff';
constexpr char escape_of_end = '\0';

void append_tag(std::string& out, KeyTag tag) { append_u8(out, static_cast<std::uint8_t>(tag)); }

/// Bits that order as the numbers do: those of a positive number with the sign bit set, those of a negative
/// one complemented. One NaN is left, above everything as in PostgreSQL, and one zero.
std::uint64_t ordered_bits(double number) {
  if (std::isnan(number)) number = std::numeric_limits<double>::quiet_NaN();
  if (number == 0) number = 0.0;
  const auto bits = std::bit_cast<std::uint64_t>(number);
  return (bits & sign_bit) != 0 ? ~bits : bits | sign_bit;
}

/// Nothing if ordered_bits gives no such bits.
std::optional<double> number_of_ordered_bits(std::uint64_t ordered) {
  const std::uint64_t bits = (ordered & sign_bit) != 0 ? ordered & ~sign_bit : ~ordered;
  const auto number = std::bit_cast<double>(bits);
  if (ordered_bits(number) != ordered) return std::nullopt;
  return number;
}

/// The bytes with each zero as 00 ff, then 00 00, which is below whatever else could follow.
void append_escaped(std::string& out, std::string_view text) {
  while (true) {
    const std::size_t zero = text.find(escaped_byte);
    out += text.substr(0, zero);
    out += escaped_byte;
    if (zero == std::string_view::npos) break;
    out += escape_of_zero;
    text.remove_prefix(zero + 1);
  }
  out += escape_of_end;
}

void append_ordered(std::string& out, KeyTag tag, std::int64_t number) {
  append_tag(out, tag);
  append_ordered_i64(out, number);
}

void append_seconds(std::string& out, KeyTag tag, std::int64_t seconds, std::int32_t nanoseconds) {
  append_ordered(out, tag, seconds);
  const std::uint32_t ordered = __builtin_bswap32(static_cast<std::uint32_t>(nanoseconds) ^ sign_bit_32);
  out.append(reinterpret_cast<const char*>(&ordered), sizeof ordered);
}

void append_value(std::string& out, const Value& value, int depth);

void append_list(std::string& out, std::span<const Value> items, int depth) {
  INVARIANT(depth < stored_depth_max, "a list nested deeper than can be read back");
  append_tag(out, KeyTag::list);
  for (const Value& item : items) append_value(out, item, depth + 1);
  append_tag(out, KeyTag::end_of_list);
}

void append_value(std::string& out, const Value& value, int depth) {
  switch (value.kind()) {
    case ValueKind::null:
      return append_tag(out, KeyTag::null);
    case ValueKind::boolean:
      return append_tag(out, value.as_boolean() ? KeyTag::boolean_true : KeyTag::boolean_false);
    case ValueKind::integer:
      return append_ordered(out, KeyTag::integer, value.as_integer());
    case ValueKind::unsigned_integer:
      append_tag(out, KeyTag::unsigned_integer);
      return append_u64(out, __builtin_bswap64(value.as_unsigned()));
    case ValueKind::floating:
      append_tag(out, KeyTag::floating);
      return append_u64(out, __builtin_bswap64(ordered_bits(value.as_floating())));
    case ValueKind::decimal:
      append_tag(out, KeyTag::decimal);
      return append_key_decimal(out, value);
    case ValueKind::string:
      append_tag(out, KeyTag::string);
      return append_escaped(out, value.as_text());
    case ValueKind::bytes:
      append_tag(out, KeyTag::bytes);
      return append_escaped(out, value.as_text());
    case ValueKind::timestamp:
      return append_seconds(out, KeyTag::timestamp, value.as_timestamp().seconds,
                            value.as_timestamp().nanoseconds);
    case ValueKind::duration:
      return append_seconds(out, KeyTag::duration, value.as_duration().seconds,
                            value.as_duration().nanoseconds);
    case ValueKind::date:
      return append_ordered(out, KeyTag::date, value.as_integer());
    case ValueKind::time_of_day:
      return append_ordered(out, KeyTag::time_of_day, value.as_integer());
    case ValueKind::list:
      return append_list(out, value.as_items(), depth);
    case ValueKind::map:
    case ValueKind::unset:
    case ValueKind::type:
    case ValueKind::error:
    case ValueKind::unavailable:
      break;
  }
  INVARIANT(false, "a value of this kind is never part of a key");
}

/// Reads values; after the first that is damaged, damaged() stays true.
class KeyReader {
 public:
  KeyReader(std::string_view bytes, Arena& arena) : reader_(bytes), arena_(arena) {}

  std::string_view rest() const { return reader_.rest(); }
  bool damaged() const { return damaged_ || !reader_.ok(); }

  Value read() { return read(static_cast<KeyTag>(reader_.u8()), 0); }

 private:
  Value damage() {
    damaged_ = true;
    return Value::null();
  }

  Value read(KeyTag tag, int depth) {
    switch (tag) {
      case KeyTag::null:
        return Value::null();
      case KeyTag::boolean_false:
        return Value::boolean(false);
      case KeyTag::boolean_true:
        return Value::boolean(true);
      case KeyTag::integer:
        return Value::integer(reader_.ordered_i64());
      case KeyTag::unsigned_integer:
        return Value::unsigned_integer(__builtin_bswap64(reader_.u64()));
      case KeyTag::floating: {
        const std::optional<double> number = number_of_ordered_bits(__builtin_bswap64(reader_.u64()));
        return number ? Value::floating(*number) : damage();
      }
      case KeyTag::decimal: {
        const std::optional<Value> decimal = read_key_decimal(reader_, arena_);
        return decimal ? *decimal : damage();
      }
      case KeyTag::string:
        return text(&Value::string);
      case KeyTag::bytes:
        return text(&Value::bytes);
      case KeyTag::timestamp: {
        const std::int64_t seconds = reader_.ordered_i64();
        return Value::timestamp({seconds, nanoseconds(0)});
      }
      case KeyTag::duration: {
        const std::int64_t seconds = reader_.ordered_i64();
        return Value::duration({seconds, nanoseconds(-nanoseconds_max)});
      }
      case KeyTag::date:
        return Value::date(reader_.ordered_i64());
      case KeyTag::time_of_day:
        return Value::time_of_day(reader_.ordered_i64());
      case KeyTag::list:
        return list(depth);
      case KeyTag::end_of_list:
        break;
    }
    return damage();
  }

  /// `lowest` to nanoseconds_max.
  std::int32_t nanoseconds(std::int32_t lowest) {
    std::uint32_t ordered = 0;
    const std::string_view bytes = reader_.take(sizeof ordered);
    if (bytes.empty()) return 0;
    std::memcpy(&ordered, bytes.data(), sizeof ordered);
    const auto count = static_cast<std::int32_t>(__builtin_bswap32(ordered) ^ sign_bit_32);
    if (count < lowest || count > nanoseconds_max) damage();
    return count;
  }

  Value text(Value (*make)(std::string_view)) {
    const std::string_view rest = reader_.rest();
    std::size_t zeros = 0;
    std::size_t end = rest.find(escaped_byte);
    while (end < rest.size() - 1 && rest[end + 1] == escape_of_zero) {
      ++zeros;
      end = rest.find(escaped_byte, end + 2);
    }
    if (end == std::string_view::npos || end + 1 == rest.size() || rest[end + 1] != escape_of_end) {
      return damage();
    }
    reader_.take(end + 2);
    return make(zeros == 0 ? rest.substr(0, end) : unescaped(rest.substr(0, end), zeros));
  }

  /// A copy in the arena, without the escapes of that many zeros.
  std::string_view unescaped(std::string_view escaped, std::size_t zeros) {
    const std::span<char> plain = arena_.allocate_array<char>(escaped.size() - zeros);
    for (char& c : plain) {
      c = escaped.front();
      escaped.remove_prefix(c == escaped_byte ? 2 : 1);
    }
    return {plain.data(), plain.size()};
  }

  Value list(int depth) {
    if (depth >= stored_depth_max) return damage();
    std::vector<Value> items;
    for (auto tag = next_tag(); tag != KeyTag::end_of_list; tag = next_tag()) {
      items.push_back(read(tag, depth + 1));
      if (damaged()) return Value::null();
    }
    const std::span<Value> kept = arena_.allocate_array<Value>(items.size());
    std::ranges::copy(items, kept.begin());
    return Value::list(kept);
  }

  /// At the end of the bytes this is end_of_list too, and damaged() is true.
  KeyTag next_tag() { return static_cast<KeyTag>(reader_.u8()); }

  ByteReader reader_;
  Arena& arena_;
  bool damaged_ = false;
};

}  // namespace

void append_key(std::string& out, Row values) {
  for (const Value& value : values) append_value(out, value, 0);
}

Result<std::span<Value>> read_key(std::string_view& bytes, std::size_t count, Arena& arena) {
  // Every value has a byte at least: a count beside the bytes must not become an allocation.
  if (count > bytes.size()) return stored_bytes_damaged();
  KeyReader reader(bytes, arena);
  const std::span<Value> values = arena.allocate_array<Value>(count);
  for (Value& value : values) {
    value = reader.read();
    if (reader.damaged()) return stored_bytes_damaged();
  }
  bytes = reader.rest();
  return values;
}

}  // namespace tallymill::topology
