// The integers and byte strings that both encodings are made of.

#include "topology/data/row_codec.h"

#include <bit>

namespace tallymill::topology {
namespace {

static_assert(std::endian::native == std::endian::little,
              "fixed-width integers are copied as they lie in memory");

constexpr std::uint64_t sign_bit = std::uint64_t{1} << 63;
constexpr int varint_bytes_max = 10;

}  // namespace

void append_u8(std::string& out, std::uint8_t v) { out += static_cast<char>(v); }

void append_u64(std::string& out, std::uint64_t v) {
  out.append(reinterpret_cast<const char*>(&v), sizeof v);
}

void append_i64(std::string& out, std::int64_t v) { append_u64(out, static_cast<std::uint64_t>(v)); }

void append_varint(std::string& out, std::uint64_t v) {
  for (; v >= 0x80; v >>= 7) out += static_cast<char>(v | 0x80);
  out += static_cast<char>(v);
}

void append_bytes(std::string& out, std::string_view v) {
  append_varint(out, v.size());
  out += v;
}

void append_ordered_i64(std::string& out, std::int64_t v) {
  append_u64(out, __builtin_bswap64(static_cast<std::uint64_t>(v) ^ sign_bit));
}

std::string_view ByteReader::take(std::size_t count) {
  if (!ok_ || count > rest_.size()) {
    ok_ = false;
    return {};
  }
  const std::string_view taken = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return taken;
}

std::uint8_t ByteReader::u8() {
  const std::string_view byte = take(1);
  return byte.empty() ? 0 : static_cast<std::uint8_t>(byte.front());
}

std::uint64_t ByteReader::u64() {
  std::uint64_t v = 0;
  const std::string_view bytes = take(sizeof v);
  if (!bytes.empty()) std::memcpy(&v, bytes.data(), sizeof v);
  return v;
}

std::int64_t ByteReader::i64() { return static_cast<std::int64_t>(u64()); }

std::uint64_t ByteReader::varint() {
  std::uint64_t v = 0;
  for (int i = 0; i < varint_bytes_max; ++i) {
    const std::uint8_t byte = u8();
    v |= std::uint64_t{byte & 0x7fu} << (7 * i);
    if (byte >= 0x80) continue;
    // A last byte of zero would be a second encoding of the same number, and the tenth has room for one bit.
    if ((i > 0 && byte == 0) || (i == varint_bytes_max - 1 && byte > 1)) break;
    return v;
  }
  ok_ = false;
  return 0;
}

std::string_view ByteReader::bytes() { return take(varint()); }

std::int64_t ByteReader::ordered_i64() {
  const std::uint64_t v = __builtin_bswap64(u64()) ^ sign_bit;
  return ok_ ? static_cast<std::int64_t>(v) : 0;
}

}  // namespace tallymill::topology
