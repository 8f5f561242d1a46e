// Any bytes as key and value of a record: decoding never crashes, never throws and never reads outside, and
// what it gives can be printed. The first byte cuts the rest into key and value.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "processor/codec/debezium_decoder.h"
#include "processor/codec/json_encoder.h"

namespace {

using namespace tallymill;
using topology::Type;
using topology::TypeKind;
using topology::ValueKind;

processor::WireFormat format_with_every_type() {
  processor::WireFormat format;
  const auto add = [&](std::string name, Type type) {
    const bool optional = !format.columns.empty();
    format.columns.push_back({name, name, std::move(type), optional, false, std::nullopt});
  };
  add("id", TypeKind::string);
  add("amount", TypeKind::decimal);
  add("fee", TypeKind::decimal);
  format.columns.back().scale = 2;
  format.columns.back().wire = topology::DecimalWire::base64;
  add("count", TypeKind::integer);
  add("ratio", TypeKind::floating);
  add("at", TypeKind::timestamp);
  add("since", TypeKind::timestamp);
  format.columns.back().unit = topology::TimeUnit::milliseconds;
  add("who", TypeKind::uuid);
  add("day", TypeKind::date);
  add("hour", TypeKind::time_of_day);
  add("wait", TypeKind::duration);
  add("raw", TypeKind::bytes);
  add("yes", TypeKind::boolean);
  add("tags", Type::list_of(TypeKind::string));
  add("grid", Type::list_of(Type::list_of(TypeKind::decimal)));
  add("op", TypeKind::json);
  add("payload", TypeKind::string);
  format.row_size = format.columns.size() + 1;
  format.primary_key = {0, 1};
  format.unavailable_value = "hex:00ff";
  format.operation_field = "META_OP";
  format.deleted_field = "deleted";
  return format;
}

void print(const std::optional<std::span<topology::Value>>& row) {
  if (!row) return;
  std::string text;
  for (const topology::Value& value : *row) {
    if (!value.is(ValueKind::unset) && !value.is(ValueKind::unavailable))
      processor::append_json_value(text, value);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string_view key = bytes.substr(0, data[0]);
  const std::string_view value = bytes.substr(key.size());

  // One decoder for all inputs: what it remembers of one record must never harm the next. Another of a one-column
  // primary key, whose keys may be scalars.
  static processor::DebeziumDecoder decoder(format_with_every_type());
  static processor::DebeziumDecoder one_column_decoder([] {
    processor::WireFormat format = format_with_every_type();
    format.primary_key = {0};
    return format;
  }());
  static topology::Arena arena;
  arena.reset();
  (void)one_column_decoder.decode(key, value, arena).ok();
  const auto change = decoder.decode(key, value, arena);
  if (change.ok()) {
    print(change->before);
    print(change->after);
    if (!change->key.values.empty()) print(change->key.values);
  }
  return 0;
}
