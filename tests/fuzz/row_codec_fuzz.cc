// Any bytes as a stored row and as a stored key: reading them never crashes and never reads outside, and what
// can be read has exactly the bytes that it was read from. The first byte says how many values are asked for.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "topology/data/decimal.h"
#include "topology/data/row_codec.h"

namespace {

using namespace tallymill::topology;

/// Decimals are the values that are computed with after reading.
void use(Row values) {
  for (const Value& value : values) {
    if (value.is(ValueKind::list) || value.is(ValueKind::map)) use(value.as_items());
    if (!value.is(ValueKind::decimal)) continue;
    const Decimal decimal = Decimal::from_value(value);
    INVARIANT(decimal == decimal.canonical(), "a decimal and its canonical form differ");
  }
}

using Reader = Result<std::span<Value>> (*)(std::string_view&, std::size_t, Arena&);
using Writer = void (*)(std::string&, Row);

void read_and_write_again(std::string_view bytes, std::size_t count, Reader read, Writer write) {
  static Arena arena;
  arena.reset();
  std::string_view rest = bytes;
  const auto values = read(rest, count, arena);
  if (!values.ok()) {
    INVARIANT(rest.size() == bytes.size(), "a failed read has moved the bytes");
    return;
  }
  std::string again;
  write(again, *values);
  INVARIANT(again == bytes.substr(0, bytes.size() - rest.size()), "values have a second encoding");
  use(*values);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  read_and_write_again(bytes, data[0], read_row, append_row);
  read_and_write_again(bytes, data[0], read_key, append_key);
  return 0;
}
