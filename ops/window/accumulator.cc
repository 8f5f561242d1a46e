#include "ops/window/accumulator.h"

#include <new>

#include "topology/base/invariant.h"

namespace tallymill::ops {

void append_signed_varint(std::string& out, std::int64_t value) {
  topology::append_varint(out,
                          (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
}

std::int64_t read_signed_varint(topology::ByteReader& reader) {
  const std::uint64_t raw = reader.varint();
  return static_cast<std::int64_t>(raw >> 1) ^ -static_cast<std::int64_t>(raw & 1);
}

namespace {

class CountAccumulator final : public Accumulator {
 public:
  std::size_t delta_bytes() const override { return sizeof(std::int64_t); }
  void begin_delta(std::byte* delta) const override { new (delta) std::int64_t(0); }
  void fold(std::byte* delta, const topology::Value& argument, int sign, topology::Arena&) const override {
    if (!argument.is_null()) *std::launder(reinterpret_cast<std::int64_t*>(delta)) += sign;
  }
  void append_delta(std::string& out, const std::byte* delta) const override {
    append_signed_varint(out, *std::launder(reinterpret_cast<const std::int64_t*>(delta)));
  }
  bool can_merge(topology::ByteReader& state, bool is_new, topology::ByteReader& delta,
                 const AccumulatorEntries&) const override {
    return (is_new ? 0 : read_signed_varint(state)) + read_signed_varint(delta) >= 0;
  }
  void merge(topology::ByteReader& state, bool is_new, topology::ByteReader& delta, std::string& out,
             const AccumulatorEntries&) const override {
    const std::int64_t count = (is_new ? 0 : read_signed_varint(state)) + read_signed_varint(delta);
    INVARIANT(count >= 0, "more values were taken out of a count than were put in");
    append_signed_varint(out, count);
  }
  AccumulatorResult read(topology::ByteReader& state, topology::Arena&) const override {
    AccumulatorResult result;
    result.count = read_signed_varint(state);
    return result;
  }
};

}  // namespace

std::unique_ptr<Accumulator> make_count_accumulator() { return std::make_unique<CountAccumulator>(); }

}  // namespace tallymill::ops
