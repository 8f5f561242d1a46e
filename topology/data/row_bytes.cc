// Row bytes: one tag byte per value, then what the tag says. Every value has exactly one encoding, so that
// equal bytes mean identical values and the other way round.

#include <bit>
#include <optional>

#include "topology/data/decimal.h"
#include "topology/data/row_codec.h"
#include "topology/data/stored_damage.h"

namespace tallymill::topology {
namespace {

// These numbers are in every store: a new meaning gets a new number.
enum class RowTag : std::uint8_t {
  null = 0,
  boolean_false = 1,
  boolean_true = 2,
  integer = 3,           // zigzag varint
  unsigned_integer = 4,  // varint
  floating = 5,          // 8 bytes
  small_decimal = 6,     // varint scale, zigzag varint of up to 128 bits
  large_decimal = 7,     // varint scale, byte string as in Value
  string = 8,            // byte string
  bytes = 9,             // byte string
  timestamp = 10,        // zigzag varint seconds, varint nanoseconds
  duration = 11,         // zigzag varint seconds, zigzag varint nanoseconds
  date = 12,             // zigzag varint
  time_of_day = 13,      // zigzag varint
  list = 14,             // varint count, that many values
  map = 15,              // varint count of keys and values, that many values
  unavailable = 16,
};

using Unsigned128 = unsigned __int128;

void append_tag(std::string& out, RowTag tag) { append_u8(out, static_cast<std::uint8_t>(tag)); }

// Zigzag puts the sign into the lowest bit: 0 -1 1 -2 become 0 1 2 3.
void append_zigzag(std::string& out, std::int64_t v) {
  append_varint(out, (static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63));
}

std::int64_t read_zigzag(ByteReader& reader) {
  const std::uint64_t v = reader.varint();
  return static_cast<std::int64_t>((v >> 1) ^ (0 - (v & 1)));
}

void append_zigzag_128(std::string& out, Int128 v) {
  Unsigned128 bits = (static_cast<Unsigned128>(v) << 1) ^ static_cast<Unsigned128>(v >> 127);
  for (; bits >= 0x80; bits >>= 7) out += static_cast<char>(static_cast<std::uint8_t>(bits) | 0x80);
  out += static_cast<char>(bits);
}

/// Nothing if it is longer than 128 bits or not as append_zigzag_128 writes it.
std::optional<Int128> read_zigzag_128(ByteReader& reader) {
  constexpr int bytes_max = 19;
  Unsigned128 bits = 0;
  for (int i = 0; i < bytes_max; ++i) {
    const std::uint8_t byte = reader.u8();
    bits |= Unsigned128{byte & 0x7fu} << (7 * i);
    if (byte >= 0x80) continue;
    // The last of 19 bytes has room for two bits.
    if ((i > 0 && byte == 0) || (i == bytes_max - 1 && byte > 3)) return std::nullopt;
    return static_cast<Int128>((bits >> 1) ^ (0 - (bits & 1)));
  }
  return std::nullopt;
}

void append_decimal(std::string& out, const Value& value) {
  append_tag(out, value.is_small_decimal() ? RowTag::small_decimal : RowTag::large_decimal);
  append_varint(out, value.decimal_scale());
  if (value.is_small_decimal()) {
    append_zigzag_128(out, value.small_coefficient());
  } else {
    append_bytes(out, value.large_coefficient());
  }
}

void append_value(std::string& out, const Value& value, int depth);

void append_items(std::string& out, RowTag tag, std::span<const Value> items, int depth) {
  INVARIANT(depth < stored_depth_max, "a list nested deeper than can be read back");
  append_tag(out, tag);
  append_varint(out, items.size());
  for (const Value& item : items) append_value(out, item, depth + 1);
}

void append_value(std::string& out, const Value& value, int depth) {
  switch (value.kind()) {
    case ValueKind::null:
      return append_tag(out, RowTag::null);
    case ValueKind::boolean:
      return append_tag(out, value.as_boolean() ? RowTag::boolean_true : RowTag::boolean_false);
    case ValueKind::integer:
      append_tag(out, RowTag::integer);
      return append_zigzag(out, value.as_integer());
    case ValueKind::unsigned_integer:
      append_tag(out, RowTag::unsigned_integer);
      return append_varint(out, value.as_unsigned());
    case ValueKind::floating:
      append_tag(out, RowTag::floating);
      // The payload of a floating Value is its bits.
      return append_u64(out, value.as_unsigned());
    case ValueKind::decimal:
      return append_decimal(out, value);
    case ValueKind::string:
      append_tag(out, RowTag::string);
      return append_bytes(out, value.as_text());
    case ValueKind::bytes:
      append_tag(out, RowTag::bytes);
      return append_bytes(out, value.as_text());
    case ValueKind::timestamp:
      append_tag(out, RowTag::timestamp);
      append_zigzag(out, value.as_timestamp().seconds);
      return append_varint(out, static_cast<std::uint64_t>(value.as_timestamp().nanoseconds));
    case ValueKind::duration:
      append_tag(out, RowTag::duration);
      append_zigzag(out, value.as_duration().seconds);
      return append_zigzag(out, value.as_duration().nanoseconds);
    case ValueKind::date:
      append_tag(out, RowTag::date);
      return append_zigzag(out, value.as_integer());
    case ValueKind::time_of_day:
      append_tag(out, RowTag::time_of_day);
      return append_zigzag(out, value.as_integer());
    case ValueKind::list:
      return append_items(out, RowTag::list, value.as_items(), depth);
    case ValueKind::map:
      return append_items(out, RowTag::map, value.as_items(), depth);
    case ValueKind::unavailable:
      return append_tag(out, RowTag::unavailable);
    case ValueKind::unset:
    case ValueKind::type:
    case ValueKind::error:
      break;
  }
  INVARIANT(false, "a value of this kind is never stored");
}

/// Reads values; after the first that is damaged, damaged() stays true.
class RowReader {
 public:
  RowReader(std::string_view bytes, Arena& arena) : reader_(bytes), arena_(arena) {}

  std::string_view rest() const { return reader_.rest(); }
  bool damaged() const { return damaged_ || !reader_.ok(); }

  std::span<Value> values(std::uint64_t count, int depth) {
    // Every value has a byte at least: a damaged count must not become an allocation.
    if (count > reader_.rest().size() || depth > stored_depth_max) {
      damaged_ = true;
      return {};
    }
    const std::span<Value> values = arena_.allocate_array<Value>(count);
    for (Value& value : values) value = damaged() ? Value::null() : read(depth);
    return values;
  }

 private:
  /// The value, if `holds`.
  Value if_true(bool holds, const Value& value) {
    if (holds) return value;
    damaged_ = true;
    return Value::null();
  }

  Value read(int depth) {
    switch (static_cast<RowTag>(reader_.u8())) {
      case RowTag::null:
        return Value::null();
      case RowTag::boolean_false:
        return Value::boolean(false);
      case RowTag::boolean_true:
        return Value::boolean(true);
      case RowTag::integer:
        return Value::integer(read_zigzag(reader_));
      case RowTag::unsigned_integer:
        return Value::unsigned_integer(reader_.varint());
      case RowTag::floating:
        return Value::floating(std::bit_cast<double>(reader_.u64()));
      case RowTag::small_decimal:
        return small_decimal();
      case RowTag::large_decimal:
        return large_decimal();
      case RowTag::string:
        return text(ValueKind::string);
      case RowTag::bytes:
        return text(ValueKind::bytes);
      case RowTag::timestamp:
        return timestamp();
      case RowTag::duration:
        return duration();
      case RowTag::date:
        return Value::date(read_zigzag(reader_));
      case RowTag::time_of_day:
        return Value::time_of_day(read_zigzag(reader_));
      case RowTag::list:
        return Value::list(values(reader_.varint(), depth + 1));
      case RowTag::map: {
        const std::uint64_t count = reader_.varint();
        return if_true(count % 2 == 0, Value::map(values(count, depth + 1)));
      }
      case RowTag::unavailable:
        return Value::unavailable();
    }
    return if_true(false, Value::null());
  }

  Value small_decimal() {
    const std::uint64_t scale = reader_.varint();
    const std::optional<Int128> coefficient = read_zigzag_128(reader_);
    return if_true(scale <= Decimal::max_scale && coefficient,
                   Value::small_decimal(coefficient.value_or(0), static_cast<std::uint16_t>(scale)));
  }

  Value large_decimal() {
    const std::uint64_t scale = reader_.varint();
    const std::string_view coefficient = reader_.bytes();
    return if_true(scale <= Decimal::max_scale && is_large_coefficient(coefficient),
                   Value::large_decimal(coefficient, static_cast<std::uint16_t>(scale)));
  }

  /// Two's complement that 16 bytes cannot hold, without a byte that repeats the sign.
  static bool is_large_coefficient(std::string_view bytes) {
    if (bytes.size() <= sizeof(Int128) || bytes.size() > UINT32_MAX) return false;
    const bool second_is_negative = static_cast<unsigned char>(bytes[1]) >= 0x80;
    return static_cast<unsigned char>(bytes[0]) != (second_is_negative ? 0xff : 0x00);
  }

  Value text(ValueKind kind) {
    const std::string_view text = reader_.bytes();
    if (text.size() > UINT32_MAX) return if_true(false, Value::null());
    return kind == ValueKind::string ? Value::string(text) : Value::bytes(text);
  }

  Value timestamp() {
    const std::int64_t seconds = read_zigzag(reader_);
    const std::uint64_t nanoseconds = reader_.varint();
    return if_true(nanoseconds < 1'000'000'000,
                   Value::timestamp({seconds, static_cast<std::int32_t>(nanoseconds)}));
  }

  Value duration() {
    const std::int64_t seconds = read_zigzag(reader_);
    const std::int64_t nanoseconds = read_zigzag(reader_);
    const bool in_range = nanoseconds > -1'000'000'000 && nanoseconds < 1'000'000'000;
    return if_true(in_range, Value::duration({seconds, static_cast<std::int32_t>(nanoseconds)}));
  }

  ByteReader reader_;
  Arena& arena_;
  bool damaged_ = false;
};

}  // namespace

void append_row(std::string& out, Row row) {
  for (const Value& value : row) append_value(out, value, 0);
}

Result<std::span<Value>> read_row(std::string_view& bytes, std::size_t count, Arena& arena) {
  RowReader reader(bytes, arena);
  const std::span<Value> row = reader.values(count, 0);
  if (reader.damaged()) return stored_bytes_damaged();
  bytes = reader.rest();
  return row;
}

}  // namespace tallymill::topology
