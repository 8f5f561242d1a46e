#pragma once

#include <span>
#include <string>
#include <string_view>

#include "topology/base/result.h"
#include "topology/data/arena.h"
#include "topology/data/row.h"

namespace tallymill::topology {

/// Rows as bytes, for stores, changelogs and repartition topics. Two encodings:
///
/// Row bytes: compact, decoded without copying (strings are views into the bytes). One tag byte per value.
/// Decimals keep their scale. The caller writes a format byte in front (a store's version), not the codec.
///
/// Key bytes: order-preserving. memcmp of two keys of the same column types orders as SQL would with nulls
/// first, column by column; numerically equal decimals have equal bytes (12.5 and 12.50), -0.0 equals 0.0.
/// Decoding gives back canonical values (decimals without trailing zeros). A key is a prefix of no other key
/// of the same types.
///
/// Only kinds that may be stored: unset, error and type are broken invariants. Maps and what is unavailable
/// are not keys.

/// The format of stored rows: of row bytes and of the row store's entries around them. It stands in the plan's
/// lineage, so that state of another format is refused.
inline constexpr std::uint8_t stored_row_format = 2;

/// Appends the row bytes of `row`.
void append_row(std::string& out, Row row);
/// Reads `count` values written by append_row from the front of `bytes`, and moves `bytes` behind them.
/// Strings view into `bytes`; lists and the span itself are in `arena`. Error: malformed_record (stored bytes
/// are damaged).
Result<std::span<Value>> read_row(std::string_view& bytes, std::size_t count, Arena& arena);

/// Appends the key bytes of `values`.
void append_key(std::string& out, Row values);
/// Reads `count` values written by append_key from the front of `bytes`, and moves `bytes` behind them.
/// Strings view into `bytes` or lie in `arena`, as everything else does. Error as above.
Result<std::span<Value>> read_key(std::string_view& bytes, std::size_t count, Arena& arena);

/// Whether two values are equal as stored: same kind, same content, decimals with the same scale, doubles by
/// bits. What is unavailable equals itself: nobody can see a difference.
bool identical(const Value& a, const Value& b);
bool identical(Row a, Row b);

/// Fixed-width integers for hand-written layouts, little-endian, and unsigned LEB128.
void append_u8(std::string& out, std::uint8_t v);
void append_u64(std::string& out, std::uint64_t v);
void append_i64(std::string& out, std::int64_t v);
void append_varint(std::string& out, std::uint64_t v);
void append_bytes(std::string& out, std::string_view v);  ///< varint length, then the bytes
/// Big-endian with the sign bit flipped, so that memcmp orders numbers.
void append_ordered_i64(std::string& out, std::int64_t v);

/// Reads from the front of a byte string; every read is bounds-checked, and after the first failure all reads
/// give zero or empty and ok() is false.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}
  std::uint8_t u8();
  std::uint64_t u64();
  std::int64_t i64();
  std::uint64_t varint();
  std::string_view bytes();
  std::int64_t ordered_i64();
  std::string_view take(std::size_t count);
  bool ok() const { return ok_; }
  std::string_view rest() const { return rest_; }
  bool at_end() const { return ok_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace tallymill::topology
